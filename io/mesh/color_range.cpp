#include "io/mesh/color_range.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

constexpr double kRounding = 0.01;
constexpr double kByteRange = 255;
constexpr double kLeastByte = 2;  // a largest color below it is neither range

}  // namespace

void bring_into_unit_range(std::vector<Vec3>& colors, const std::string& where) {
  double low = 0, high = 0;
  for (const Vec3& color : colors) {
    for (const double c : color) {
      low = std::min(low, c);
      high = std::max(high, c);
    }
  }
  if (low >= -kRounding && high <= 1 + kRounding) return;
  if (low < 0 || high < kLeastByte || high > kByteRange)
    input_error(where, ": has colors from ", low, " to ", high,
                ", expected 0 to 1 or 0 to 255; export it with colors of either range");
  for (Vec3& color : colors)
    for (double& c : color) c /= kByteRange;
}

}  // namespace fgcn::mesh
