// Images that are made smaller row by row, so that the whole one is never in memory.
#pragma once

#include <cstdint>
#include <vector>

namespace fgcn::photo {

/// Means over squares of `divisor` pixels a side, rounded; at the right and the lower border over
/// what there is of them.
class Reducer {
 public:
  Reducer(std::int64_t width, std::int64_t channels, std::int64_t divisor);

  /// Pixels of a reduced row.
  std::int64_t width() const { return reduced_width_; }

  void add(const std::uint8_t* row);
  /// Writes the means of the rows since the last call.
  void finish(std::uint8_t* out);

 private:
  std::int64_t width_;
  std::int64_t channels_;
  std::int64_t divisor_;
  std::int64_t reduced_width_;
  std::int64_t rows_ = 0;
  std::vector<std::uint32_t> sums_;
};

}  // namespace fgcn::photo
