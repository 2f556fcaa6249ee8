// Work on many photos in several threads, with a progress bar, until it is stopped.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "train/run/progress.h"

namespace fgcn::train {

/// body(i) for i of [0, count), in threads of their own; each makes its body with `make_worker`.
/// The first exception stops all of them and is thrown here; but where the memory does not suffice
/// for all threads, those that it suffices for do the work. std::bad_alloc when there is none. Ends
/// early, and returns false, when `stop` is set.
bool in_parallel(int threads, std::int64_t count, const std::atomic<bool>& stop,
                 const std::function<std::function<void(std::int64_t)>()>& make_worker);

/// Counts, and draws the bar, from several threads.
class SharedProgress {
 public:
  SharedProgress(const std::string& title, std::int64_t total, ProgressBar::Visible visible)
      : bar_(title, total, visible) {}
  void one_more(const std::string& note) {
    const std::lock_guard lock(mutex_);
    bar_.update(++done_, note);
  }

 private:
  std::mutex mutex_;
  std::int64_t done_ = 0;
  ProgressBar bar_;
};

}  // namespace fgcn::train
