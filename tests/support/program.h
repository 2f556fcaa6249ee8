// Runs one of the built programs and keeps what it said.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace fgcn::test {

struct Outcome {
  int exit_code = -1;  // 128 + signal when killed
  std::string out;     // stdout
  std::string err;     // stderr
};

/// A path as one word of a command line; it has no quotation marks itself.
inline std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

/// Runs `shell_prefix` PROGRAM arguments through /bin/sh; PROGRAM is looked up in the build tree.
Outcome run_program(const std::string& program, const std::string& arguments,
                    const std::string& shell_prefix = {});

/// Checks that a program refused its input: exit code 2 and, in at most `most_lines` on stderr,
/// these words, none of them an internal error.
void check_refused(const Outcome& outcome, const std::string& words, std::ptrdiff_t most_lines = 1);

/// A program that runs beside the test. Its output is thrown away.
class RunningProgram {
 public:
  /// Returns when it is under way: no shell stands between, and a signal goes to nothing else.
  RunningProgram(const std::string& program, const std::vector<std::string>& arguments);
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  /// Kills it if it was not waited for. Ends the test program when that fails.
  ~RunningProgram();  // NOLINT(bugprone-exception-escape): a program that stays would hide it

  /// Whether it has not ended yet.
  bool runs() const;
  void send(int signal) const;
  /// Waits for its end; exit code as in Outcome.
  int wait();

 private:
  pid_t process_ = -1;  // -1: waited for
};

}  // namespace fgcn::test
