// Arrays [N, V, 3] in kernels: which vertices a block owns, and how it moves them. Included by .cu
// files.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/core/real3.h"
#include "kernels/gpu/divider.h"
#include "kernels/runtime/launch.h"

namespace fgcn {

/// Threads of a block, and vertices that it holds at once.
constexpr unsigned kTripleThreads = 256;

/// Vertices of one image, counted over the batch.
struct VertexRange {
  std::int64_t image, begin, end;
};

/// The vertices of each image in parts of at most `share`, a block each. Images of an odd number of
/// vertices begin anywhere in a sector of memory: their parts but the first begin with one.
class VertexParts {
 public:
  VertexParts(std::int64_t images, std::int64_t vertices, std::int64_t share = kTripleThreads)
      : images_(images),
        vertices_(vertices),
        share_(share),
        of_image_((vertices + most_behind(images, vertices) + share - 1) / share),
        by_image_(std::max<std::int64_t>(1, of_image_)) {}

  std::int64_t count() const { return images_ * of_image_; }
  std::int64_t of_image() const { return of_image_; }

  __device__ __forceinline__ VertexRange at(std::int64_t part) const {
    const Split split = by_image_.split(part);
    const std::int64_t first = split.quotient * vertices_, last = first + vertices_;
    const std::int64_t begin = first - first % kWholeSectors + split.remainder * share_;
    const std::int64_t end = begin + share_ < last ? begin + share_ : last;
    // An image's last part may be left without vertices.
    return {split.quotient, begin < first ? first : begin < end ? begin : end, end};
  }

 private:
  static constexpr std::int64_t kWholeSectors = 8;  // vertices of three numbers in whole sectors

  /// Vertices by which an image may begin behind a whole sector.
  static std::int64_t most_behind(std::int64_t images, std::int64_t vertices) {
    return images > 1 && vertices % kWholeSectors != 0 ? kWholeSectors - 1 : 0;
  }

  std::int64_t images_, vertices_, share_, of_image_;
  Divider by_image_;
};

/// How many of a range's vertices from `first` on a block holds at once.
__device__ __forceinline__ unsigned triples_held(std::int64_t first, std::int64_t end) {
  return end - first < kTripleThreads ? static_cast<unsigned>(end - first) : kTripleThreads;
}

// Threads that read their own vertices would take every third number. A block moves its vertices as
// one run instead, through a tile [3 * kTripleThreads] in shared memory; a barrier stands between
// the run and the vertices. Both ways a thread moves the same places of the tile.

__device__ __forceinline__ void read_triples(const real* from, unsigned count, real* tile) {
#pragma unroll
  for (unsigned k = 0; k < 3; ++k) {
    const unsigned i = k * kTripleThreads + threadIdx.x;
    if (i < 3 * count) tile[i] = from[i];
  }
}
__device__ __forceinline__ void write_triples(const real* tile, unsigned count, real* to) {
#pragma unroll
  for (unsigned k = 0; k < 3; ++k) {
    const unsigned i = k * kTripleThreads + threadIdx.x;
    if (i < 3 * count) to[i] = tile[i];
  }
}

}  // namespace fgcn
