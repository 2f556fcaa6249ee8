// The order in which the terms of a three-term recurrence sweep through the cache.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/core/view.h"

namespace fgcn::kernels::cpu {

/// Block b of term t needs term t - 1 only where the rows of b have entries. In a vertex order of
/// small bandwidth that is near b, so the terms follow each other through the mesh at a short
/// distance, and only a window of each is kept: K passes over memory become one. In a bad order
/// the windows grow to the whole mesh and nothing else changes.
///
/// Source   time skewing of stencils, Wonnacott, IPDPS 2000.
class Wavefront {
 public:
  static constexpr std::int64_t kBlock = 64;  // rows; a power of two

  struct Step {
    std::int32_t term;
    std::int32_t block;
  };

  /// The steps that end with the last of `terms` on blocks [begin, end) of the matrix.
  Wavefront(const CsrView& l, std::int64_t terms, std::int64_t begin, std::int64_t end);

  const std::vector<Step>& steps() const { return steps_; }
  /// Rows of a term's window, a power of two: row r lies at r & (rows - 1).
  std::int64_t window_rows() const { return window_; }
  /// Rows of a window where every term stays until the last one has passed.
  std::int64_t history_rows() const { return history_; }

  static std::int64_t blocks(const CsrView& l) { return (l.rows + kBlock - 1) / kBlock; }

 private:
  std::vector<Step> steps_;
  std::int64_t window_ = kBlock;
  std::int64_t history_ = kBlock;
};

}  // namespace fgcn::kernels::cpu
