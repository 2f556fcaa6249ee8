// Cutting PTX text into its parts.
#pragma once

#include <string>
#include <vector>

#include "tests/ptx/types.h"

namespace fgcn::ptx {

std::string without_comments(const std::string& text);
std::string trimmed(const std::string& text);
bool begins_with(const std::string& text, const char* prefix);

/// Parts between separators that stand outside of brackets, trimmed.
std::vector<std::string> split(const std::string& text, char separator);
/// Parts between white space.
std::vector<std::string> words_of(const std::string& text);

/// Bytes of a type, ".u32" or "u32"; 0 for pred.
u32 type_bytes(const std::string& type);
bool is_float_type(const std::string& type);

/// The end of the bracketed part that begins at the first '{' at or after `begin`.
std::size_t end_of_braces(const std::string& text, std::size_t begin);

/// A variable: ".align 8 .b8 name[80] = {...}".
struct Declaration {
  std::string name;
  std::string initializer;
  u32 alignment = 1, bytes = 0, element_bytes = 1;
  bool unsized = false;  // "name[]": dynamic shared memory
};
Declaration parse_declaration(const std::string& text);

}  // namespace fgcn::ptx
