#include "kernels/cheb_conv/wavefront.h"

#include <algorithm>

namespace fgcn::kernels::cpu {
namespace {

/// The blocks [first, last] that the rows of a block, and (for first) of all later ones, read;
/// a block itself included, for the term before the previous.
struct Reach {
  std::vector<std::int64_t> first, last;

  explicit Reach(const CsrView& l) {
    const std::int64_t blocks = Wavefront::blocks(l);
    for (std::int64_t b = 0; b < blocks; ++b) {
      std::int64_t low = b;
      std::int64_t high = b;
      const std::int64_t end = std::min(l.rows, (b + 1) * Wavefront::kBlock);
      for (std::int64_t r = b * Wavefront::kBlock; r < end; ++r) {
        if (l.row_begin[r] == l.row_begin[r + 1]) continue;
        low = std::min<std::int64_t>(low, l.col[l.row_begin[r]] / Wavefront::kBlock);
        high = std::max<std::int64_t>(high, l.col[l.row_begin[r + 1] - 1] / Wavefront::kBlock);
      }
      first.push_back(low);
      last.push_back(high);
    }
  }
};

}  // namespace

Wavefront::Wavefront(const CsrView& l, std::int64_t terms, std::int64_t begin, std::int64_t end) {
  const Reach reach(l);
  const auto count = static_cast<std::size_t>(terms);
  // Rows that each term must cover so that the next one can be made: a trapezoid.
  std::vector<std::int64_t> low(count, begin), high(count, end);
  for (std::size_t t = count - 1; t-- > 0;) {
    low[t] = low[t + 1];
    high[t] = high[t + 1];
    for (std::int64_t b = low[t + 1]; b < high[t + 1]; ++b) {
      low[t] = std::min(low[t], reach.first[b]);
      high[t] = std::max(high[t], reach.last[b] + 1);
    }
  }
  std::vector<std::int64_t> oldest = reach.first;  // by any block from here on
  for (std::size_t b = oldest.size(); b-- > 1;) oldest[b - 1] = std::min(oldest[b - 1], oldest[b]);

  std::vector<std::int64_t> done = low;  // the next block of each term
  std::int64_t window = 1;
  std::int64_t history = 1;
  const auto make = [&](std::size_t t) {
    const std::int64_t b = done[t]++;
    steps_.push_back({static_cast<std::int32_t>(t), static_cast<std::int32_t>(b)});
    // Every block of this term that is still to be read must be in its window beside b.
    std::int64_t live = b;
    if (t + 1 < count && done[t + 1] < high[t + 1]) live = std::min(live, oldest[done[t + 1]]);
    if (t + 2 < count && done[t + 2] < high[t + 2]) live = std::min(live, done[t + 2]);
    window = std::max(window, b - std::max(live, low[t]) + 1);
    if (done.back() < high.back()) live = std::min(live, done.back());
    history = std::max(history, b - std::max(live, low[t]) + 1);
  };
  while (done[0] < high[0]) {
    make(0);
    for (std::size_t t = 1; t < count; ++t) {
      while (done[t] < high[t] && reach.last[done[t]] < done[t - 1]) make(t);
    }
  }
  while (window_ < window * kBlock) window_ *= 2;
  while (history_ < history * kBlock) history_ *= 2;
}

}  // namespace fgcn::kernels::cpu
