#include "kernels/simt/grid.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

// Start and end of what __shared__ put into its section; null where no kernel has any.
extern "C" {
__attribute__((weak)) extern char __start_fgcn_shared[];
__attribute__((weak)) extern char __stop_fgcn_shared[];
}

namespace fgcn::simt {

void Grid::run() {
  if (watcher_ == nullptr) return run_blocks();
  struct Scope {
    explicit Scope(Watcher* watcher) : to_tell(watcher) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { to_tell->end_grid(); }
    Watcher* to_tell;
  };
  Launched launched{kernel_, code_, place_.grid_size, place_.block_size, {}, {}};
  if (__start_fgcn_shared != nullptr)
    launched.static_shared = {__start_fgcn_shared,
                              static_cast<std::size_t>(__stop_fgcn_shared - __start_fgcn_shared)};
  launched.dynamic_shared = {shared_.get(), shared_bytes_};
  watcher_->begin_grid(launched);
  const Scope scope(watcher_);
  run_blocks();
}

void Grid::run_blocks() {
  const std::uint64_t blocks = place_.grid_size.count();
  std::vector<std::uint64_t> order;
  if (random_) {
    order.resize(blocks);
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    for (std::uint64_t i = blocks; i > 1; --i)
      std::swap(order[i - 1],
                order[static_cast<std::uint64_t>(rng_.below(static_cast<std::int64_t>(i)))]);
  }
  order_.resize(threads_.size());
  std::iota(order_.begin(), order_.end(), 0);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const std::uint64_t b = random_ ? order[i] : i;
    const Dim3& size = place_.grid_size;
    place_.block = {static_cast<unsigned>(b % size.x), static_cast<unsigned>(b / size.x % size.y),
                    static_cast<unsigned>(b / size.x / size.y)};
    if (random_) {
      for (std::size_t k = order_.size(); k > 1; --k)
        std::swap(order_[k - 1],
                  order_[static_cast<std::size_t>(rng_.below(static_cast<std::int64_t>(k)))]);
    }
    if (watcher_ != nullptr) watcher_->begin_block();
    run_block();
    if (watcher_ != nullptr) watcher_->end_block();
    if (!error_.empty()) throw Error(error_);
  }
}

void Grid::run_block() {
  std::fill(threads_.begin(), threads_.end(), Thread{});
  std::fill(warp_waiting_.begin(), warp_waiting_.end(), 0u);
  if (__start_fgcn_shared != nullptr)
    std::memset(__start_fgcn_shared, 0xff,
                static_cast<std::size_t>(__stop_fgcn_shared - __start_fgcn_shared));
  std::fill_n(shared_.get(), shared_bytes_, static_cast<unsigned char>(0xff));
  started_ = 0;
  ready_.clear();
  ready_begin_ = 0;
  returned_ = 0;
  at_barrier_ = 0;
  while (error_.empty()) {
    const std::size_t ready = ready_.size() - ready_begin_;
    const std::size_t unstarted = order_.size() - started_;
    if (ready + unstarted == 0) break;
    // In order: all start, then go on as they were released. At random: any of them.
    const bool begin =
        unstarted > 0 && (ready == 0 || !random_ ||
                          static_cast<std::size_t>(
                              rng_.below(static_cast<std::int64_t>(ready + unstarted))) >= ready);
    if (begin) {
      start(next_start());
      continue;
    }
    if (random_) {
      const auto pick = static_cast<std::size_t>(rng_.below(static_cast<std::int64_t>(ready)));
      std::swap(ready_[ready_begin_], ready_[ready_begin_ + pick]);
    }
    const int index = ready_[ready_begin_++];
    if (ready_begin_ == ready_.size()) {
      ready_.clear();
      ready_begin_ = 0;
    }
    resume(index);
  }
  if (error_.empty() && returned_ != static_cast<int>(threads_.size())) error_ = deadlock();
}

int Grid::next_start() { return order_[started_++]; }

void Grid::set_thread(int index) {
  running_ = index;
  const auto i = static_cast<unsigned>(index);
  const Dim3& size = place_.block_size;
  place_.thread = {i % size.x, i / size.x % size.y, i / size.x / size.y};
  if (watcher_ != nullptr) watcher_->run_thread(index);
}

void Grid::start(int index) {
  if (idle_.empty()) {
    auto worker = std::make_unique<Worker>();
    worker->grid = this;
    worker->fiber =
        std::make_unique<Fiber>(&Grid::work, worker.get(), static_cast<int>(workers_.size()));
    idle_.push_back(static_cast<int>(workers_.size()));
    workers_.push_back(std::move(worker));
  }
  const int fiber = idle_.back();
  idle_.pop_back();
  threads_[static_cast<std::size_t>(index)].fiber = fiber;
  workers_[static_cast<std::size_t>(fiber)]->thread = index;
  resume(index);
}

void Grid::resume(int index) {
  Thread& thread = threads_[static_cast<std::size_t>(index)];
  thread.state = State::kRunning;
  set_thread(index);
  const int fiber = thread.fiber;
  workers_[static_cast<std::size_t>(fiber)]->fiber->resume();
  running_ = -1;
  if (workers_[static_cast<std::size_t>(fiber)]->thread < 0) idle_.push_back(fiber);
}

/// A worker's life. A thread that has returned leaves its fiber to the next one that starts, so
/// that a kernel without barriers needs one fiber and no switches.
void Grid::work(void* argument) {
  auto* worker = static_cast<Worker*>(argument);
  Grid& grid = *worker->grid;
  const int fiber = grid.threads_[static_cast<std::size_t>(worker->thread)].fiber;
  for (;;) {
    grid.body_();
    grid.threads_[static_cast<std::size_t>(worker->thread)].state = State::kReturned;
    ++grid.returned_;
    if (grid.started_ < grid.order_.size() && (!grid.random_ || grid.ready_.empty())) {
      worker->thread = grid.next_start();
      Thread& next = grid.threads_[static_cast<std::size_t>(worker->thread)];
      next.fiber = fiber;
      next.state = State::kRunning;
      grid.set_thread(worker->thread);
      continue;
    }
    worker->thread = -1;
    worker->fiber->suspend();
  }
}

/// Leaves the running thread in `state` until somebody makes it ready.
void Grid::block_here(State state) {
  Thread& thread = threads_[static_cast<std::size_t>(running_)];
  thread.state = state;
  workers_[static_cast<std::size_t>(thread.fiber)]->fiber->suspend();
}

std::string Grid::where(int index) const {
  const auto i = static_cast<unsigned>(index);
  const Dim3& size = place_.block_size;
  return text("thread (", i % size.x, ", ", i / size.x % size.y, ", ", i / size.x / size.y,
              ") of block (", place_.block.x, ", ", place_.block.y, ", ", place_.block.z, ")");
}

void Grid::barrier(const char* file, int line) {
  Thread& self = threads_[static_cast<std::size_t>(running_)];
  self.file = file;
  self.line = line;
  if (++at_barrier_ < static_cast<int>(threads_.size())) {
    block_here(State::kAtBarrier);
    return;
  }
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const Thread& other = threads_[i];
    if (other.line != line || std::strcmp(other.file, file) != 0)
      fail_in_thread("divergent barrier: thread ", i, " waits at ", other.file, ":", other.line);
  }
  at_barrier_ = 0;
  const int last = running_;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    threads_[i].state = State::kReady;
    if (static_cast<int>(i) != last || random_) ready_.push_back(static_cast<int>(i));
  }
  if (random_) {
    block_here(State::kReady);
  } else {
    threads_[static_cast<std::size_t>(last)].state = State::kRunning;
  }
}

/// Nobody can go on, and not all have returned.
std::string Grid::deadlock() const {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const Thread& waiting = threads_[i];
    if (waiting.state != State::kAtBarrier && waiting.state != State::kAtWarpOp) continue;
    const bool at_barrier = waiting.state == State::kAtBarrier;
    const std::string place_of_wait = text(" (", waiting.file, ":", waiting.line, ")");
    for (std::size_t k = 0; k < threads_.size(); ++k) {
      const Thread& other = threads_[k];
      if (k == i ||
          (!at_barrier && (k / kWarp != i / kWarp || (waiting.mask >> (k % kWarp) & 1u) == 0)))
        continue;
      const char* what = at_barrier ? "a barrier" : "a warp operation";
      if (other.state == State::kReturned)
        return text("kernel ", kernel_, ": ", where(static_cast<int>(k)), " returned before ", what,
                    " that ", where(static_cast<int>(i)), " waits at", place_of_wait);
      if (other.state != waiting.state)
        return text("kernel ", kernel_, ": deadlock: ", where(static_cast<int>(i)), " waits at ",
                    what, place_of_wait, ", ", where(static_cast<int>(k)), " at another (",
                    other.file, ":", other.line, ")");
    }
  }
  return text("kernel ", kernel_, ": deadlock");
}

}  // namespace fgcn::simt
