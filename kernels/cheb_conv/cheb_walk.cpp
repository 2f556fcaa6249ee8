#include "kernels/cheb_conv/cheb_walk.h"

#include <algorithm>
#include <numeric>

#include "kernels/cheb_conv/recurrence.h"
#include "kernels/core/parallel_failure.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kColumns = 32;    // of a group: 128 bytes in single precision
constexpr std::int64_t kSegment = 4096;  // vertices
constexpr std::int64_t kMostSegments = 8;

Rows rows_of(const CsrView& l, std::int64_t block) {
  return {block * Wavefront::kBlock, std::min(l.rows, (block + 1) * Wavefront::kBlock)};
}

void fetch(const Stream& stream, Rows rows) {
  constexpr std::int64_t kLine = 64 / sizeof(real);
  if (stream.data == nullptr) return;
  for (std::int64_t r = rows.begin; r < rows.end; ++r)
    for (std::int64_t c = 0; c < stream.span; c += kLine)
      __builtin_prefetch(stream.data + r * stream.row + c);
}

/// The first `channels` of every slot.
void take_slots(const real* from, std::int64_t slots, std::int64_t slot, std::int64_t channels,
                real* to) {
  if (channels == slot) {
    std::copy_n(from, slots * slot, to);
  } else if (channels == 3) {  // colors; the general loop is slow for so few
    for (std::int64_t n = 0; n < slots; ++n) std::copy_n(from + n * slot, 3, to + n * 3);
  } else {
    for (std::int64_t n = 0; n < slots; ++n)
      std::copy_n(from + n * slot, channels, to + n * channels);
  }
}

}  // namespace

Cut::Cut(const CsrView& l, std::int64_t sample_count, std::int64_t channels)
    : blocks(Wavefront::blocks(l)),
      samples(sample_count),
      group(std::clamp<std::int64_t>(kColumns / channels, 1, sample_count)),
      segments(std::clamp<std::int64_t>(l.rows / kSegment, 1, kMostSegments)) {}

void for_each_share(const Context& ctx, const Cut& cut,
                    const std::function<void(const Share&)>& body) {
  // As few parts as keep every thread busy: where two parts meet, terms are made twice.
  const std::int64_t threads = ctx.threads();
  const std::int64_t parts = std::min(cut.segments, threads / std::gcd(threads, cut.groups()));
  const std::int64_t shares = parts * cut.groups();
  ParallelFailure failure;
#pragma omp parallel for num_threads(static_cast <int>(std::min(threads, shares))) schedule(static)
  for (std::int64_t i = 0; i < shares; ++i) {
    const std::int64_t group = i / parts;
    const std::int64_t part = i % parts;
    const std::int64_t first = group * cut.group;
    failure.keep([&] {
      body({first, std::min(cut.group, cut.samples - first), group, part * cut.segments / parts,
            (part + 1) * cut.segments / parts});
    });
  }
  failure.rethrow();
}

void walk(const BasisWalk& basis, const Cut& cut, const Share& share,
          const std::function<void(const Windows&, std::int64_t term, Rows rows)>& consume) {
  const std::int64_t begin = cut.begin(share.segment_begin);
  const std::int64_t end = cut.begin(share.segment_end);
  const Wavefront plan(basis.l, basis.terms, begin, end);
  const std::int64_t columns = share.count * basis.x.dim(2);
  const Windows windows(basis.ctx, basis.terms,
                        basis.keep ? plan.history_rows() : plan.window_rows(), padded(columns));
  const std::int64_t width = windows.width();
  const std::int64_t x_row = basis.x.dim(1) * basis.x.dim(2);
  const real* x = basis.x.data + share.first_sample * basis.x.dim(2);
  for (const Wavefront::Step& step : plan.steps()) {
    const std::int64_t t = step.term;
    const Rows rows = rows_of(basis.l, step.block);
    real* out = windows.row(t, rows.begin);
    if (t == 0) {
      const Rows next = rows_of(basis.l, step.block + 1);
      fetch(Stream(basis.x, share), next);
      fetch(basis.beside, next);
      for (std::int64_t r = rows.begin; r < rows.end; ++r, out += width) {
        std::copy_n(x + r * x_row, columns, out);
        std::fill_n(out + columns, width - columns, real(0));
      }
    } else {
      run(RecurrenceStep{basis.l, rows.begin, rows.end, width, t == 1 ? real(1) : real(2),
                         windows.term(t - 1), windows.mask(),
                         t == 1 ? nullptr : windows.row(t - 2, rows.begin), nullptr, out});
    }
    if (step.block >= begin && step.block < end) consume(windows, t, rows);
  }
}

void walk(const ClenshawWalk& sum, const Cut& cut, const Share& share,
          const std::function<void(Rows rows, std::int64_t width, const BlockOfTerm& z)>& project) {
  const Wavefront plan(sum.l, sum.terms, cut.begin(share.segment_begin),
                       cut.begin(share.segment_end));
  const std::int64_t columns = share.count * sum.slot;
  const Windows c(sum.ctx, sum.terms, plan.window_rows(), padded(columns));
  const Windows z(sum.ctx, sum.terms, plan.history_rows(), padded(columns));
  const std::int64_t width = c.width();
  const std::int64_t channels = sum.y.dim(2);
  const std::int64_t y_row = sum.y.dim(1) * channels;
  real* y = sum.y.data + share.first_sample * sum.y.dim(2);
  const std::int64_t last = sum.terms - 1;
  for (const Wavefront::Step& step : plan.steps()) {
    const std::int64_t t = step.term;
    const Rows rows = rows_of(sum.l, step.block);
    real* out = c.row(t, rows.begin);
    if (t == 0) {
      fetch(sum.from, rows_of(sum.l, step.block + 1));
      const auto place = [&](std::int64_t k) { return k == last ? out : z.row(k, rows.begin); };
      // The columns up to a whole register are part of every sum.
      for (std::int64_t k = 0; columns < width && k <= last; ++k)
        for (std::int64_t r = 0; r < rows.count(); ++r)
          std::fill_n(place(k) + r * width + columns, width - columns, real(0));
      project(rows, width, place);
    } else {
      run(RecurrenceStep{sum.l, rows.begin, rows.end, width, t == last ? real(1) : real(2),
                         c.term(t - 1), c.mask(), t == 1 ? nullptr : c.row(t - 2, rows.begin),
                         z.row(last - t, rows.begin), out});
    }
    if (t == last) {
      for (std::int64_t r = rows.begin; r < rows.end; ++r, out += width)
        take_slots(out, share.count, sum.slot, channels, y + r * y_row);
    }
  }
}

}  // namespace fgcn::kernels::cpu
