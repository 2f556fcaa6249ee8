#include <algorithm>
#include <vector>

#include "kernels/binary/binary_math.h"
#include "kernels/reduce/reduce.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 4096;  // rows summed in one go; fixed, so that bits do not vary

/// y [C] = sum over rows of x [R, C]: partial sums by block, then the blocks in order.
void sum_rows(const Context& ctx, const real* x, std::int64_t rows, std::int64_t width, real* y) {
  const std::int64_t block = std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(width, 1));
  const std::int64_t blocks = (rows + block - 1) / block;
  std::vector<double> partial(static_cast<std::size_t>(blocks * width), 0.0);
  const int threads = rows * width < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
  for (std::int64_t b = 0; b < blocks; ++b) {
    double* sum = partial.data() + b * width;
    for (std::int64_t r = b * block; r < std::min(rows, (b + 1) * block); ++r)
      for (std::int64_t c = 0; c < width; ++c) sum[c] += x[r * width + c];
  }
  for (std::int64_t c = 0; c < width; ++c) {
    double sum = 0;
    for (std::int64_t b = 0; b < blocks; ++b) sum += partial[b * width + c];
    y[c] = static_cast<real>(sum);
  }
}

/// y [R] = sum over columns of x [R, C]; the total when R is 1.
void sum_columns(const Context& ctx, const real* x, std::int64_t rows, std::int64_t width,
                 real* y) {
  const int threads = rows * width < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
  for (std::int64_t r = 0; r < rows; ++r) {
    double sum = 0;
    for (std::int64_t c = 0; c < width; ++c) sum += x[r * width + c];
    y[r] = static_cast<real>(sum);
  }
}

}  // namespace

void reduce_sum(const Context& ctx, View<const real> x, View<real> y) {
  const Shape& shape = x.shape;
  const BroadcastStrides strides = broadcast_strides(y.shape, shape);
  if (y.size() == 1) return sum_rows(ctx, x.data, x.size(), 1, y.data);
  // Leading axes summed, trailing axes kept; or the other way round.
  int kept_from = shape.rank;
  while (kept_from > 0 && strides.stride[kept_from - 1] != 0) --kept_from;
  std::int64_t kept = 1;
  for (int i = kept_from; i < shape.rank; ++i) kept *= shape[i];
  if (kept == y.size()) return sum_rows(ctx, x.data, kept ? x.size() / kept : 0, kept, y.data);
  int summed_from = shape.rank;
  while (summed_from > 0 && strides.stride[summed_from - 1] == 0) --summed_from;
  std::int64_t summed = 1;
  for (int i = summed_from; i < shape.rank; ++i) summed *= shape[i];
  if (summed * y.size() == x.size()) return sum_columns(ctx, x.data, y.size(), summed, y.data);
  std::vector<double> sum(static_cast<std::size_t>(y.size()), 0.0);
  for (std::int64_t i = 0; i < x.size(); ++i) sum[broadcast_offset(i, shape, strides)] += x[i];
  std::transform(sum.begin(), sum.end(), y.data, [](double s) { return static_cast<real>(s); });
}

void repeat(const Context& ctx, View<const real> x, View<real> y) {
  const BroadcastStrides strides = broadcast_strides(x.shape, y.shape);
  const std::int64_t size = y.size();
  if (x.size() == 1) {
    std::fill_n(y.data, size, x[0]);
    return;
  }
  const int threads = size < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
  for (std::int64_t i = 0; i < size; ++i) y[i] = x[broadcast_offset(i, y.shape, strides)];
}

}  // namespace fgcn::kernels::cpu
