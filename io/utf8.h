// Text whose bytes need not be UTF-8: names of files are what somebody's machine once wrote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fgcn::io {

/// The sign that stands for bytes that are not UTF-8.
inline constexpr char32_t kReplacement = 0xfffd;

/// Cuts the next code point off the front of `rest`, which is not empty. A byte that begins no code
/// point (overlong forms and surrogates included) is cut off alone and gives kReplacement.
char32_t next_code_point(std::string_view& rest);
void append_code_point(std::string& out, char32_t code);

/// As UTF-8, kReplacement for each byte that is not.
std::string valid_utf8(std::string_view bytes);

/// The first and the last `count` code points, or all where there are fewer.
std::string first_code_points(std::string_view text, std::size_t count);
std::string last_code_points(std::string_view text, std::size_t count);
/// How many there are.
std::size_t code_points(std::string_view text);

/// Small letters, for comparing names as file systems do that ignore case; of all scripts that the
/// C library knows.
std::string folded_case(std::string_view name);

}  // namespace fgcn::io
