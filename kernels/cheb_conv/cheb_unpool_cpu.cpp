#include <algorithm>
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

/// Sums on the coarse mesh by each segment of the fine one, term by term: side by side, as in the
/// result, the lines of one term would lie in few sets of the cache. A segment has memory for the
/// vertices between the first and the last that it reaches: few more than its share in a good
/// vertex order.
class CoarseSums {
 public:
  CoarseSums(const Context& ctx, const Cut& cut, const CsrView& u, std::int64_t terms,
             View<real> sum)
      : ctx_(ctx),
        terms_(terms),
        row_(sum.dim(1) * sum.dim(2) / terms),
        sum_(sum),
        pieces_(reaches(cut, u)),
        memory_(ctx, terms * rows(pieces_) * row_) {
    ctx.runtime().zero(memory_.data(),
                       static_cast<std::size_t>(terms * rows(pieces_) * row_) * sizeof(real));
    real* begin = memory_.data();
    for (Piece& piece : pieces_) {
      piece.origin = begin - piece.begin * row_;
      begin += terms * piece.rows() * row_;
    }
  }

  /// Where row 0 of the coarse mesh would be, of a term in a segment's memory; rows are row()
  /// apart.
  real* origin(std::int64_t segment, std::int64_t term) const {
    return pieces_[segment].origin + term * pieces_[segment].rows() * row_;
  }
  std::int64_t row() const { return row_; }

  void total() const {
    const std::int64_t channels = sum_.dim(2) / terms_;
#pragma omp parallel for num_threads(ctx_.threads()) schedule(static)
    for (std::int64_t v = 0; v < sum_.dim(0); ++v) {
      bool first = true;
      for (std::size_t p = 0; p < pieces_.size(); ++p) {
        if (v < pieces_[p].begin || v >= pieces_[p].end) continue;
        for (std::int64_t t = 0; t < terms_; ++t) {
          const real* from = origin(static_cast<std::int64_t>(p), t) + v * row_;
          for (std::int64_t n = 0; n < sum_.dim(1); ++n, from += channels) {
            if (first)
              std::copy_n(from, channels, &sum_(v, n, t * channels));
            else
              scaled<true>(real(1), from, channels, &sum_(v, n, t * channels));
          }
        }
        first = false;
      }
      if (first) std::fill_n(&sum_(v, 0, 0), sum_.dim(1) * sum_.dim(2), real(0));
    }
  }

 private:
  struct Piece {
    std::int64_t begin = 0, end = 0;  // coarse vertices
    real* origin = nullptr;

    std::int64_t rows() const { return end - begin; }
  };

  static std::int64_t rows(const std::vector<Piece>& pieces) {
    std::int64_t sum = 0;
    for (const Piece& piece : pieces) sum += piece.rows();
    return sum;
  }

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
  std::int64_t terms_;
  std::int64_t row_;
  View<real> sum_;
  std::vector<Piece> pieces_;
  Workspace memory_;
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
                       const CsrView& /*pool*/, View<const real> grad_y, View<real> grad_z) {
  const std::int64_t channels = grad_y.dim(2);
  const std::int64_t terms = grad_z.dim(2) / channels;
  const Cut cut(l, grad_y.dim(1), channels);
  const CoarseSums sums(ctx, cut, u, terms, grad_z);
  for_each_share(ctx, cut, [&](const Share& share) {
    const std::int64_t columns = share.count * channels;
    walk(BasisWalk{ctx, l, terms, grad_y, false}, cut, share,
         [&](const Windows& windows, std::int64_t t, Rows rows) {
           real* origin = sums.origin(cut.segment_of(share, rows.begin / Wavefront::kBlock), t) +
                          share.first_sample * channels;
           const real* from = windows.row(t, rows.begin);
           for (std::int64_t r = rows.begin; r < rows.end; ++r, from += windows.width())
             for (std::int32_t e = u.row_begin[r]; e < u.row_begin[r + 1]; ++e)
               scaled<true>(u.value[e], from, columns, origin + u.col[e] * sums.row());
         });
  });
  sums.total();
}

}  // namespace fgcn::kernels::cpu
