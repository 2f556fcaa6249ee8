#include "train/dataset/prepare_threads.h"

#include <omp.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace fgcn::train {

bool in_parallel(int threads, std::int64_t count, const std::atomic<bool>& stop,
                 const std::function<std::function<void(std::int64_t)>()>& make_worker) {
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    omp_set_num_threads(1);  // of this thread's loops
    try {
      const std::function<void(std::int64_t)> body = make_worker();
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
  for (std::int64_t t = 0; t < std::min<std::int64_t>(threads, count); ++t)
    workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
  return !stop;
}

}  // namespace fgcn::train
