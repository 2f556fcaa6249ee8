#include "io/mesh/usd_text.h"

#include <algorithm>

namespace fgcn::mesh::usd {
namespace {

template <class Item, class Append>
void append_items(std::string& out, std::span<const Item> items, char open, char close,
                  const Append& append) {
  out += open;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ", ";
    append(items[i]);
  }
  out += close;
}

}  // namespace

std::string identifier(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (digit && out.empty()) out += '_';
    out += letter || digit ? c : '_';
  }
  return out.empty() ? "_" : out;
}

std::vector<std::string> identifiers(const std::vector<std::string>& names,
                                     std::vector<std::string> taken) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const std::string wanted = identifier(name);
    std::string free = wanted;
    for (int n = 2; std::find(taken.begin(), taken.end(), free) != taken.end(); ++n)
      free = wanted + "_" + std::to_string(n);
    taken.push_back(free);
    out.push_back(free);
  }
  return out;
}

void append_words(std::string& out, const std::vector<std::string>& words) {
  append_items(out, std::span<const std::string>(words), '[', ']',
               [&](const std::string& word) { out += '"' + word + '"'; });
}

void append_integers(std::string& out, std::span<const std::int32_t> numbers) {
  append_items(out, numbers, '[', ']', [&](std::int32_t n) { io::append_integer(out, n); });
}

void append_floats(std::string& out, std::span<const float> numbers) {
  append_items(out, numbers, '[', ']', [&](float x) { io::append_number(out, x); });
}

void append_tuple(std::string& out, std::span<const float> numbers) {
  append_items(out, numbers, '(', ')', [&](float x) { io::append_number(out, x); });
}

}  // namespace fgcn::mesh::usd
