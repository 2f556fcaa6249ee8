#include "tests/support/program.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn::test {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
  outcome.exit_code = exit_code(status);
  outcome.out = content(logs / "out");
  outcome.err = content(logs / "err");
  return outcome;
}

void check_refused(const Outcome& outcome, const std::string& words, std::ptrdiff_t most_lines) {
  CAPTURE(words);
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find(words) != std::string::npos);
  CHECK(outcome.err.find("internal error") == std::string::npos);
  const auto lines = std::count(outcome.err.begin(), outcome.err.end(), '\n');
  CHECK(lines >= 1);
  CHECK(lines <= most_lines);
}

RunningProgram::RunningProgram(const std::string& program,
                               const std::vector<std::string>& arguments) {
  std::string path = std::string(FGCN_BINARY_DIR) + "/bin/" + program;
  std::vector<std::string> words = arguments;
  std::vector<char*> argv{path.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_RDWR, 0);
  const int failed = posix_spawn(&process_, path.c_str(), &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  FGCN_CHECK(failed == 0, path, ": cannot be started");
}

RunningProgram::~RunningProgram() {  // NOLINT(bugprone-exception-escape): see its declaration
  if (process_ < 0) return;
  send(SIGKILL);
  wait();
}

bool RunningProgram::runs() const {
  siginfo_t info{};
  return process_ >= 0 &&
         ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

void RunningProgram::send(int signal) const { ::kill(process_, signal); }

int RunningProgram::wait() {
  int status = 0;
  FGCN_CHECK(::waitpid(process_, &status, 0) == process_, "the program is not there");
  process_ = -1;
  return exit_code(status);
}

}  // namespace fgcn::test
