// Things in order, made ahead of time by threads of their own.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace fgcn::train {

struct PrefetchOptions {
  std::int64_t first = 0;  // index of the first that will be asked for
  int workers = 1;         // threads
  std::int64_t ahead = 8;  // how many may wait
};

/// Gives make(first), make(first + 1), ... in order. What is made depends on its index alone, so
/// the number of threads changes nothing but the speed.
template <class T>
class Prefetch {
 public:
  using Make = std::function<T(std::int64_t index)>;
  /// Called once by every thread, several at a time; what it gives is that thread's alone.
  using MakeWorker = std::function<Make()>;

  Prefetch(MakeWorker make_worker, const PrefetchOptions& options)
      : make_worker_(std::move(make_worker)),
        ahead_(options.ahead),
        given_(options.first),
        taken_(options.first) {
    for (int i = 0; i < std::max(options.workers, 1); ++i)
      workers_.emplace_back([this] { work(); });
  }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;
  ~Prefetch() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  /// Waits for the next. Throws what its worker threw.
  std::shared_ptr<const T> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return failure_ || made_.count(given_) != 0; });
    if (made_.count(given_) == 0) std::rethrow_exception(failure_);
    auto out = std::move(made_.extract(given_++).mapped());
    lock.unlock();
    changed_.notify_all();
    return out;
  }

 private:
  void work() {
    try {
      const Make make = make_worker_();
      for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || failure_ || taken_ < given_ + ahead_; });
        if (stop_ || failure_) return;
        const std::int64_t index = taken_++;
        lock.unlock();
        auto one = std::make_shared<const T>(make(index));
        lock.lock();
        made_.emplace(index, std::move(one));
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
      }
      changed_.notify_all();
    }
  }

  MakeWorker make_worker_;
  std::int64_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, std::shared_ptr<const T>> made_;
  std::exception_ptr failure_;
  std::int64_t given_;  // next index to give
  std::int64_t taken_;  // next index for a worker
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace fgcn::train
