// Whole networks, for fgcn_bench.
#pragma once

#include <span>

#include "apps/bench_ops.h"

namespace fgcn::bench {

/// generator, resnet, critic and identity.
std::span<const OpBench> network_benches();

}  // namespace fgcn::bench
