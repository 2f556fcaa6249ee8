// A whole step of the generator on the recorded emulator.
#pragma once

#include "apps/bench/bench_report.h"
#include "apps/bench/bench_scene.h"

namespace fgcn::bench {

/// Three rows: forward, as training runs it; backward, from a cotangent of the albedo to the
/// gradients of all weights; and Adam. Products count by their operands, as the only calls of
/// NVIDIA's libraries (docs/results/kernel-report.md).
///
/// Least bytes: forward each layer's input and output and each weight once; backward input,
/// output, the output's cotangent, the input's cotangent and each weight once, but no gradient of
/// weights; Adam weight and moments in and out.
void record_generator_step(const Scene& scene, Report& report);

}  // namespace fgcn::bench
