// Photos that are not in a data set, and what is to be known of those that are: FILE.skipped.txt.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fgcn::train {

struct LeftOut {
  std::string name;
  std::string reason;
};

struct PhotoNotes {
  std::string name;
  std::vector<std::string> notes;  // of the sampler; none is empty
};

struct LeftOutPhotos {
  std::vector<LeftOut> skipped;     // no face, no image ...; by name
  std::vector<LeftOut> duplicates;  // of the same content as the photo that the reason names
  std::vector<LeftOut> similar;   // of the same picture under another key: splits must not share it
  std::vector<PhotoNotes> notes;  // of photos that are in the data set
};

/// A line each, first those left out; names by one_line(). Empty: nothing to say.
std::string left_out_text(const LeftOutPhotos& photos);

/// The notes in such a text by the photos' names, which are spelt as there (one_line()).
std::map<std::string, std::vector<std::string>> notes_in(std::string_view text);

/// `name` without line breaks: backslashes, tabs and what would steer a terminal
/// (io::printable()) as \x0a. Bytes that are not UTF-8 stay.
std::string one_line(std::string_view name);

}  // namespace fgcn::train
