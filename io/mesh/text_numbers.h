// Rows of numbers of text formats, in the precision that they have.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "io/number_text.h"

namespace fgcn::mesh {

/// x in single precision. By way of memory: g++ 12 leaves the rounding out where it makes vectors
/// of such numbers.
inline double rounded_to_single(double x) {
  const volatile float single = static_cast<float>(x);
  return static_cast<double>(single);
}

/// Whether every coordinate is a single-precision number: such texts are shorter and lose nothing.
inline bool is_single_precision(const std::vector<Vec3>& points) {
  return std::all_of(points.begin(), points.end(), [](const Vec3& p) {
    return std::all_of(p.begin(), p.end(), [](double x) {
      constexpr double kMost = 3.4028234663852886e38;
      return x >= -kMost && x <= kMost && rounded_to_single(x) == x;
    });
  });
}

/// The numbers with blanks between them.
template <std::size_t N>
void append_row(std::string& out, const std::array<double, N>& row, bool single) {
  for (std::size_t k = 0; k < N; ++k) {
    if (k > 0) out += ' ';
    if (single) {
      io::append_number(out, static_cast<float>(row[k]));
    } else {
      io::append_number(out, row[k]);
    }
  }
}

}  // namespace fgcn::mesh
