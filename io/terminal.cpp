#include "io/terminal.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>

#include "io/utf8.h"

namespace fgcn::io {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kGrowth = 4;  // of a byte that becomes \xNN

/// Marks that let a name seem to be another one: text after them runs the other way.
bool turns_direction(char32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

/// Writes at most kGrowth bytes for each of the text; returns the end of what was written.
char* write_printable(std::string_view text, char* out) {
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t code = next_code_point(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    const bool control = code != '\t' && is_control(code);
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

/// A formatted text, without the closing zero.
class Formatted {
 public:
  Formatted(const char* format, std::va_list arguments)
      : size_(length(format, arguments)), room_(size_ + 1) {
    std::vsnprintf(room_.data(), size_ + 1, format, arguments);
  }
  std::string_view text() { return {room_.data(), size_}; }

 private:
  static std::size_t length(const char* format, std::va_list arguments) {
    std::va_list again;
    va_copy(again, arguments);
    const int size = std::vsnprintf(nullptr, 0, format, again);
    va_end(again);
    return static_cast<std::size_t>(std::max(size, 0));
  }
  std::size_t size_;
  Room room_;
};

/// Writes the text in one piece, as programs have threads. `line_end` ends a line, all else is made
/// printable.
void write_lines(std::FILE* stream, std::string_view text, char line_end) {
  Room room(kGrowth * text.size());
  char* end = room.data();
  while (!text.empty()) {
    const std::size_t line = std::min(text.find(line_end), text.size());
    end = write_printable(text.substr(0, line), end);
    text.remove_prefix(line);
    if (text.empty()) break;
    *end++ = '\n';
    text.remove_prefix(1);
  }
  std::fwrite(room.data(), 1, static_cast<std::size_t>(end - room.data()), stream);
}

/// A sign that the text does not hold, to stand for the line ends of its format. '\n' itself where
/// the text holds every one: then it may have its lines.
char free_sign(std::string_view text) {
  for (char sign = 1; sign < ' '; ++sign)
    if (sign != '\n' && text.find(sign) == std::string_view::npos) return sign;
  return '\n';
}

/// The format with its line ends replaced by the sign.
class SignedFormat {
 public:
  SignedFormat(const char* format, char sign) : room_(std::strlen(format) + 1) {
    std::replace_copy(format, format + std::strlen(format) + 1, room_.data(), '\n', sign);
  }
  const char* get() { return room_.data(); }

 private:
  Room room_;
};

}  // namespace

std::string printable(std::string_view text) {
  std::string out(kGrowth * text.size(), '\0');
  out.resize(static_cast<std::size_t>(write_printable(text, out.data()) - out.data()));
  return out;
}

void print_message(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  Formatted formatted(format, arguments);
  va_end(arguments);
  std::string_view line = formatted.text();
  if (line.ends_with('\n')) line.remove_suffix(1);
  Room room(kGrowth * line.size() + 1);
  char* end = write_printable(line, room.data());
  *end++ = '\n';
  std::fwrite(room.data(), 1, static_cast<std::size_t>(end - room.data()), stderr);
}

void print_text(const char* format, ...) {
  std::va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const char sign = free_sign(Formatted(format, again).text());
  va_end(again);
  write_lines(stdout, Formatted(SignedFormat(format, sign).get(), arguments).text(), sign);
  va_end(arguments);
}

void print_lines(std::string_view text) { write_lines(stdout, text, '\n'); }

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const std::string_view before = json;
    const char32_t code = next_code_point(json);
    const std::string_view bytes = before.substr(0, before.size() - json.size());
    // Line ends and tabs stand between values. All that steers lies below U+10000.
    if (code == '\n' || code == '\t' || !(is_control(code) || turns_direction(code))) {
      out += bytes;
      continue;
    }
    out += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kDigits[code >> shift & 0xfU];
  }
  return out;
}

void print_json(std::string_view json) {
  const std::string text = printable_json(json) + '\n';
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace fgcn::io
