// Products of matrices tile by tile, as a block of threads forms them: how operands get into shared
// memory, and sums into registers. Included by conv2d_cuda.cu.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/gpu/elements.h"
#include "kernels/runtime/launch.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr int kTileThreads = 128;
constexpr int kTileDepth = 16;  // terms of the sums that lie in shared memory at a time

/// The block's part of the results, rows x columns, and each thread's.
template <int kRows_, int kColumns_, int kThreadRows_, int kThreadColumns_>
struct Tile {
  static constexpr int kRows = kRows_, kColumns = kColumns_;
  static constexpr int kThreadRows = kThreadRows_, kThreadColumns = kThreadColumns_;
  static_assert(kRows / kThreadRows * (kColumns / kThreadColumns) == kTileThreads);

  float sum[kThreadRows][kThreadColumns] = {};

  // Neighbouring threads have neighbouring columns.
  static __device__ __forceinline__ int row() {
    return static_cast<int>(threadIdx.x) / (kColumns / kThreadColumns) * kThreadRows;
  }
  static __device__ __forceinline__ int column() {
    return static_cast<int>(threadIdx.x) % (kColumns / kThreadColumns) * kThreadColumns;
  }
};

/// For up to eight columns: an image's colors, or a score.
constexpr std::int64_t kNarrow = 8;
template <bool kIsNarrow>
using TileFor = std::conditional_t<kIsNarrow, Tile<128, kNarrow, 4, 2>, Tile<64, 64, 8, 4>>;

/// The neighbours that move as one in an operand [depth, columns]: a narrow one is moved singly.
constexpr int pieces_by_column(int piece, bool narrow) { return narrow ? 1 : piece; }

/// Which way neighbours in device memory lie in an operand.
enum class Along { kDepth, kWidth };

/// One operand's piece of a tile, [kTileDepth, kWidth] in shared memory, and each thread's share in
/// bringing it there: kTimes pieces of kPiece neighbours.
template <int kWidth, Along kAlong, int kPiece>
struct Operand {
  static constexpr bool kTurned = kAlong == Along::kDepth;
  // 4 x 10 numbers apart, and so in other banks, are the four pieces of a narrow operand's row.
  static constexpr int kPitch = kTurned && kWidth < 32 ? kWidth + 2 : kWidth;
  static constexpr int kSize = kTileDepth * kPitch;
  static constexpr int kInLine = (kTurned ? kTileDepth : kWidth) / kPiece;
  static constexpr int kLines = kTurned ? kWidth : kTileDepth;
  static constexpr int kLinesAtOnce = kTileThreads / kInLine;
  static constexpr int kTimes = (kLines + kLinesAtOnce - 1) / kLinesAtOnce;

  Lanes<kPiece, float> piece[kTimes];

  /// Where element (k, i) lies. What is turned on its way is written by lanes of different k and
  /// few i: rows are rotated against each other so that these are different banks. Four
  /// neighbours i stay neighbours.
  static __device__ __forceinline__ int at(int k, int i) {
    if constexpr (!kTurned || kWidth < 32) {
      return k * kPitch + i;
    } else if constexpr (kPiece == 4) {
      return k * kPitch + (i ^ (k / 4 % 4 * 8));
    } else {
      return k * kPitch + (i ^ (k % 8 * 4));
    }
  }

  /// The thread's place in a line, and its line, of depth 16 by single elements: a warp takes
  /// eight of four lines, where rotated rows leave no two in one bank.
  static constexpr bool kHalves = kTurned && kPiece == 1;
  static __device__ __forceinline__ int place() {
    const int t = static_cast<int>(threadIdx.x);
    if constexpr (kHalves) return t % 8 + t / (kTileThreads / 2) * 8;
    return t % kInLine * kPiece;
  }
  static __device__ __forceinline__ int line(int time) {
    const int t = static_cast<int>(threadIdx.x);
    if constexpr (kHalves) return t % (kTileThreads / 2) / 8 + time * kLinesAtOnce;
    return t / kInLine + time * kLinesAtOnce;
  }
  static __device__ __forceinline__ int depth(int time) { return kTurned ? place() : line(time); }
  static __device__ __forceinline__ int across(int time) { return kTurned ? line(time) : place(); }
  /// False where there are more threads than pieces.
  static __device__ __forceinline__ bool has(int time) {
    return kLines % kLinesAtOnce == 0 || line(time) < kLines;
  }

  __device__ __forceinline__ void fetch(int time, const float* from, bool there) {
    piece[time] = there ? load<kPiece>(from) : Lanes<kPiece, float>{};
  }
  /// To `shared`, in shared memory: an assignment there, for store() means device memory.
  __device__ __forceinline__ void put(float* shared) const {
#pragma unroll
    for (int time = 0; time < kTimes; ++time) {
      if (has(time)) put_piece(shared, depth(time), across(time), piece[time]);
    }
  }

 private:
  static __device__ __forceinline__ void put_piece(float* shared, int k, int i,
                                                   const Lanes<kPiece, float>& p) {
    if constexpr (kPiece == 1) {
      shared[at(k, i)] = p.of[0];
    } else if constexpr (kTurned) {
#pragma unroll
      for (int e = 0; e < kPiece; ++e) shared[at(k + e, i)] = p.of[e];
    } else {
      *reinterpret_cast<float4*>(shared + at(k, i)) =
          make_float4(p.of[0], p.of[1], p.of[2], p.of[3]);
    }
  }
};

/// kCount neighbours, two or a multiple of four, of row k of an operand in shared memory.
template <class Operand, int kCount>
__device__ __forceinline__ void take(const float* shared, int k, int i, float (&out)[kCount]) {
  if constexpr (kCount == 2) {
    const float2 pair = *reinterpret_cast<const float2*>(shared + Operand::at(k, i));
    out[0] = pair.x;
    out[1] = pair.y;
  } else {
#pragma unroll
    for (int e = 0; e < kCount; e += 4) {
      const float4 four = *reinterpret_cast<const float4*>(shared + Operand::at(k, i + e));
      out[e] = four.x;
      out[e + 1] = four.y;
      out[e + 2] = four.z;
      out[e + 3] = four.w;
    }
  }
}

/// Adds the products of what lies in shared memory, in the order of k.
template <class A, class B, class T>
__device__ __forceinline__ void multiply(const float* a_shared, const float* b_shared, T& tile) {
#pragma unroll
  for (int k = 0; k < kTileDepth; ++k) {
    float a[T::kThreadRows], b[T::kThreadColumns];
    take<A>(a_shared, k, T::row(), a);
    take<B>(b_shared, k, T::column(), b);
#pragma unroll
    for (int r = 0; r < T::kThreadRows; ++r) {
#pragma unroll
      for (int c = 0; c < T::kThreadColumns; ++c) tile.sum[r][c] += a[r] * b[c];
    }
  }
}

/// Both operands twice: while one copy is multiplied, the other is filled.
template <class A, class B>
constexpr std::size_t shared_bytes() {
  return 2 * (A::kSize + B::kSize) * sizeof(float);
}

/// Adds the products of `steps` tiles one after the other, `shared` being shared_bytes<A, B>()
/// large. fetch(step, a, b) brings a step's operands into registers; prepare(step) is called at the
/// latest a barrier before that and never while fetch reads what it made for the step before the
/// last. The steps are the same for all threads of the block.
template <class A, class B, class T, class Fetch, class Prepare>
__device__ __forceinline__ void multiply_steps(float* shared, int steps, const Fetch& fetch,
                                               const Prepare& prepare, T& tile) {
  if (steps == 0) return;  // all threads
  float* const b_shared = shared + 2 * A::kSize;
  A a;
  B b;
  fetch(0, a, b);
  a.put(shared);
  b.put(b_shared);
  __syncthreads();
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    const int now = step % 2, next = 1 - now;
    const bool more = step + 1 < steps;
    if (more) {
      fetch(step + 1, a, b);
      prepare(step + 2);
    }
    multiply<A, B>(shared + now * A::kSize, b_shared + now * B::kSize, tile);
    if (more) {
      a.put(shared + next * A::kSize);
      b.put(b_shared + next * B::kSize);
    }
    __syncthreads();
  }
}

/// Writes a thread's part of row r of the tile; `to` is the row's result of column 0. `whole`:
/// columns, and the address, are multiples of four.
template <class T>
__device__ __forceinline__ void write_row(const T& tile, int r, float* to, int column, int columns,
                                          bool whole) {
  if constexpr (T::kThreadColumns == 4) {
    if (whole) {
      if (column < columns)
        store(to + column,
              Lanes<4, float>{tile.sum[r][0], tile.sum[r][1], tile.sum[r][2], tile.sum[r][3]});
      return;
    }
  }
#pragma unroll
  for (int c = 0; c < T::kThreadColumns; ++c) {
    if (column + c < columns) to[column + c] = tile.sum[r][c];
  }
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
