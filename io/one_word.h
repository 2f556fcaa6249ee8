// Names that every reader of a mesh can follow.
#pragma once

#include <string>
#include <string_view>

namespace fgcn::io {

/// `name` as a word that an OBJ can name and any file system can hold: an underscore for every
/// blank, control character, quote and backslash and for < > : | ? * # /, of Unicode's too, and
/// U+FFFD for bytes that are not UTF-8. OBJ has no quoting, and a reader takes a blank, however
/// wide, for the word's end.
std::string one_word(std::string_view name);

}  // namespace fgcn::io
