// An operator at one size, timed as the tape runs it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/bench/bench_report.h"
#include "apps/bench/bench_scene.h"
#include "autograd/tape.h"

namespace fgcn::bench {

/// Arrays that the backward pass reads.
enum class Backward {
  kNothing,             // the cotangent itself is the gradient
  kCotangent,           //
  kCotangentAndInputs,  //
  kCotangentAndOutput,  //
};

struct Case {
  std::string variant;
  std::vector<Tensor> inputs;  // differentiated by all of them
  std::function<Var(const Vars&)> f;
  double flops = 0;  // of the forward pass; 0: only memory is moved
  double backward_flops = 0;
  Backward reads = Backward::kCotangent;
  double constant_bytes = 0;  // of what either pass reads and nothing is differentiated by
};

/// Adds two rows: f, and its vector-Jacobian product by all inputs.
void time_case(const Scene& scene, Report& report, const std::string& op, const Case& c);

}  // namespace fgcn::bench
