#include "train/dataset/prepare_threads.h"

#include <omp.h>

#include <algorithm>
#include <exception>
#include <new>
#include <thread>
#include <vector>

namespace fgcn::train {

bool in_parallel(int threads, std::int64_t count, const std::atomic<bool>& stop,
                 const std::function<std::function<void(std::int64_t)>()>& make_worker) {
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr failure, starved;
  const auto work = [&] {
    omp_set_num_threads(1);  // of this thread's loops
    try {
      std::function<void(std::int64_t)> body;
      try {
        body = make_worker();
      } catch (const std::bad_alloc&) {  // others may have what they need
        const std::lock_guard lock(mutex);
        starved = std::current_exception();
        return;
      }
      while (!failed && !stop) {
        const std::int64_t i = next.fetch_add(1);
        if (i >= count) return;
        body(i);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  };
  std::vector<std::thread> workers;
  for (std::int64_t t = 0; t < std::min<std::int64_t>(threads, count); ++t) {
    try {
      workers.emplace_back(work);
    } catch (const std::exception&) {  // no memory for a thread more
      if (workers.empty()) starved = std::make_exception_ptr(std::bad_alloc());
      break;
    }
  }
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
  // Workers that lived have done all; without one, nothing was.
  if (starved && next < count && !stop) std::rethrow_exception(starved);
  return !stop;
}

}  // namespace fgcn::train
