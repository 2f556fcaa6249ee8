// Questions about the whole program, beyond what it happened to run.
#pragma once

#include <string>
#include <vector>

namespace fgcn::ptx {

/// Compiles every kernel that the program holds, for each architecture that its objects have PTX
/// for. Returns a sentence for each that the simulator cannot run; `count` becomes their number.
std::vector<std::string> check_all_kernels(int& count);

}  // namespace fgcn::ptx
