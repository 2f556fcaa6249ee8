// Findings of a race finder, in words.
#pragma once

#include <string>

#include "kernels/simt/access/race_finder.h"

namespace fgcn::test {

/// One sentence: the kernel, and file and line of both accesses, as addr2line reads them from this
/// program.
std::string race_text(const simt::Race& race);

}  // namespace fgcn::test
