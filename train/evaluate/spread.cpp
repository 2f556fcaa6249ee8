#include "train/evaluate/spread.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fgcn::train {

Spread spread(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return {0, kNone, kNone, kNone, kNone};
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(std::nearbyint(share * last))];
  };
  double sum = 0;
  for (const double v : values) sum += v;
  return {static_cast<std::int64_t>(values.size()), at(0.5),
          sum / static_cast<double>(values.size()), at(0.05), at(0.95)};
}

}  // namespace fgcn::train
