// Exceptions and parallel loops: one that leaves a loop's body ends the program.
#pragma once

#include <atomic>
#include <exception>

namespace fgcn {

/// Keeps the first exception of a parallel loop's bodies, to be thrown behind the loop:
///
///   ParallelFailure failure;
///   #pragma omp parallel for
///   for (...) failure.keep([&] { body; });
///   failure.rethrow();
///
/// For bodies that allocate. Those that do not need no guard.
class ParallelFailure {
 public:
  template <class Body>
  void keep(const Body& body) noexcept {
    try {
      body();
    } catch (...) {
      if (!seen_.exchange(true)) failure_ = std::current_exception();
    }
  }
  /// Whether a body has failed: later ones may lack what it should have made.
  bool seen() const { return seen_.load(); }
  /// Behind the loop.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::atomic<bool> seen_{false};
  std::exception_ptr failure_;
};

}  // namespace fgcn
