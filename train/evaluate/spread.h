// How a measure is spread over many photos.
#pragma once

#include <cstdint>
#include <vector>

namespace fgcn::train {

/// Spread of the finite values; NaN where there is none. Percentiles by nearest rank, ties to the
/// even one: every figure but the mean was measured.
struct Spread {
  std::int64_t count = 0;
  double median = 0;
  double mean = 0;
  double p5 = 0;   // 5 % of the values are below
  double p95 = 0;  // and 5 % above
};

Spread spread(std::vector<double> values);

}  // namespace fgcn::train
