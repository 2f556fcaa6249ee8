#include <algorithm>
#include <vector>

#include "kernels/adam/adam_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBlock =
    16384;                            // elements summed in one go; fixed, so that bits do not vary
constexpr std::int64_t kPiece = 512;  // elements updated in one go

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

double square_of_stored(const Context& ctx, double l2, View<const real> w, View<const real> grad) {
  const std::int64_t blocks = (w.size() + kBlock - 1) / kBlock;
  std::vector<double> parts(static_cast<std::size_t>(blocks));
#pragma omp parallel for num_threads(threads_for(ctx, w.size())) schedule(static)
  for (std::int64_t b = 0; b < blocks; ++b) {
    const real* from_w = w.data + b * kBlock;
    const real* from_g = grad.data + b * kBlock;
    const std::int64_t count = std::min(kBlock, w.size() - b * kBlock);
    if (l2 == 0) {
      parts[b] = dot(from_g, from_g, count);
      continue;
    }
    parts[b] = Lanes::sum(count, [&](std::int64_t i) {
      const double g = static_cast<double>(from_g[i]) + l2 * static_cast<double>(from_w[i]);
      return g * g;
    });
  }
  return total(parts);
}

/// `piece` [count] = scale * (x^T grad_y)(i, o ..).
void product_piece(const AdamGradient& grad, real scale, std::int64_t i, std::int64_t o,
                   std::int64_t count, real* piece) {
  const std::int64_t rank = grad.x.dim(0);
  const std::int64_t row = grad.grad_y.dim(1);
  const real* from = &grad.grad_y(0, o);
  std::int64_t n = 0;
  if (rank < 4) std::fill_n(piece, count, real(0));
  // Four rows at a time: the piece is loaded and stored less often.
  for (; n + 4 <= rank; n += 4, from += 4 * row) {
    const real a = scale * grad.x(n, i), b = scale * grad.x(n + 1, i);
    const real c = scale * grad.x(n + 2, i), d = scale * grad.x(n + 3, i);
    const bool first = n == 0;
#pragma omp simd
    for (std::int64_t k = 0; k < count; ++k) {
      const real sum =
          (a * from[k] + b * from[row + k]) + (c * from[2 * row + k] + d * from[3 * row + k]);
      piece[k] = first ? sum : piece[k] + sum;
    }
  }
  for (; n < rank; ++n, from += row) {
    const real factor = scale * grad.x(n, i);
    for (std::int64_t k = 0; k < count; ++k) piece[k] += factor * from[k];
  }
}

/// |x^T g + l2 w|^2 = sum_ab <x_a, x_b> <g_a, g_b> + 2 l2 sum_n x_n w g_n + l2^2 |w|^2.
double square_of_product(const Context& ctx, double l2, View<const real> w,
                         const AdamGradient& grad) {
  const View<const real> x = grad.x;
  const View<const real> grad_y = grad.grad_y;
  const std::int64_t in = w.dim(0);
  const std::int64_t out = w.dim(1);
  double sum = 0;
  for (std::int64_t a = 0; a < x.dim(0); ++a)
    for (std::int64_t b = 0; b <= a; ++b)
      sum +=
          (a == b ? 1 : 2) * dot(&x(a, 0), &x(b, 0), in) * dot(&grad_y(a, 0), &grad_y(b, 0), out);
  if (l2 == 0) return sum;
  std::vector<double> rows(static_cast<std::size_t>(in));
#pragma omp parallel for num_threads(threads_for(ctx, w.size())) schedule(static)
  for (std::int64_t i = 0; i < in; ++i) {
    // The row of the gradient in short pieces, so that w is read once.
    real piece[kPiece];
    double row = 0;
    for (std::int64_t o = 0; o < out; o += kPiece) {
      const std::int64_t count = std::min(kPiece, out - o);
      product_piece(grad, 2, i, o, count, piece);
      // Short enough for sums in single precision.
      const real* from = &w(i, o);
      real some = 0;
#pragma omp simd reduction(+ : some)
      for (std::int64_t c = 0; c < count; ++c)
        some += (piece[c] + static_cast<real>(l2) * from[c]) * from[c];
      row += static_cast<double>(some);
    }
    rows[i] = row;
  }
  return sum + l2 * total(rows);
}

/// Elements [begin, begin + count) of the state.
void update_piece(const AdamFactors& factors, real scale, real l2, const AdamState& state,
                  std::int64_t begin, std::int64_t count, const real* grad) {
  real* w = state.w.data + begin;
  real* m = state.m.data + begin;
  real* v = state.v.data + begin;
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i)
    adam_element(factors, scale, l2, grad[i], w[i], m[i], v[i]);
  if (state.mean.data == nullptr) return;
  real* mean = state.mean.data + begin;
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) adam_mean(factors, w[i], mean[i]);
}

void update(const Context& ctx, const AdamFactors& factors, real scale, const AdamTensor& tensor) {
  const AdamState& state = tensor.state;
  const AdamGradient& grad = tensor.grad;
  const auto l2 = static_cast<real>(tensor.l2);
  const std::int64_t size = state.w.size();
  // The gradient of a product is made row by row.
  const std::int64_t row = grad.low_rank() ? state.w.dim(1) : kBlock;
#pragma omp parallel for num_threads(threads_for(ctx, size)) schedule(static)
  for (std::int64_t begin = 0; begin < size; begin += row) {
    const std::int64_t end = std::min(size, begin + row);
    real piece[kPiece];
    for (std::int64_t at = begin; at < end; at += kPiece) {
      const std::int64_t count = std::min(kPiece, end - at);
      if (grad.low_rank()) product_piece(grad, 1, begin / row, at - begin, count, piece);
      update_piece(factors, scale, l2, state, at, count,
                   grad.low_rank() ? piece : grad.stored.data + at);
    }
  }
}

}  // namespace

void adam_squares(const Context& ctx, std::span<const AdamTensor> tensors, double* squares) {
  for (const AdamTensor& tensor : tensors) {
    const View<const real> w = tensor.state.w;
    const AdamGradient& grad = tensor.grad;
    double& square = *squares++;
    square = 0;
    if (w.size() == 0) continue;
    square = grad.low_rank() ? square_of_product(ctx, tensor.l2, w, grad)
                             : square_of_stored(ctx, tensor.l2, w, grad.stored);
  }
}

void adam_scales(const Context& /*ctx*/, double clip_norm, std::int64_t count,
                 const AdamRecord& record) {
  for (std::int64_t i = 0; i < count; ++i) {
    record.scales[i] = adam_scale(clip_norm, record.squares[i]);
    if (*record.bad == 0 && !adam_is_finite(record.squares[i]))
      *record.bad = static_cast<std::int32_t>(i + 1);
  }
}

void adam_update(const Context& ctx, std::span<const AdamTensor> tensors,
                 const AdamRecord& record) {
  if (*record.bad != 0) return;
  const real* scale = record.scales;
  for (const AdamTensor& tensor : tensors) update(ctx, *record.factors, *scale++, tensor);
}

}  // namespace fgcn::kernels::cpu
