// Text for people, on a terminal: names in it come from files and may hold anything.
#pragma once

#include <string>
#include <string_view>

namespace fgcn::io {

/// The text with what could steer a terminal made visible, as in "\x1b[2J": control characters,
/// those above 0x7f (one byte of no UTF-8 sequence, or U+0080 to U+009F) and marks that turn the
/// direction of writing. Line ends become "\n", tabs stay, bytes that are not UTF-8 become "\xNN".
std::string printable(std::string_view text);

/// Prints one line to stderr, printable but for the line end that the format closes with. The way
/// of every message: no program writes to stderr in another.
[[gnu::format(printf, 1, 2)]] void print_message(const char* format, ...);
/// Prints to stdout, each line printable. JSON does not go this way: it has its own escapes, and
/// other programs read them.
[[gnu::format(printf, 1, 2)]] void print_text(const char* format, ...);

}  // namespace fgcn::io
