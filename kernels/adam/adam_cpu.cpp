#include <algorithm>
#include <vector>

#include "kernels/adam/adam_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBlock =
    16384;  // elements summed in one go; fixed, so that bits do not vary

int threads_for(const Context& ctx, std::int64_t size) { return size < 32768 ? 1 : ctx.threads(); }

double total(const std::vector<double>& parts) {
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

/// Sums of a run of elements in lanes that do not wait for each other, each term in double.
class Lanes {
 public:
  template <class Term>
  static double sum(std::int64_t count, const Term& term) {
    double lane[8] = {};
    std::int64_t i = 0;
    for (; i + 8 <= count; i += 8)
      for (int k = 0; k < 8; ++k) lane[k] += term(i + k);
    for (; i < count; ++i) lane[i % 8] += term(i);
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) +
           ((lane[2] + lane[6]) + (lane[3] + lane[7]));
  }
};

double dot(const real* a, const real* b, std::int64_t count) {
  return Lanes::sum(
      count, [&](std::int64_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); });
}

}  // namespace

void adam_square(const Context& ctx, double l2, View<const real> w, View<const real> grad,
                 double* square) {
  const std::int64_t blocks = (w.size() + kBlock - 1) / kBlock;
  std::vector<double> parts(static_cast<std::size_t>(blocks));
#pragma omp parallel for num_threads(threads_for(ctx, w.size())) schedule(static)
  for (std::int64_t b = 0; b < blocks; ++b) {
    const real* from_w = w.data + b * kBlock;
    const real* from_g = grad.data + b * kBlock;
    parts[b] = Lanes::sum(std::min(kBlock, w.size() - b * kBlock), [&](std::int64_t i) {
      const double g = static_cast<double>(from_g[i]) + l2 * static_cast<double>(from_w[i]);
      return g * g;
    });
  }
  *square = total(parts);
}

void adam_update(const Context& ctx, const AdamFactors& factors, View<real> w, View<real> m,
                 View<real> v, View<const real> grad) {
#pragma omp parallel for simd num_threads(threads_for(ctx, w.size())) schedule(static)
  for (std::int64_t i = 0; i < w.size(); ++i) adam_element(factors, grad[i], w[i], m[i], v[i]);
}

/// |x^T g + l2 w|^2 = sum_ab <x_a, x_b> <g_a, g_b> + 2 l2 sum_n x_n w g_n + l2^2 |w|^2.
void adam_low_rank_square(const Context& ctx, double l2, View<const real> w, View<const real> x,
                          View<const real> grad_y, double* square) {
  const std::int64_t rank = x.dim(0);
  const std::int64_t in = w.dim(0);
  const std::int64_t out = w.dim(1);
  double sum = 0;
  for (std::int64_t a = 0; a < rank; ++a)
    for (std::int64_t b = 0; b <= a; ++b)
      sum +=
          (a == b ? 1 : 2) * dot(&x(a, 0), &x(b, 0), in) * dot(&grad_y(a, 0), &grad_y(b, 0), out);
  if (l2 != 0) {
    std::vector<double> rows(static_cast<std::size_t>(in));
#pragma omp parallel for num_threads(threads_for(ctx, w.size())) schedule(static)
    for (std::int64_t i = 0; i < in; ++i) {
      // The row of the gradient in short pieces, so that w is read once.
      real piece[512];
      double row = 0;
      for (std::int64_t o = 0; o < out; o += 512) {
        const std::int64_t count = std::min<std::int64_t>(512, out - o);
        std::fill_n(piece, count, real(0));
        for (std::int64_t n = 0; n < rank; ++n)
          for (std::int64_t c = 0; c < count; ++c) piece[c] += 2 * x(n, i) * grad_y(n, o + c);
        for (std::int64_t c = 0; c < count; ++c) piece[c] += static_cast<real>(l2) * w(i, o + c);
        row += dot(piece, &w(i, o), count);
      }
      rows[i] = row;
    }
    sum += l2 * total(rows);
  }
  *square = sum;
}

void adam_low_rank_update(const Context& ctx, const AdamFactors& factors, View<real> w,
                          View<real> m, View<real> v, View<const real> x, View<const real> grad_y) {
  const std::int64_t rank = x.dim(0);
  const std::int64_t in = w.dim(0);
  const std::int64_t out = w.dim(1);
#pragma omp parallel for num_threads(threads_for(ctx, w.size())) schedule(static)
  for (std::int64_t i = 0; i < in; ++i) {
    real grad[512];
    for (std::int64_t o = 0; o < out; o += 512) {
      const std::int64_t count = std::min<std::int64_t>(512, out - o);
      std::fill_n(grad, count, real(0));
      for (std::int64_t n = 0; n < rank; ++n) {
        const real factor = x(n, i);
        const real* from = &grad_y(n, o);
        for (std::int64_t c = 0; c < count; ++c) grad[c] += factor * from[c];
      }
      real* to_w = &w(i, o);
      real* to_m = &m(i, o);
      real* to_v = &v(i, o);
#pragma omp simd
      for (std::int64_t c = 0; c < count; ++c)
        adam_element(factors, grad[c], to_w[c], to_m[c], to_v[c]);
    }
  }
}

}  // namespace fgcn::kernels::cpu
