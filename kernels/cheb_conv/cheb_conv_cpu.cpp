#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/cheb_conv/cheb_conv.h"
#include "kernels/cheb_conv/cheb_walk.h"
#include "kernels/cheb_conv/small_gemm.h"

namespace fgcn::kernels::cpu {
namespace {

// With fewer channels than this, all terms of a block are multiplied at once: the result then
// stays in registers instead of passing through memory once per term.
constexpr std::int64_t kTogether = 17;
constexpr int kQuad = std::min(4, simd::kWidth);  // columns dealt out to a term at a time
constexpr std::int64_t kMostTerms = 32;           // side by side

/// Columns that the walk keeps for `out` of them.
constexpr std::int64_t slot_of(std::int64_t out) { return (out + kQuad - 1) / kQuad * kQuad; }

/// The weights as the products read them, rows padded to whole registers with zeros.
class Packed {
 public:
  enum class Layout {
    kByTerm,      // [K, in, out']
    kSideBySide,  // [in, (K * slot)'], slot >= out: for few output channels
  };

  Packed(const Context& ctx, View<const real> w, Transpose transpose_w, Layout layout)
      : terms_(w.dim(0)),
        in_(w.dim(transpose_w == Transpose::kNo ? 1 : 2)),
        out_(w.dim(transpose_w == Transpose::kNo ? 2 : 1)),
        row_(padded(layout == Layout::kByTerm ? out_ : terms_ * slot_of(out_))),
        memory_(ctx, terms_ * in_ * row_) {
    std::fill_n(memory_.data(), terms_ * in_ * row_, real(0));
    const std::int64_t step = layout == Layout::kByTerm ? in_ * row_ : slot_of(out_);
    for (std::int64_t k = 0; k < terms_; ++k)
      for (std::int64_t i = 0; i < in_; ++i)
        for (std::int64_t o = 0; o < out_; ++o)
          memory_.data()[k * step + i * row_ + o] =
              transpose_w == Transpose::kNo ? w(k, i, o) : w(k, o, i);
  }

  const real* term(std::int64_t k) const { return memory_.data() + k * term_stride(); }
  std::int64_t term_stride() const { return in_ * row_; }
  std::int64_t row() const { return row_; }
  std::int64_t terms() const { return terms_; }
  std::int64_t in() const { return in_; }
  std::int64_t out() const { return out_; }

 private:
  std::int64_t terms_, in_, out_, row_;
  Workspace memory_;
};

/// y (+)= T_t W_t on a block, every sample of the share. `terms` > 1: of that many terms at once.
void multiply_block(const Windows& windows, std::int64_t channels, std::int64_t t,
                    std::int64_t terms, Rows rows, const Share& share, const Packed& w,
                    View<real> y) {
  const std::int64_t out = y.dim(2);
  for (std::int64_t n = 0; n < share.count; ++n) {
    real* to = y.data + (rows.begin * y.dim(1) + share.first_sample + n) * out;
    multiply({.rows = rows.count(),
              .cols = out,
              .steps = channels,
              .parts = terms,
              .a = windows.row(t, rows.begin) + n * channels,
              .a_part = windows.term_stride(),
              .a_row = windows.width(),
              .a_step = 1,
              .b = w.term(t),
              .b_part = w.term_stride(),
              .b_step = w.row()},
             StoreSink{to, y.dim(1) * out, out, t > 0});
  }
}

/// y = sum_k T_k(L) x W_k by the terms of x.
void by_basis(const Context& ctx, const CsrView& l, View<const real> x, const Packed& w,
              View<real> y) {
  const std::int64_t channels = x.dim(2);
  const bool together = channels < kTogether;
  const Cut cut(l, x.dim(1), channels);
  for_each_share(ctx, cut, [&](const Share& share) {
    walk(BasisWalk{ctx, l, w.terms(), x, together}, cut, share,
         [&](const Windows& windows, std::int64_t t, Rows rows) {
           if (!together) return multiply_block(windows, channels, t, 1, rows, share, w, y);
           if (t == w.terms() - 1)
             multiply_block(windows, channels, 0, w.terms(), rows, share, w, y);
         });
  });
}

/// x W_k of a block for every k, straight to its place: rows of w are whole registers.
void project_by_term(const Product& block, const Packed& w, std::int64_t width, std::int64_t column,
                     const BlockOfTerm& z) {
  Product product = block;
  product.b_step = w.row();
  product.cols = w.out();
  for (std::int64_t k = 0; k < w.terms(); ++k) {
    product.b = w.term(k);
    multiply(product, StoreSink{z(k) + column, width, w.out(), false});
  }
}

/// Deals the columns of a product out to the terms, kQuad of them at a time.
struct DealSink {
  real* const* term;  // where the first row of each begins
  std::int64_t terms, slot, width;

  void operator()(std::int64_t row, std::int64_t col, simd::Vec v) const {
    const std::int64_t to = row * width;
#pragma GCC unroll 4
    for (int lane = 0; lane < simd::kWidth; lane += kQuad) {
      const std::int64_t k = (col + lane) / slot;
      if (k >= terms) return;
      std::memcpy(term[k] + to + (col + lane) % slot, reinterpret_cast<const real*>(&v) + lane,
                  kQuad * sizeof(real));
    }
  }
};

/// One product for all terms, with few columns per term.
void project_side_by_side(const Product& block, const Packed& w, std::int64_t width,
                          std::int64_t column, const BlockOfTerm& z) {
  std::array<real*, kMostTerms> term;
  for (std::int64_t k = 0; k < w.terms(); ++k) term[k] = z(k) + column;
  Product product = block;
  product.b = w.term(0);
  product.b_step = w.row();
  product.cols = w.row();
  multiply(product, DealSink{term.data(), w.terms(), slot_of(w.out()), width});
}

/// y = sum_k T_k(L) (x W_k) by Clenshaw's recurrence on the columns of y.
void by_clenshaw(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
                 Transpose transpose_w, View<real> y) {
  const bool whole = y.dim(2) % simd::kWidth == 0 || w.dim(0) > kMostTerms;
  const Packed packed(ctx, w, transpose_w,
                      whole ? Packed::Layout::kByTerm : Packed::Layout::kSideBySide);
  const std::int64_t in = x.dim(2);
  const std::int64_t out = y.dim(2);
  const std::int64_t slot = whole ? out : slot_of(out);
  const Cut cut(l, x.dim(1), slot);
  for_each_share(ctx, cut, [&](const Share& share) {
    walk(ClenshawWalk{ctx, l, packed.terms(), slot, y, Stream(x, share)}, cut, share,
         [&](Rows rows, std::int64_t width, const BlockOfTerm& z) {
           for (std::int64_t n = 0; n < share.count; ++n) {
             const Product block{
                 .rows = rows.count(),
                 .cols = 0,
                 .steps = in,
                 .a = x.data + (rows.begin * x.dim(1) + share.first_sample + n) * in,
                 .a_row = x.dim(1) * in,
                 .a_step = 1,
                 .b = nullptr,
                 .b_step = 0};
             if (whole)
               project_by_term(block, packed, width, n * slot, z);
             else
               project_side_by_side(block, packed, width, n * slot, z);
           }
         });
  });
}

/// Partial weight gradients of every (group, segment), and their sum.
class WeightSums {
 public:
  WeightSums(const Context& ctx, const Cut& cut, std::int64_t size)
      : ctx_(ctx),
        segments_(cut.segments),
        pieces_(cut.groups() * cut.segments),
        size_(size),
        memory_(ctx, pieces_ * size) {
    ctx.runtime().zero(memory_.data(), static_cast<std::size_t>(pieces_ * size) * sizeof(real));
  }

  real* piece(std::int64_t group, std::int64_t segment) const {
    return memory_.data() + (group * segments_ + segment) * size_;
  }
  void total(real* sum) const {
    const int threads = pieces_ * size_ < 16384 ? 1 : ctx_.threads();
#pragma omp parallel for num_threads(threads)
    for (std::int64_t i = 0; i < size_; ++i) {
      double s = 0;
      for (std::int64_t p = 0; p < pieces_; ++p) s += memory_.data()[p * size_ + i];
      sum[i] = static_cast<real>(s);
    }
  }

 private:
  const Context& ctx_;
  std::int64_t segments_;
  std::int64_t pieces_;
  std::int64_t size_;
  Workspace memory_;
};

/// sum += left^T right over a block, both [V, N, *]-like with the given row strides.
void outer_block(std::int64_t rows, std::int64_t samples, const real* left, std::int64_t left_row,
                 std::int64_t left_channels, const real* right, std::int64_t right_row,
                 std::int64_t right_channels, real* sum) {
  multiply({.rows = left_channels,
            .cols = right_channels,
            .steps = rows,
            .parts = samples,
            .a = left,
            .a_part = left_channels,
            .a_row = 1,
            .a_step = left_row,
            .b = right,
            .b_part = right_channels,
            .b_step = right_row},
           StoreSink{sum, right_channels, right_channels, true});
}

/// grad_w by the terms of grad_y; also grad_x when w_transposed is given.
void by_grad_basis(const Context& ctx, const CsrView& l, View<const real> x,
                   View<const real> grad_y, const Packed* w_transposed, View<real> grad_x,
                   View<real> grad_w) {
  const std::int64_t terms = grad_w.dim(0);
  const std::int64_t in = x.dim(2);
  const std::int64_t out = grad_y.dim(2);
  const bool together = out < kTogether;
  const Cut cut(l, x.dim(1), out);
  const WeightSums sums(ctx, cut, grad_w.size());
  for_each_share(ctx, cut, [&](const Share& share) {
    walk(BasisWalk{ctx, l, terms, grad_y, together, Stream(x, share)}, cut, share,
         [&](const Windows& windows, std::int64_t t, Rows rows) {
           const std::int64_t segment = cut.segment_of(share, rows.begin / Wavefront::kBlock);
           outer_block(rows.count(), share.count,
                       x.data + (rows.begin * x.dim(1) + share.first_sample) * in, x.dim(1) * in,
                       in, windows.row(t, rows.begin), windows.width(), out,
                       sums.piece(share.group, segment) + t * in * out);
           if (w_transposed == nullptr) return;
           if (!together)
             return multiply_block(windows, out, t, 1, rows, share, *w_transposed, grad_x);
           if (t == terms - 1)
             multiply_block(windows, out, 0, terms, rows, share, *w_transposed, grad_x);
         });
  });
  sums.total(grad_w.data);
}

/// grad_w by the terms of x; grad_y's rows must be whole registers.
void by_input_basis(const Context& ctx, const CsrView& l, View<const real> x,
                    View<const real> grad_y, View<real> grad_w) {
  const std::int64_t in = x.dim(2);
  const std::int64_t out = grad_y.dim(2);
  const Cut cut(l, x.dim(1), in);
  const WeightSums sums(ctx, cut, grad_w.size());
  for_each_share(ctx, cut, [&](const Share& share) {
    walk(BasisWalk{ctx, l, grad_w.dim(0), x, false, Stream(grad_y, share)}, cut, share,
         [&](const Windows& windows, std::int64_t t, Rows rows) {
           const std::int64_t segment = cut.segment_of(share, rows.begin / Wavefront::kBlock);
           outer_block(rows.count(), share.count, windows.row(t, rows.begin), windows.width(), in,
                       grad_y.data + (rows.begin * x.dim(1) + share.first_sample) * out,
                       x.dim(1) * out, out, sums.piece(share.group, segment) + t * in * out);
         });
  });
  sums.total(grad_w.data);
}

}  // namespace

void cheb_conv(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
               Transpose transpose_w, View<real> y) {
  if (y.dim(2) < x.dim(2)) return by_clenshaw(ctx, l, x, w, transpose_w, y);
  by_basis(ctx, l, x, Packed(ctx, w, transpose_w, Packed::Layout::kByTerm), y);
}

void cheb_weight_grad(const Context& ctx, const CsrView& l, View<const real> x,
                      View<const real> grad_y, View<real> grad_w) {
  if (x.dim(2) < grad_y.dim(2) && grad_y.dim(2) % simd::kWidth == 0)
    return by_input_basis(ctx, l, x, grad_y, grad_w);
  by_grad_basis(ctx, l, x, grad_y, nullptr, {}, grad_w);
}

void cheb_backward(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_w) {
  const Packed transposed(ctx, w, Transpose::kYes, Packed::Layout::kByTerm);
  by_grad_basis(ctx, l, x, grad_y, &transposed, grad_x, grad_w);
}

}  // namespace fgcn::kernels::cpu
