#include "kernels/simt/grid.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

// Start and end of what __shared__ put into its section; null where no kernel has any.
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {
__attribute__((weak)) extern char __start_fgcn_shared[];
__attribute__((weak)) extern char __stop_fgcn_shared[];
}
// NOLINTEND(bugprone-reserved-identifier)

namespace fgcn::simt {
namespace {

Dim3 index_of(int thread, const Dim3& block) {
  const auto i = static_cast<unsigned>(thread);
  return {i % block.x, i / block.x % block.y, i / block.x / block.y};
}

}  // namespace

Grid::Grid(const char* kernel, const void* code, const Dim3& grid, const Dim3& block,
           std::size_t shared_bytes, const Schedule& schedule, const std::function<void()>& body,
           Watcher* watcher)
    : kernel_(kernel),
      code_(code),
      watcher_(watcher),
      body_(body),
      random_(schedule.seed != 0),
      rng_(schedule.seed),
      shared_bytes_(shared_bytes),
      shared_(std::make_unique<unsigned char[]>(shared_bytes)),
      threads_(static_cast<std::size_t>(block.count())),
      warps_((threads_.size() + kWarp - 1) / kWarp),
      order_(threads_.size()) {
  place_.block_size = block;
  place_.grid_size = grid;
  indices_.reserve(threads_.size());
  for (int i = 0; i < count(); ++i) indices_.push_back(index_of(i, block));
  std::iota(order_.begin(), order_.end(), 0);
  for (int i = 0; i < count(); ++i) warp_of(i).exists |= 1u << (i % kWarp);
}

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
  for (Warp& warp : warps_) warp = {.exists = warp.exists};
  if (__start_fgcn_shared != nullptr)
    std::memset(__start_fgcn_shared, 0xff,
                static_cast<std::size_t>(__stop_fgcn_shared - __start_fgcn_shared));
  std::fill_n(shared_.get(), shared_bytes_, static_cast<unsigned char>(0xff));
  started_ = 0;
  warps_ready_ = 0;
  ready_ = 0;
  returned_ = 0;
  at_barrier_ = 0;
  hand_over(own_, Next::kAnyone);
  running_ = -1;
  if (error_.empty() && returned_ != count()) error_ = deadlock();
}

int Grid::next_start() { return order_[static_cast<std::size_t>(started_++)]; }

/// The thread that goes on, -1 for none. In order: the same warp's where it may be, else all start,
/// else the first warp's. At random: mostly the same warp's where it may be, so that warps get far
/// ahead of each other, else any.
int Grid::choose(Next next) {
  constexpr std::uint64_t kLeave = 64;  // one exchange in so many sees the warp left at random
  if (next == Next::kSameWarp && (warps_ready_ >> (running_ / kWarp) & 1u) != 0 &&
      (!random_ || rng_.next() % kLeave != 0))
    return take_ready(running_ / kWarp);
  if (unstarted() > 0 && (ready_ == 0 || !random_ || rng_.below(ready_ + unstarted()) >= ready_))
    return next_start();
  return warps_ready_ == 0 ? -1 : take_ready(pick_bit(warps_ready_));
}

Worker& Grid::idle_worker() {
  if (idle_.empty()) {
    auto worker = std::make_unique<Worker>();
    worker->grid = this;
    worker->fiber =
        std::make_unique<Fiber>(&Grid::work, worker.get(), static_cast<int>(workers_.size()));
    idle_.push_back(worker.get());
    workers_.push_back(std::move(worker));
  }
  Worker& out = *idle_.back();
  idle_.pop_back();
  return out;
}

/// Lets another thread go on; returns when it is the turn of `from` again.
void Grid::hand_over(Fiber& from, Next next) {
  const int index = choose(next);
  if (index < 0) return Fiber::change(from, own_);
  Thread& chosen = thread(index);
  if (chosen.worker == nullptr) chosen.worker = &idle_worker();
  set_running(index);
  if (Fiber& to = *chosen.worker->fiber; &to != &from) Fiber::change(from, to);
}

/// A worker's life. A thread that has returned leaves its fiber to the next one that starts, so
/// that a kernel without barriers needs one fiber and no switches.
void Grid::work(void* argument) {
  auto& worker = *static_cast<Worker*>(argument);
  Grid& grid = *worker.grid;
  for (;;) {
    grid.body_();
    grid.thread(grid.running_).worker = nullptr;
    grid.warp_of(grid.running_).returned |= 1u << (grid.running_ % kWarp);
    ++grid.returned_;
    if (grid.unstarted() > 0 && (!grid.random_ || grid.ready_ == 0)) {
      grid.set_running(grid.next_start());
      grid.thread(grid.running_).worker = &worker;
      continue;
    }
    grid.idle_.push_back(&worker);
    grid.hand_over(*worker.fiber, Next::kAnyone);
  }
}

std::string Grid::where(int index) const {
  const Dim3& at = indices_[static_cast<std::size_t>(index)];
  return text("thread (", at.x, ", ", at.y, ", ", at.z, ") of block (", place_.block.x, ", ",
              place_.block.y, ", ", place_.block.z, ")");
}

void Grid::barrier(const char* file, int line) {
  Thread& self = thread(running_);
  self.file = file;
  self.line = line;
  Warp& warp = warp_of(running_);
  const std::uint32_t own = 1u << (running_ % kWarp);
  warp.at_barrier |= own;
  if (++at_barrier_ < count()) return hand_over(*self.worker->fiber, Next::kAnyone);
  for (int i = 0; i < count(); ++i) {
    const Thread& other = thread(i);
    if (other.line != line || !same_text(other.file, file))
      fail_in_thread("divergent barrier: thread ", i, " waits at ", other.file, ":", other.line);
  }
  at_barrier_ = 0;
  if (watcher_ != nullptr) watcher_->passed_barrier();
  for (std::size_t w = 0; w < warps_.size(); ++w) {
    warps_[w].at_barrier = 0;
    // In order the last to come goes on at once.
    const bool but_self = !random_ && &warps_[w] == &warp;
    make_ready(static_cast<int>(w), but_self ? warp.exists & ~own : warps_[w].exists);
  }
  if (random_) hand_over(*self.worker->fiber, Next::kAnyone);
}

bool Grid::is_shared(const void* address) const {
  const auto* at = static_cast<const char*>(address);
  if (__start_fgcn_shared != nullptr && at >= __start_fgcn_shared && at < __stop_fgcn_shared)
    return true;
  const auto* dynamic = reinterpret_cast<const char*>(shared_.get());
  return at >= dynamic && at < dynamic + shared_bytes_;
}

bool Grid::is_local(const void* address) const {
  return threads_[static_cast<std::size_t>(running_)].worker->fiber->has_on_stack(address);
}

void Grid::wrong_space(const char* word, const char* space, const char* file, int line) {
  Thread& self = thread(running_);
  self.file = file;
  self.line = line;
  fail_in_thread(word, " is given an address in ", space, " memory");
}

void Grid::require_global(const void* address, const char* word, const char* file, int line) {
  if (is_shared(address)) wrong_space(word, "shared", file, line);
  if (is_local(address)) wrong_space(word, "local", file, line);
}

void Grid::require_not_local(const void* address, const char* file, int line) {
  if (is_local(address)) wrong_space("an atomic", "local", file, line);
}

/// Nobody can go on, and not all have returned.
std::string Grid::deadlock() const {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const Thread& waiting = threads_[i];
    const Warp& warp = warps_[i / kWarp];
    const bool at_barrier = (warp.at_barrier >> (i % kWarp) & 1u) != 0;
    if (!at_barrier && (warp.at_exchange >> (i % kWarp) & 1u) == 0) continue;
    const std::string place_of_wait = text(" (", waiting.file, ":", waiting.line, ")");
    for (std::size_t k = 0; k < threads_.size(); ++k) {
      if (k == i ||
          (!at_barrier && (k / kWarp != i / kWarp || (waiting.mask >> (k % kWarp) & 1u) == 0)))
        continue;
      const Thread& other = threads_[k];
      const Warp& of_other = warps_[k / kWarp];
      const char* what = at_barrier ? "a barrier" : "a warp operation";
      if ((of_other.returned >> (k % kWarp) & 1u) != 0)
        return text("kernel ", kernel_, ": ", where(static_cast<int>(k)), " returned before ", what,
                    " that ", where(static_cast<int>(i)), " waits at", place_of_wait);
      if (((of_other.at_barrier >> (k % kWarp) & 1u) != 0) != at_barrier)
        return text("kernel ", kernel_, ": deadlock: ", where(static_cast<int>(i)), " waits at ",
                    what, place_of_wait, ", ", where(static_cast<int>(k)), " at another (",
                    other.file, ":", other.line, ")");
    }
  }
  return text("kernel ", kernel_, ": deadlock");
}

}  // namespace fgcn::simt
