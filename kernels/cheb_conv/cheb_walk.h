// The walks over the terms of a Chebyshev layer on the CPU, and how they are shared by threads.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/cheb_conv/wavefront.h"
#include "kernels/core/context.h"
#include "kernels/core/simd.h"
#include "kernels/core/workspace.h"

namespace fgcn::kernels::cpu {

inline std::int64_t padded(std::int64_t columns) {
  return (columns + simd::kWidth - 1) / simd::kWidth * simd::kWidth;
}

/// One thread's share: samples [first, first + count), segments [begin, end).
struct Share {
  std::int64_t first_sample, count;
  std::int64_t group;
  std::int64_t segment_begin, segment_end;
};

/// How a [V, N, C] tensor is cut: samples into groups of about a cache line or two of columns,
/// vertices into segments. Both by the sizes alone, so that sums over a piece have the same bits
/// for any number of threads.
struct Cut {
  std::int64_t blocks, samples, group, segments;

  Cut(const CsrView& l, std::int64_t sample_count, std::int64_t channels);

  std::int64_t groups() const { return (samples + group - 1) / group; }
  /// First block of a segment.
  std::int64_t begin(std::int64_t segment) const { return segment * blocks / segments; }
  /// The segment of a block of a share.
  std::int64_t segment_of(const Share& share, std::int64_t block) const {
    std::int64_t segment = share.segment_begin;
    while (begin(segment + 1) <= block) ++segment;
    return segment;
  }
};

/// Every share of the work, run by the context's threads.
void for_each_share(const Context& ctx, const Cut& cut,
                    const std::function<void(const Share&)>& body);

/// The windows of the terms on one share's columns.
class Windows {
 public:
  Windows(const Context& ctx, std::int64_t terms, std::int64_t rows, std::int64_t width)
      : rows_(rows), width_(width), memory_(ctx, terms * rows * width + simd::kWidth) {}

  std::int64_t width() const { return width_; }
  std::int64_t mask() const { return rows_ - 1; }
  std::int64_t term_stride() const { return rows_ * width_; }
  real* term(std::int64_t t) const { return memory_.data() + t * term_stride(); }
  real* row(std::int64_t t, std::int64_t r) const { return term(t) + (r & mask()) * width_; }

 private:
  std::int64_t rows_;
  std::int64_t width_;
  Workspace memory_;
};

/// A block of vertices.
struct Rows {
  std::int64_t begin, end;
  std::int64_t count() const { return end - begin; }
};

/// The share's samples of a [V, N, C] array that a walk's callbacks read or write block by block.
/// Fetched ahead: their rows lie apart, where the processor does not see a stream.
struct Stream {
  const real* data = nullptr;  // row 0, the share's first sample
  std::int64_t row = 0;        // distance of rows
  std::int64_t span = 0;       // elements of a row

  Stream() = default;
  Stream(View<const real> x, const Share& share)
      : data(x.data + share.first_sample * x.dim(2)),
        row(x.dim(1) * x.dim(2)),
        span(share.count * x.dim(2)) {}
};

/// Walks T_t(L) x. `consume(t, rows)` is called once term t is in its window for those rows, for
/// the rows of the share only.
struct BasisWalk {
  const Context& ctx;
  const CsrView& l;
  std::int64_t terms;
  View<const real> x;  // [V, N, C]
  bool keep;           // all terms of a block are wanted together, after the last one
  Stream beside = {};  // read or written with the first term
};
void walk(const BasisWalk& basis, const Cut& cut, const Share& share,
          const std::function<void(const Windows&, std::int64_t term, Rows rows)>& consume);

/// Walks Clenshaw's recurrence  c_t = z_{K-1-t} + 2 L c_{t-1} - c_{t-2}  and writes
/// y = z_0 + L c_{K-2} - c_{K-3}, that is sum_k T_k(L) z_k. `project(rows, z)` writes z_k of those
/// rows to z(k): rows of `width` elements, the share's samples one after another, each on `slot`
/// columns of which the first C are wanted.
struct ClenshawWalk {
  const Context& ctx;
  const CsrView& l;
  std::int64_t terms;
  std::int64_t slot;
  View<real> y;  // [V, N, C]
  Stream from;   // the projected array
};
using BlockOfTerm = std::function<real*(std::int64_t k)>;
void walk(const ClenshawWalk& sum, const Cut& cut, const Share& share,
          const std::function<void(Rows rows, std::int64_t width, const BlockOfTerm& z)>& project);

}  // namespace fgcn::kernels::cpu
