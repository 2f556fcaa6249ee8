// Whole networks, for fgcn_bench.
#pragma once

#include <span>

#include "apps/bench/bench_ops.h"

namespace fgcn::bench {

/// generator, resnet, critic, identity, and the networks that users bring.
std::span<const OpBench> network_benches();

}  // namespace fgcn::bench
