// Pairs of shapes that the tests of binary and of its gradients go through.
#pragma once

#include <vector>

#include "kernels/binary/binary.h"

namespace fgcn::test {

struct BinaryCase {
  const char* name;
  Shape a, b;
};
inline const BinaryCase kBinaryCases[] = {
    {"scalars", {}, {}},
    {"one element", {1}, {1}},
    {"nothing", {3, 0}, {1}},
    {"part of a warp", {31}, {31}},
    {"a warp and one", {33}, {33}},
    {"several blocks and one", {1025}, {1025}},
    {"whole pieces", {3, 700}, {3, 700}},
    {"array and scalar", {5, 211}, {1}},
    {"scalar and array", {}, {2051}},
    {"a row for each row, odd", {37, 31}, {31}},
    {"a row for each row, whole pieces", {37, 64}, {64}},
    {"a column for each column", {129, 1}, {129, 3}},
    {"a column, whole pieces", {33, 16}, {33, 1}},
    {"outer product", {17, 1}, {33}},
    {"outer product, whole pieces", {17, 1}, {36}},
    {"batch of rows", {3, 1, 5}, {4, 1}},
    {"every axis by turns", {3, 1, 5, 1, 7}, {4, 1, 6, 1}},
    {"every axis by turns, whole pieces", {3, 1, 5, 1, 8}, {1, 4, 1, 6, 1}},
    {"full, every other axis", {2, 3, 2, 3, 8}, {2, 1, 2, 1, 8}},
    {"full, every other axis, odd", {2, 3, 2, 3, 7}, {2, 1, 2, 1, 7}},
    {"ones between", {2, 1, 3, 1, 4}, {1, 1, 3, 1, 4}},
    {"more rows than a block sums", {4500, 12}, {12}},
    {"odd rows, more than a block sums", {3100, 5}, {5}},
    {"a long row for each number", {3, 700}, {3, 1}},
    {"more elements than a block sums", {9001}, {1}},
    {"rows of pieces, pairs of no whole piece", {5, 4, 3}, {4, 1}},
};

/// The offset in an operand of each element of the common shape.
inline std::vector<std::size_t> places(const Shape& operand, const Shape& common) {
  std::vector<std::size_t> out;
  for (std::int64_t i = 0; i < common.size(); ++i) {
    std::int64_t at = 0, step = 1, left = i;
    for (int axis = 1; axis <= common.rank; ++axis) {
      const std::int64_t size = common[common.rank - axis];
      const std::int64_t own = axis <= operand.rank ? operand[operand.rank - axis] : 1;
      if (own > 1) at += left % size * step;
      step *= own;
      left /= size;
    }
    out.push_back(static_cast<std::size_t>(at));
  }
  return out;
}

}  // namespace fgcn::test
