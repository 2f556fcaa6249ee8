#include "tests/support/program.h"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/core/temporary_folder.h"

namespace fgcn::test {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

Outcome run_program(const std::string& program, const std::string& arguments,
                    const std::string& shell_prefix) {
  const TemporaryFolder logs;
  const std::string command = shell_prefix + " " + FGCN_BINARY_DIR + "/bin/" + program + " " +
                              arguments + " >" + (logs / "out").string() + " 2>" +
                              (logs / "err").string() + " </dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = content(logs / "out");
  outcome.err = content(logs / "err");
  return outcome;
}

}  // namespace fgcn::test
