#include "io/one_word.h"

#include "io/utf8.h"

namespace fgcn::io {
namespace {

bool is_blank(char32_t code) {
  return code == ' ' || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200b) ||
         code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000 ||
         code == 0xfeff;
}

bool is_control(char32_t code) {
  const bool direction = (code >= 0x200e && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
                         (code >= 0x2066 && code <= 0x2069);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || direction;
}

bool is_special(char32_t code) {
  constexpr std::u32string_view kSpecial = U"\"'`\\<>:|?*#/";
  return kSpecial.find(code) != std::u32string_view::npos;
}

}  // namespace

std::string one_word(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const char32_t code = next_code_point(name);
    const bool replaced = is_blank(code) || is_control(code) || is_special(code);
    append_code_point(out, replaced ? U'_' : code);
  }
  return out;
}

}  // namespace fgcn::io
