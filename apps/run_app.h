// The frame of every program's main.
#pragma once

#include <fcntl.h>
#include <omp.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "apps/free_memory.h"
#include "apps/short_waits.h"
#include "io/temporary_files.h"
#include "io/terminal.h"
#include "kernels/core/context.h"
#include "kernels/core/error.h"
#include "kernels/core/out_of_memory.h"

namespace fgcn {

/// The exit code of a run that was interrupted, or whose time was up.
inline constexpr int kStoppedEarly = 3;

/// A failed piece of work: the exit code that it stands for and one sentence.
struct Failure {
  int code = 0;
  std::string message;
};

/// Runs `work`; nothing when it returns. Code 2 for an InputError and for want of memory, threads
/// or access to files, 1 for anything else, which is a bug. `input` begins the sentence where the
/// exception does not name it; empty: the program as a whole.
template <class Work>
std::optional<Failure> failure_of(const std::string& input, Work&& work) {
  const std::string where = input.empty() ? input : input + ": ";
  constexpr const char* kMemory =
      "there is not enough memory; take a smaller input or a smaller result, fewer --threads, or "
      "raise the limit (ulimit -v)";
  try {
    work();
    return std::nullopt;
  } catch (const InputError& error) {
    return Failure{2, error.what()};
  } catch (const std::bad_alloc&) {
    return Failure{2, where + kMemory};
  } catch (const OutOfMemory& error) {
    return Failure{2, where + error.what()};
  } catch (const std::filesystem::filesystem_error& error) {  // links in a circle, no permission
    return Failure{2, (input == error.path1().string() ? std::string() : where) +
                          error.path1().string() + ": cannot be read (" + error.code().message() +
                          "); check the path, its links and its permissions"};
  } catch (const std::system_error& error) {  // of threads
    if (error.code() == std::errc::not_enough_memory ||
        error.code() == std::errc::resource_unavailable_try_again)
      return Failure{2, where + kMemory};
    return Failure{2, where + error.what()};
  } catch (const std::exception& error) {
    return Failure{1, where + "internal error: " + error.what()};
  }
}

namespace detail {

/// Opens what was closed before the start. The next file that is opened would take the number, and
/// a result would receive what the program says. Reading alone: writing to it then fails and is
/// seen.
inline void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) == -1 && errno == EBADF)
      (void)::open("/dev/null", O_RDONLY);  // takes the lowest free number, this one
}

/// The program whose body runs, while it runs.
struct Running {
  const char* program = nullptr;
  std::function<void()> last_words;
};
inline Running& running() {
  static Running only;
  return only;
}

/// Ends the program outside its body, where nothing can be caught any more.
[[noreturn]] inline void end_suddenly(const Failure& failure) {
  const Running run = std::exchange(running(), {});
  io::print_message("%s: %s\n", run.program, failure.message.c_str());
  if (run.last_words) run.last_words();
  std::fflush(stdout);
  std::_Exit(failure.code);
}

/// For an exception that nobody catches, of a thread or of a parallel loop.
[[noreturn]] inline void on_terminate() {
  const std::optional<Failure> failure = failure_of({}, [] {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
    throw Error("a thread was left running");
  });
  end_suddenly(*failure);
}

/// For a library that calls exit(): OpenMP's does where the system gives it no thread.
inline void on_exit_within(int status, void* /*unused*/) {
  if (running().program != nullptr && status != 0)
    end_suddenly({2,
                  "the system gives no further threads or memory; give fewer --threads, or raise "
                  "the limits (ulimit -v, ulimit -u)"});
}

/// What was said on stdout may still wait to be written, and a full disk shows only then.
inline bool is_said(const char* program) {
  errno = 0;
  std::cout.flush();
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && std::ferror(stdout) == 0 && std::cout.good()) return true;
  io::print_message("%s: stdout cannot be written (%s); check where it goes\n", program,
                    errno != 0 ? std::strerror(errno) : "an earlier write failed");
  return false;
}

}  // namespace detail

/// Is called where the program ends outside its body; prints what would be lost.
inline void set_last_words(std::function<void()> print) {
  detail::running().last_words = std::move(print);
}

/// Runs the program; its exit code: what `body` returns (0 done, 2 an input was wrong), or with one
/// line on stderr that of failure_of. Never 0 when stdout could not be written.
///
/// A file that grows beyond `ulimit -f` fails to be written, instead of ending the program. A
/// program that a signal ends leaves no temporary file.
inline int run_app(const char* program, char** argv, const std::function<int()>& body) {
  detail::hold_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);
  end_cleanly_on_signals();
  keep_waits_short(argv);
  limit_arenas();
  detail::running().program = program;
  std::set_terminate(detail::on_terminate);
  ::on_exit(detail::on_exit_within, nullptr);
  int code = 0;
  if (const auto failure = failure_of({}, [&] { code = body(); })) {
    io::print_message("%s: %s\n", program, failure->message.c_str());
    code = failure->code;
  }
  detail::running() = {};
  const bool said = detail::is_said(program);
  return code == 0 && !said ? 2 : code;
}

/// Whether the system gives as many threads as a parallel loop takes. The OpenMP library ends the
/// program where it does not, so that it is asked before a piece of work.
/// Errors   std::system_error.
inline void check_threads(const Context& ctx) {
  std::atomic<bool> asked{false};
  std::vector<std::jthread> threads;
  const auto wait = [&asked] { asked.wait(false); };
  const auto release = [&asked] {
    asked.store(true);
    asked.notify_all();
  };
  try {
    for (int i = 1; i < ctx.threads(); ++i) threads.emplace_back(wait);
  } catch (...) {
    release();
    throw;
  }
  release();
}

/// The device that a --device option names (choose_device), with the threads of a --threads option
/// for what the CPU does, 0: one per core. Contexts made later, and loops that need none, take as
/// many.
inline Context app_context(const std::string& device, int threads) {
  if (threads > 0) omp_set_num_threads(threads);
  Context ctx(choose_device(device), threads);
  check_threads(ctx);
  return ctx;
}

}  // namespace fgcn
