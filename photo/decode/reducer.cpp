#include "photo/decode/reducer.h"

#include <algorithm>
#include <cstddef>

namespace fgcn::photo {

Reducer::Reducer(std::int64_t width, std::int64_t channels, std::int64_t divisor)
    : width_(width),
      channels_(channels),
      divisor_(divisor),
      reduced_width_((width + divisor - 1) / divisor),
      sums_(static_cast<std::size_t>(reduced_width_ * channels)) {}

void Reducer::add(const std::uint8_t* row) {
  std::uint32_t* sum = sums_.data();
  for (std::int64_t x = 0; x < width_; x += divisor_, sum += channels_) {
    const std::int64_t end = std::min(x + divisor_, width_);
    for (std::int64_t i = x; i < end; ++i)
      for (std::int64_t c = 0; c < channels_; ++c) sum[c] += row[i * channels_ + c];
  }
  ++rows_;
}

void Reducer::finish(std::uint8_t* out) {
  for (std::int64_t x = 0; x < reduced_width_; ++x) {
    const std::int64_t columns = std::min(divisor_, width_ - x * divisor_);
    const auto count = static_cast<std::uint32_t>(columns * rows_);
    for (std::int64_t c = 0; c < channels_; ++c) {
      std::uint32_t& sum = sums_[static_cast<std::size_t>(x * channels_ + c)];
      out[x * channels_ + c] = static_cast<std::uint8_t>((sum + count / 2) / count);
      sum = 0;
    }
  }
  rows_ = 0;
}

}  // namespace fgcn::photo
