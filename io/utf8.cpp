#include "io/utf8.h"

#include <algorithm>
#include <clocale>
#include <cstddef>
#include <cwctype>
#include <memory>
#include <type_traits>

namespace fgcn::io {
namespace {

struct FreeLocale {
  void operator()(locale_t locale) const { ::freelocale(locale); }
};
using Locale = std::unique_ptr<std::remove_pointer_t<locale_t>, FreeLocale>;

char32_t small_letter(char32_t code, locale_t locale) {
  if (code >= 'A' && code <= 'Z') return code - 'A' + 'a';
  if (code < 0x80 || locale == nullptr) return code;
  return static_cast<char32_t>(::towlower_l(static_cast<wint_t>(code), locale));
}

}  // namespace

char32_t next_code_point(std::string_view& rest) {
  const auto byte = [&](std::size_t i) {
    return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U;
  };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  char32_t code = length == 1 ? first : first & (0x7fU >> length);
  bool valid = length > 0;
  for (std::size_t i = 1; i < length; ++i) {
    valid = valid && (byte(i) & 0xc0) == 0x80;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  valid = valid && !overlong && !surrogate && code <= 0x10ffff;
  rest.remove_prefix(valid ? length : 1);
  return valid ? code : kReplacement;
}

void append_code_point(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  put(((0xff80U >> more) & 0xffU) | code >> (6 * more));
  for (int i = more - 1; i >= 0; --i) put(0x80U | (code >> (6 * i) & 0x3fU));
}

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) append_code_point(out, next_code_point(bytes));
  return out;
}

std::string first_code_points(std::string_view text, std::size_t count) {
  std::string_view rest = text;
  for (std::size_t i = 0; i < count && !rest.empty(); ++i) next_code_point(rest);
  return std::string(text.substr(0, text.size() - rest.size()));
}

std::string last_code_points(std::string_view text, std::size_t count) {
  for (std::size_t all = code_points(text); all > count; --all) next_code_point(text);
  return std::string(text);
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) next_code_point(text);
  return count;
}

std::string folded_case(std::string_view name) {
  const bool ascii = std::all_of(name.begin(), name.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const Locale locale(ascii ? nullptr : ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr));
  std::string out;
  while (!name.empty()) append_code_point(out, small_letter(next_code_point(name), locale.get()));
  return out;
}

}  // namespace fgcn::io
