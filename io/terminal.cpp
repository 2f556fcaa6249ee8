#include "io/terminal.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <memory>

#include "io/utf8.h"

namespace fgcn::io {
namespace {

constexpr std::size_t kGrowth = 4;  // of a byte that becomes \xNN

/// Marks that let a name seem to be another one: text after them runs the other way.
bool turns_direction(char32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// Writes at most kGrowth bytes for each of the text; returns the end of what was written.
char* write_printable(std::string_view text, char* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t code = next_code_point(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    const bool control = (code < 0x20 && code != '\t') || (code >= 0x7f && code < 0xa0);
    const bool not_utf8 = code == kReplacement && bytes.size() == 1;
    if (code == '\n') {
      *out++ = '\\';
      *out++ = 'n';
    } else if (control || not_utf8 || turns_direction(code)) {
      for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        for (const char sign : {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0xfU]})
          *out++ = sign;
      }
    } else {
      for (const char c : bytes) *out++ = c;
    }
  }
  return out;
}

/// Room for a text: on the stack where it is short, so that a message that memory has run out
/// needs none.
class Room {
 public:
  explicit Room(std::size_t size) {
    if (size > short_.size()) long_ = std::make_unique<char[]>(size);
  }
  char* data() { return long_ ? long_.get() : short_.data(); }

 private:
  std::array<char, 8192> short_;
  std::unique_ptr<char[]> long_;
};

/// Formats, makes every line printable, and writes the whole in one piece: programs have threads.
void print(std::FILE* stream, bool one_line, const char* format, std::va_list arguments) {
  std::va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (size < 0) return;
  const std::size_t length = static_cast<std::size_t>(size);
  Room plain(length + 1), escaped(kGrowth * length + 1);
  std::vsnprintf(plain.data(), length + 1, format, arguments);
  std::string_view rest(plain.data(), length);
  if (one_line && rest.ends_with('\n')) rest.remove_suffix(1);
  char* end = escaped.data();
  while (!rest.empty()) {
    const std::size_t line = one_line ? rest.size() : std::min(rest.find('\n'), rest.size());
    end = write_printable(rest.substr(0, line), end);
    rest.remove_prefix(line);
    if (rest.empty()) break;
    *end++ = '\n';
    rest.remove_prefix(1);
  }
  if (one_line) *end++ = '\n';
  std::fwrite(escaped.data(), 1, static_cast<std::size_t>(end - escaped.data()), stream);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(kGrowth * text.size(), '\0');
  out.resize(static_cast<std::size_t>(write_printable(text, out.data()) - out.data()));
  return out;
}

void print_message(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  print(stderr, true, format, arguments);
  va_end(arguments);
}

void print_text(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  print(stdout, false, format, arguments);
  va_end(arguments);
}

}  // namespace fgcn::io
