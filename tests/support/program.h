// Runs one of the built programs and keeps what it said.
#pragma once

#include <string>

namespace fgcn::test {

struct Outcome {
  int exit_code = -1;  // 128 + signal when killed
  std::string out;     // stdout
  std::string err;     // stderr
};

/// Runs `shell_prefix` PROGRAM arguments through /bin/sh; PROGRAM is looked up in the build tree.
Outcome run_program(const std::string& program, const std::string& arguments,
                    const std::string& shell_prefix = {});

}  // namespace fgcn::test
