// Words and numbers of text files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fgcn::io {

/// The text without the byte order mark that some editors put before it.
std::string_view without_mark(std::string_view text);
/// The text without blanks at either end.
std::string_view trimmed(std::string_view text);

/// Cuts the next word (anything but blanks and line ends) off the front of `rest`; empty when there
/// is none.
std::string_view next_word(std::string_view& rest);
/// Cuts the next line off, without its "\n", "\r\n" or "\r".
std::string_view next_line(std::string_view& rest);

/// The whole word as a finite number, or nothing.
std::optional<double> parse_number(std::string_view word);
std::optional<std::int64_t> parse_integer(std::string_view word);

/// The shortest text that reads back as the same single-precision number.
void append_number(std::string& out, float value);
/// The same in double precision.
void append_number(std::string& out, double value);
void append_integer(std::string& out, std::int64_t value);

}  // namespace fgcn::io
