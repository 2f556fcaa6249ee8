#include "kernels/core/parallel_failure.h"

#include <doctest/doctest.h>

#include <atomic>
#include <new>
#include <stdexcept>

namespace fgcn {
namespace {

TEST_CASE("an exception of a parallel loop is thrown behind it, once all bodies have run") {
  for (const int threads : {1, 4}) {
    CAPTURE(threads);
    ParallelFailure failure;
    std::atomic<int> done{0};
#pragma omp parallel for num_threads(threads)
    for (int i = 0; i < 100; ++i)
      failure.keep([&] {
        if (i % 10 == 3) throw std::bad_alloc();
        ++done;
      });
    CHECK(done == 90);
    CHECK(failure.seen());
    CHECK_THROWS_AS(failure.rethrow(), std::bad_alloc);
  }
}

TEST_CASE("a loop without an exception throws nothing") {
  ParallelFailure failure;
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < 100; ++i) failure.keep([] {});
  CHECK_FALSE(failure.seen());
  CHECK_NOTHROW(failure.rethrow());
}

}  // namespace
}  // namespace fgcn
