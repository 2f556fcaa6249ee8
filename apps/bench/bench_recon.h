// The stages of a reconstruction, for fgcn_bench.
#pragma once

#include <filesystem>

#include "apps/bench/bench_report.h"

namespace fgcn::bench {

/// Adds one row per stage (decode, detect, fit, refine, render, write) and one for all of them, as
/// fgcn_recon with its defaults spends them on `photo`. An empty path takes a picture of the
/// embedded face.
///
/// Errors   InputError when the photo is none, or a model or the weights are missing.
void time_reconstruction(const Context& ctx, const std::filesystem::path& photo, Report& report);

}  // namespace fgcn::bench
