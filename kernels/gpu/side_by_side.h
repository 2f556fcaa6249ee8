// Rows made of parts that lie side by side, such as channels of several arrays, or the samples of a
// vertex: from the parts' arrays to the whole and back. Included by .cu files.
//
// A row of three channels is no whole sector, and threads that follow the whole meet each part as
// many short runs. So a warp takes rows of the whole one by one, 32 elements at a time, and keeps
// of each part the 32 neighbours in which it stands: both sides are read and written in whole runs,
// each once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/gpu/divider.h"
#include "kernels/gpu/elements.h"
#include "kernels/runtime/launch.h"

namespace fgcn {

/// Parts of one launch.
constexpr int kMostParts = 8;

/// Part k is an array [rows, width(k)] and begins in a row of the whole [rows, width] at its own
/// place; no two overlap. T is `const real` where the parts are read.
template <class T>
class SideBySide {
 public:
  SideBySide(std::int64_t rows, std::int64_t width) : rows_(rows), width_(width), by_row_(width) {}

  /// The parts' elements are pieces of kLanes.
  bool in_pieces() const {
    bool out = whole_pieces(width_);
    for (int k = 0; k < count_; ++k)
      out = out && fgcn::in_pieces(part_[k]) && whole_pieces(begin_[k], part_width_[k]);
    return out;
  }
  SideBySide pieces() const {
    SideBySide out(rows_, width_ / kLanes);
    for (int k = 0; k < count_; ++k) out.add(part_[k], begin_[k] / kLanes, part_width_[k] / kLanes);
    return out;
  }

  /// Parts without elements are left out. Error when there are more than kMostParts.
  void add(T* part, std::int64_t begin, std::int64_t width) {
    if (width == 0) return;
    FGCN_CHECK(count_ < kMostParts, "side by side: more than ", kMostParts, " parts");
    part_[count_] = part;
    begin_[count_] = begin;
    part_width_[count_] = width;
    by_part_[count_] = Divider(width);
    ++count_;
  }

  int count() const { return count_; }
  std::int64_t width() const { return width_; }
  FGCN_HD std::int64_t size() const { return rows_ * width_; }

  /// Row and column of element e of the whole.
  __device__ __forceinline__ Split place(std::int64_t e) const { return by_row_.split(e); }
  __device__ __forceinline__ bool has(int k, Split at) const {
    return at.remainder >= begin_[k] && at.remainder < begin_[k] + part_width_[k];
  }
  /// Elements of part k before a place in the whole: the place in the part, where it has it.
  __device__ __forceinline__ std::int64_t before(int k, Split at) const {
    const std::int64_t in = at.remainder - begin_[k];
    const std::int64_t of_row = in < 0 ? 0 : in < part_width_[k] ? in : part_width_[k];
    return at.quotient * part_width_[k] + of_row;
  }
  /// The element of the whole that is element i of part k.
  __device__ __forceinline__ std::int64_t in_whole(int k, std::int64_t i) const {
    const Split at = by_part_[k].split(i);
    return at.quotient * width_ + begin_[k] + at.remainder;
  }
  __device__ __forceinline__ T* part(int k) const { return part_[k]; }

 private:
  std::int64_t rows_, width_;
  Divider by_row_;
  T* part_[kMostParts] = {};
  // A part that is not there has no column.
  std::int64_t begin_[kMostParts] = {}, part_width_[kMostParts] = {};
  Divider by_part_[kMostParts];
  int count_ = 0;
};

/// One thread per piece of the whole; zero where no part has it.
template <int kParts>
__global__ void join_pieces_kernel(SideBySide<const real> parts, real* whole) {
  const std::int64_t i = thread_number();
  if (i >= parts.size()) return;
  const Split at = parts.place(i);
  Lanes<kLanes> value = {};
#pragma unroll
  for (int k = 0; k < kParts; ++k) {
    if (parts.has(k, at)) value = load<kLanes>(parts.part(k) + parts.before(k, at) * kLanes);
  }
  store(whole + i * kLanes, value);
}

/// The other way.
template <int kParts>
__global__ void split_pieces_kernel(SideBySide<real> parts, const real* whole) {
  const std::int64_t i = thread_number();
  if (i >= parts.size()) return;
  const Split at = parts.place(i);
#pragma unroll
  for (int k = 0; k < kParts; ++k) {
    if (parts.has(k, at))
      store(parts.part(k) + parts.before(k, at) * kLanes, load<kLanes>(whole + i * kLanes));
  }
}

constexpr std::int64_t kWindow = 32;  // elements that a warp holds of each array
constexpr unsigned kWarpLanes = 0xffffffffu;

/// The one of [first, first + 32) that a lane's place in a window is for.
__device__ __forceinline__ std::int64_t own_of_window(std::int64_t first) {
  const auto lane = static_cast<std::int64_t>(threadIdx.x % kWindow);
  return first + ((lane - first) & (kWindow - 1));
}
__device__ __forceinline__ std::int64_t window_of(std::int64_t i) { return i & ~(kWindow - 1); }

/// A warp's part of the whole: nothing behind its end.
struct WarpShare {
  std::int64_t begin, end;

  __device__ __forceinline__ WarpShare(std::int64_t size, std::int64_t share)
      : begin(thread_number() / kWindow * share), end(begin + share) {
    if (begin > size) begin = size;
    if (end > size) end = size;
  }
};

/// A warp writes `share` elements of the whole; zero where no part has one. It asks for a part's
/// next window when it enters one.
template <int kParts>
__global__ void join_parts_kernel(SideBySide<const real> parts, std::int64_t share, real* whole) {
  const WarpShare of_warp(parts.size(), share);
  const std::int64_t begin = of_warp.begin, end = of_warp.end;
  const auto lane = static_cast<std::int64_t>(threadIdx.x % kWindow);
  const Split last = parts.place(end);
  const auto read = [&](int k, std::int64_t first) {
    const std::int64_t i = first + lane;
    return i < parts.before(k, last) ? parts.part(k)[i] : real(0);
  };
  std::int64_t low[kParts];         // the part's next element
  real held[kParts], next[kParts];  // its window, if it is within one, and the window behind
#pragma unroll
  for (int k = 0; k < kParts; ++k) {
    low[k] = parts.before(k, parts.place(begin));
    held[k] = window_of(low[k]) < low[k] ? read(k, window_of(low[k])) : real(0);
    next[k] = read(k, window_of(low[k] + kWindow - 1));
  }
  for (std::int64_t e = begin; e < end; e += kWindow) {
    const Split own = parts.place(e + lane), behind = parts.place(e + kWindow);
    real value = 0;
#pragma unroll
    for (int k = 0; k < kParts; ++k) {
      const std::int64_t high = parts.before(k, behind);
      const std::int64_t edge = window_of(low[k] + kWindow - 1);
      const real offered = own_of_window(low[k]) < edge ? held[k] : next[k];
      if (high > edge) {
        held[k] = next[k];
        next[k] = read(k, edge + kWindow);
      }
      const auto from = static_cast<int>(parts.before(k, own) % kWindow);
      const real got = __shfl_sync(kWarpLanes, offered, from);
      if (parts.has(k, own)) value = got;
      low[k] = high;
    }
    if (e + lane < end) whole[e + lane] = value;
  }
}

/// The other way: a warp reads `share` elements of the whole, and writes a part's window when it is
/// full.
template <int kParts>
__global__ void split_parts_kernel(SideBySide<real> parts, std::int64_t share, const real* whole) {
  constexpr int kAhead = 4;  // runs of 32 that are asked for at once
  const WarpShare of_warp(parts.size(), share);
  const std::int64_t begin = of_warp.begin, end = of_warp.end;
  const auto lane = static_cast<std::int64_t>(threadIdx.x % kWindow);
  const Split first = parts.place(begin);
  const auto write = [&](int k, std::int64_t window, std::int64_t before, real value) {
    const std::int64_t i = window + lane;
    if (i >= parts.before(k, first) && i < before) parts.part(k)[i] = value;
  };
  std::int64_t low[kParts];  // the part's next element
  real held[kParts] = {};    // its window
#pragma unroll
  for (int k = 0; k < kParts; ++k) low[k] = parts.before(k, first);
  for (std::int64_t some = begin; some < end; some += kAhead * kWindow) {
    real runs[kAhead];
#pragma unroll
    for (int r = 0; r < kAhead; ++r) {
      const std::int64_t i = some + r * kWindow + lane;
      runs[r] = i < end ? whole[i] : real(0);
    }
#pragma unroll
    for (int r = 0; r < kAhead; ++r) {
      const std::int64_t e = some + r * kWindow;
      if (e >= end) break;
      const Split behind = parts.place(e + kWindow < end ? e + kWindow : end);
#pragma unroll
      for (int k = 0; k < kParts; ++k) {
        const std::int64_t high = parts.before(k, behind), own = own_of_window(low[k]);
        const std::int64_t edge = window_of(low[k]) + kWindow;
        const auto from = static_cast<int>((parts.in_whole(k, own) - e) & (kWindow - 1));
        const real got = __shfl_sync(kWarpLanes, runs[r], from);
        if (own < high && own < edge) held[k] = got;
        if (high >= edge) {
          write(k, edge - kWindow, edge, held[k]);
          held[k] = got;
        }
        low[k] = high;
      }
    }
  }
#pragma unroll
  for (int k = 0; k < kParts; ++k) write(k, window_of(low[k]), low[k], held[k]);
}

namespace detail {

/// Elements of the whole that a warp takes: where rows are short, so many that every part begins
/// with a whole window.
inline std::int64_t share_of_warp(std::int64_t width) {
  constexpr std::int64_t kLeast = 8, kMost = 64;  // windows
  if (width > kMost) return kMost / 2 * kWindow;
  return (kLeast + width - 1) / width * width * kWindow;
}

/// Starts a kernel that moves pieces, or the one that moves elements.
template <class T, class Pieces, class Elements, class Whole>
void launch_parts(const Context& ctx, const char* name, const SideBySide<T>& parts, Pieces pieces,
                  Elements elements, Whole* whole) {
  if (parts.in_pieces() && in_pieces(whole)) {
    const SideBySide<T> in_lanes = parts.pieces();
    return launch(ctx, name, one_thread_each(in_lanes.size()), pieces, in_lanes, whole);
  }
  const std::int64_t share = share_of_warp(parts.width());
  const std::int64_t warps = (parts.size() + share - 1) / share;
  launch(ctx, name, one_thread_each(warps * kWindow), elements, parts, share, whole);
}

}  // namespace detail

/// Writes the whole, zero where no part is.
inline void join_parts(const Context& ctx, const SideBySide<const real>& parts, real* whole) {
  const auto start = [&](auto pieces, auto elements) {
    detail::launch_parts(ctx, "join_parts", parts, pieces, elements, whole);
  };
  if (parts.count() <= 1) return start(join_pieces_kernel<1>, join_parts_kernel<1>);
  if (parts.count() == 2) return start(join_pieces_kernel<2>, join_parts_kernel<2>);
  if (parts.count() <= 4) return start(join_pieces_kernel<4>, join_parts_kernel<4>);
  start(join_pieces_kernel<kMostParts>, join_parts_kernel<kMostParts>);
}

/// Writes the parts.
inline void split_parts(const Context& ctx, const SideBySide<real>& parts, const real* whole) {
  const auto start = [&](auto pieces, auto elements) {
    detail::launch_parts(ctx, "split_parts", parts, pieces, elements, whole);
  };
  if (parts.count() <= 2) return start(split_pieces_kernel<2>, split_parts_kernel<2>);
  if (parts.count() <= 4) return start(split_pieces_kernel<4>, split_parts_kernel<4>);
  start(split_pieces_kernel<kMostParts>, split_parts_kernel<kMostParts>);
}

}  // namespace fgcn
