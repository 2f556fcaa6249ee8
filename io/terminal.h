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
/// Prints to stdout, printable but for the line ends of the format: one in a name is shown, too.
[[gnu::format(printf, 1, 2)]] void print_text(const char* format, ...);
/// Prints to stdout a text of several lines, each printable. Names in it were made so before.
void print_lines(std::string_view text);

/// A JSON text of the same meaning, whose strings hold nothing that printable() would show: DEL, C1
/// and marks that turn the direction of writing become "\u009b". Writers of JSON escape the others.
std::string printable_json(std::string_view json);
/// Prints a JSON text to stdout, printable_json, and a line end.
void print_json(std::string_view json);

}  // namespace fgcn::io
