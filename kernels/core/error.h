// Two kinds of failure: a call that breaks an operator's contract, and input that a person can
// mend.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace fgcn {

/// A broken contract: shapes that do not fit, an index out of range, a failed library call.
/// The message ends with the place that found it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The operator has no version for the context's device in this program.
class MissingBackend : public Error {
 public:
  using Error::Error;
};

/// Input that a person can mend: says which file or option, what is wrong with it, what to do.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Streams every argument into one string. A lack of memory is thrown on: a stream would swallow it
/// and leave the string short.
template <class... Args>
std::string text(const Args&... args) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  (out << ... << args);
  return std::move(out).str();
}

/// Throws InputError with the arguments streamed into one sentence.
template <class... Args>
[[noreturn]] void input_error(const Args&... args) {
  throw InputError(text(args...));
}

namespace detail {
template <class... Args>
[[noreturn]] void fail(const char* file, int line, const Args&... args) {
  throw Error(text(args..., " (", file, ":", line, ")"));
}
}  // namespace detail

}  // namespace fgcn

/// Checks a contract, in release builds too: FGCN_CHECK(cond, "op: argument is X, expected Y").
#define FGCN_CHECK(condition, ...)                           \
  do {                                                       \
    if (!(condition)) [[unlikely]] {                         \
      ::fgcn::detail::fail(__FILE__, __LINE__, __VA_ARGS__); \
    }                                                        \
  } while (false)
