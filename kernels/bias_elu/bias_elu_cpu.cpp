#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "kernels/bias_elu/bias_elu.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 2048;  // rows of the backward pass summed in one go; fixed

/// e^x - 1 for x <= 0 without branches, so that the loop around it becomes vector code: the
/// library's is one call per element. Relative error below 2e-7.
/// e^x - 1 = 2^n (e^r - 1) + (2^n - 1) with x = n ln 2 + r, and Taylor's series for |r| <= 0.35.
inline float expm1_of_negative(float x) {
  constexpr float kRound = 12582912.0F;                               // 1.5 * 2^23
  const float clamped = x < -30.0F ? -30.0F : x;                      // e^-30 is nothing beside 1
  const float n = (clamped * 1.44269504F + kRound) - kRound;          // to the nearest whole number
  const float r = (clamped - n * 0.693359375F) + n * 2.12194440e-4F;  // ln 2 in two parts
  float series = 1.0F / 5040;
  series = series * r + 1.0F / 720;
  series = series * r + 1.0F / 120;
  series = series * r + 1.0F / 24;
  series = series * r + 1.0F / 6;
  series = series * r + 0.5F;
  series = series * r * r + r;
  const float power = std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
  return power * series + (power - 1.0F);
}
inline double expm1_of_negative(double x) { return std::expm1(x); }

inline real elu(real t) {
  const real negative = expm1_of_negative(t > 0 ? real(0) : t);
  return t > 0 ? t : (t != t ? t : negative);
}

/// The bias repeated over rows, so that narrow rows are still read a register at a time.
constexpr std::int64_t kTile = 512;  // elements at least

}  // namespace

void bias_elu(const Context& ctx, View<const real> x, View<const real> b, View<real> y) {
  const std::int64_t channels = b.size();
  const std::int64_t repeats = std::max<std::int64_t>(1, kTile / channels);
  std::vector<real> bias;
  for (std::int64_t i = 0; i < repeats; ++i) bias.insert(bias.end(), b.data, b.data + channels);
  const std::int64_t tile = repeats * channels;
  const std::int64_t tiles = (x.size() + tile - 1) / tile;
  const int threads = x.size() < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t begin = i * tile;
    const std::int64_t count = std::min(tile, x.size() - begin);
    const real* in = x.data + begin;
    const real* add = bias.data();
    real* out = y.data + begin;
    // In place when x and y are one array: element by element either way.
#pragma GCC ivdep
    for (std::int64_t c = 0; c < count; ++c) out[c] = elu(in[c] + add[c]);
  }
}

void bias_elu_backward(const Context& ctx, View<const real> y, View<const real> grad_y,
                       View<real> grad_x, View<real> grad_b) {
  const std::int64_t channels = grad_b.size();
  const std::int64_t rows = y.size() / channels;
  const std::int64_t blocks = (rows + kBlock - 1) / kBlock;
  std::vector<double> partial(static_cast<std::size_t>(blocks * channels), 0.0);
  const int threads = y.size() < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t first = block * kBlock;
    const std::int64_t last = std::min(rows, first + kBlock);
    const real* out = y.data;
    const real* in = grad_y.data;
    real* grad = grad_x.data;
#pragma GCC ivdep
    for (std::int64_t i = first * channels; i < last * channels; ++i)
      grad[i] = in[i] * (out[i] > 0 ? real(1) : real(1) + out[i]);
    double* sum = partial.data() + block * channels;
    for (std::int64_t r = first; r < last; ++r)
      for (std::int64_t c = 0; c < channels; ++c)
        sum[c] += static_cast<double>(grad[r * channels + c]);
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (std::int64_t block = 0; block < blocks; ++block) sum += partial[block * channels + c];
    grad_b[c] = static_cast<real>(sum);
  }
}

}  // namespace fgcn::kernels::cpu
