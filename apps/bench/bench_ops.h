// The operators' benchmarks. One for each name in FGCN_OPS (cmake/ops.cmake); a test compares.
#pragma once

#include <span>

#include "apps/bench/bench_report.h"
#include "apps/bench/bench_scene.h"

namespace fgcn::bench {

struct OpBench {
  const char* op;
  void (*run)(const Scene& scene, Report& report);
};

std::span<const OpBench> graph_benches();  // on the mesh's matrices
std::span<const OpBench> dense_benches();  // products of matrices and images, the optimiser
std::span<const OpBench> array_benches();  // elementwise, sums, copies
std::span<const OpBench> face_benches();   // geometry, light and pixels

}  // namespace fgcn::bench
