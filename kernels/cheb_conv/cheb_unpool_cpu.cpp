#include <algorithm>
#include <optional>
#include <vector>

#include "kernels/cheb_conv/cheb_unpool.h"
#include "kernels/cheb_conv/cheb_walk.h"

namespace fgcn::kernels::cpu {
namespace {

/// to = (or +=) factor * from on `count` elements.
template <bool kAdd>
void scaled(real factor, const real* from, std::int64_t count, real* to) {
  std::int64_t i = 0;
  for (; i + simd::kWidth <= count; i += simd::kWidth) {
    const simd::Vec v = simd::splat(factor) * simd::load(from + i);
    simd::store(to + i, kAdd ? simd::load(to + i) + v : v);
  }
  for (; i < count; ++i) to[i] = kAdd ? to[i] + factor * from[i] : factor * from[i];
}

/// Row r of U times the terms that begin at `from`: `parts` of `count` elements side by side, part
/// k to to[k] + offset.
void unpooled_row(const CsrView& u, std::int64_t r, const real* from, std::int64_t stride,
                  std::int64_t count, const std::vector<real*>& to, std::int64_t offset) {
  std::int32_t e = u.row_begin[r];
  const std::int32_t end = u.row_begin[r + 1];
  const auto row = [&](std::int32_t entry) { return from + u.col[entry] * stride; };
  if (end - e == 3) {  // the corners of a triangle: the sum stays in registers
    const real a = u.value[e], b = u.value[e + 1], c = u.value[e + 2];
    const real *fa = row(e), *fb = row(e + 1), *fc = row(e + 2);
    for (real* part : to) {
      real* out = part + offset;
#pragma omp simd
      for (std::int64_t i = 0; i < count; ++i) out[i] = a * fa[i] + (b * fb[i] + c * fc[i]);
      fa += count;
      fb += count;
      fc += count;
    }
    return;
  }
  for (real* part : to) {
    real* out = part + offset;
    if (e == end) std::fill_n(out, count, real(0));
    for (std::int32_t i = e; i < end; ++i) {
      if (i == e)
        scaled<false>(u.value[i], row(i), count, out);
      else
        scaled<true>(u.value[i], row(i), count, out);
    }
    from += count;
  }
}

/// Sums on the coarse mesh by each segment of the fine one. A segment has memory for the vertices
/// between the first and the last that it reaches: few more than its share in a good vertex order.
class CoarseSums {
 public:
  CoarseSums(const Context& ctx, const Cut& cut, const CsrView& u, View<real> sum)
      : ctx_(ctx), row_(sum.dim(1) * sum.dim(2)), sum_(sum), pieces_(reaches(cut, u)) {
    std::int64_t size = 0;
    for (Piece& piece : pieces_) {
      piece.offset = size;
      size += (piece.end - piece.begin) * row_;
    }
    if (pieces_.size() > 1) {
      memory_.emplace(ctx, size);
    } else {  // straight to the result
      pieces_.front() = {0, sum.dim(0), 0};
    }
    real* all = memory_ ? memory_->data() : sum.data;
    ctx.runtime().zero(all, static_cast<std::size_t>(memory_ ? size : sum.size()) * sizeof(real));
    for (Piece& piece : pieces_) piece.origin = all + piece.offset - piece.begin * row_;
  }

  /// Where row 0 of the coarse mesh would be in that segment's memory.
  real* origin(std::int64_t segment) const { return pieces_[segment].origin; }
  std::int64_t row() const { return row_; }

  void total() const {
    if (!memory_) return;
#pragma omp parallel for num_threads(ctx_.threads()) schedule(static)
    for (std::int64_t v = 0; v < sum_.dim(0); ++v) {
      real* to = sum_.data + v * row_;
      bool first = true;
      for (const Piece& piece : pieces_) {
        if (v < piece.begin || v >= piece.end) continue;
        if (first)
          std::copy_n(piece.origin + v * row_, row_, to);
        else
          scaled<true>(real(1), piece.origin + v * row_, row_, to);
        first = false;
      }
      if (first) std::fill_n(to, row_, real(0));
    }
  }

 private:
  struct Piece {
    std::int64_t begin = 0, end = 0;  // coarse vertices
    std::int64_t offset = 0;
    real* origin = nullptr;
  };

  static std::vector<Piece> reaches(const Cut& cut, const CsrView& u) {
    std::vector<Piece> out;
    for (std::int64_t s = 0; s < cut.segments; ++s) {
      const std::int64_t rows = std::min(u.rows, cut.begin(s + 1) * Wavefront::kBlock);
      const std::int32_t first = u.row_begin[cut.begin(s) * Wavefront::kBlock];
      Piece piece;
      for (std::int32_t e = first; e < u.row_begin[rows]; ++e) {
        if (e == first) piece.begin = u.col[e];
        piece.begin = std::min<std::int64_t>(piece.begin, u.col[e]);
        piece.end = std::max<std::int64_t>(piece.end, u.col[e] + 1);
      }
      out.push_back(piece);
    }
    return out;
  }

  const Context& ctx_;
  std::int64_t row_;
  View<real> sum_;
  std::vector<Piece> pieces_;
  std::optional<Scratch> memory_;
};

}  // namespace

void cheb_sum_unpooled(const Context& ctx, const CsrView& l, const CsrView& u, View<const real> z,
                       View<real> y) {
  const std::int64_t channels = y.dim(2);
  const std::int64_t terms = z.dim(2) / channels;
  const std::int64_t stride = z.dim(1) * z.dim(2);
  const Cut cut(l, y.dim(1), channels);
  for_each_share(ctx, cut, [&](const Share& share) {
    std::vector<real*> to(static_cast<std::size_t>(terms));
    walk(ClenshawWalk{ctx, l, terms, channels, y, {}}, cut, share,
         [&](Rows rows, std::int64_t width, const BlockOfTerm& place) {
           for (std::int64_t k = 0; k < terms; ++k) to[k] = place(k);
           for (std::int64_t r = rows.begin; r < rows.end; ++r)
             for (std::int64_t n = 0; n < share.count; ++n)
               unpooled_row(u, r, &z(0, share.first_sample + n, 0), stride, channels, to,
                            (r - rows.begin) * width + n * channels);
         });
  });
}

void cheb_terms_pooled(const Context& ctx, const CsrView& l, const CsrView& u,
                       View<const real> grad_y, View<real> grad_z) {
  const std::int64_t channels = grad_y.dim(2);
  const std::int64_t terms = grad_z.dim(2) / channels;
  const Cut cut(l, grad_y.dim(1), channels);
  const CoarseSums sums(ctx, cut, u, grad_z);
  for_each_share(ctx, cut, [&](const Share& share) {
    walk(BasisWalk{ctx, l, terms, grad_y, false}, cut, share,
         [&](const Windows& windows, std::int64_t t, Rows rows) {
           real* origin = sums.origin(cut.segment_of(share, rows.begin / Wavefront::kBlock)) +
                          share.first_sample * grad_z.dim(2) + t * channels;
           const real* from = windows.row(t, rows.begin);
           for (std::int64_t r = rows.begin; r < rows.end; ++r, from += windows.width())
             for (std::int32_t e = u.row_begin[r]; e < u.row_begin[r + 1]; ++e)
               for (std::int64_t n = 0; n < share.count; ++n)
                 scaled<true>(u.value[e], from + n * channels, channels,
                              origin + u.col[e] * sums.row() + n * grad_z.dim(2));
         });
  });
  sums.total();
}

}  // namespace fgcn::kernels::cpu
