// Names and lists of numbers in USD's text form (.usda).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/number_text.h"

namespace fgcn::mesh::usd {

constexpr double kMetre = 0.1;  // decimetres times this are metres

/// Letters, digits and underscores, no digit first; "_" of nothing.
std::string identifier(std::string_view name);
/// An identifier for each name, all different and none of `taken`: one that is there already gets
/// "_2", "_3" ... behind it.
std::vector<std::string> identifiers(const std::vector<std::string>& names,
                                     std::vector<std::string> taken = {});

/// ["a", "b"]; the words need no escapes.
void append_words(std::string& out, const std::vector<std::string>& words);
/// [1, 2]
void append_integers(std::string& out, std::span<const std::int32_t> numbers);
/// [0.5, 2], in single precision.
void append_floats(std::string& out, std::span<const float> numbers);
/// (x, y, z), in single precision.
void append_tuple(std::string& out, std::span<const float> numbers);

/// [(x, y, z), ...], in single precision.
template <class Number, std::size_t N>
void append_list(std::string& out, const std::vector<std::array<Number, N>>& rows, double scale) {
  out += '[';
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) out += ", ";
    std::array<float, N> scaled;
    for (std::size_t k = 0; k < N; ++k)
      scaled[k] = static_cast<float>(scale * static_cast<double>(rows[i][k]));
    append_tuple(out, scaled);
  }
  out += ']';
}

}  // namespace fgcn::mesh::usd
