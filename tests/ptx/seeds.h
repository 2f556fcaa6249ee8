// Kernels with one deliberate fault each, and clean ones beside them: what the simulator finds.
#pragma once

#include <vector>

namespace fgcn::ptx {

/// Starts a kernel with two blocks of 64 threads. A comment "seeded: NAME" stands in seeds.cu on
/// the line that the finding must name; `wanted` is in the finding's kind or text, "" where there
/// must be none.
struct Seed {
  const char* name;
  const char* wanted;
  void (*start)(float* y, const float* x, int count);  // y and x: 128 elements, unwritten
};

std::vector<Seed> seeds();

}  // namespace fgcn::ptx
