#include "kernels/simt/block.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "kernels/simt/fiber.h"

// Start and end of what __shared__ put into its section; null where no kernel has any.
extern "C" {
__attribute__((weak)) extern char __start_fgcn_shared[];
__attribute__((weak)) extern char __stop_fgcn_shared[];
}

namespace fgcn::simt {
namespace {

constexpr std::uint64_t kMaxThreads = 1024;
constexpr std::size_t kMaxShared = std::size_t{99} << 10;  // sm_86's, the least of those with more
constexpr int kWarp = 32;

enum class State : std::uint8_t { kUnstarted, kReady, kRunning, kAtBarrier, kAtWarpOp, kReturned };

class Grid;

/// One thread of the block. It holds a fiber only from its start to its end.
struct Thread {
  State state = State::kUnstarted;
  WarpOp op = WarpOp::kSync;
  std::uint32_t mask = 0;
  std::int32_t lane = 0;
  std::int32_t width = 0;
  int line = 0;
  const char* file = "";
  std::uint64_t value = 0;
  std::uint64_t result = 0;
  int fiber = -1;
};

/// A fiber and the thread it runs.
struct Worker {
  Grid* grid = nullptr;
  std::unique_ptr<Fiber> fiber;
  int thread = -1;
};

class Grid {
 public:
  Grid(const char* kernel, const Dim3& grid, const Dim3& block, std::size_t shared_bytes,
       const Schedule& schedule, const std::function<void()>& body)
      : kernel_(kernel),
        body_(body),
        random_(schedule.seed != 0),
        rng_(schedule.seed),
        shared_bytes_(shared_bytes),
        shared_(std::make_unique<unsigned char[]>(shared_bytes)),
        threads_(static_cast<std::size_t>(block.count())),
        warp_waiting_((threads_.size() + kWarp - 1) / kWarp) {
    place_.block_size = block;
    place_.grid_size = grid;
  }

  void run();
  void barrier(const char* file, int line);
  std::uint64_t warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value, std::int32_t lane,
                              std::int32_t width, const char* file, int line);

  const Place& place() const { return place_; }
  void* shared() const { return shared_.get(); }

 private:
  void run_block();
  int next_start();
  void set_thread(int index);
  void start(int index);
  void resume(int index);
  static void work(void* worker);
  void block_here(State state);
  template <class... Args>
  [[noreturn]] void fail_in_thread(const Args&... message);
  bool complete_warp_op(int warp, std::uint32_t mask);
  std::uint64_t shuffled(int warp, const Thread& thread, int lane) const;
  std::string where(int index) const;
  std::string deadlock() const;

  const char* kernel_;
  const std::function<void()>& body_;
  bool random_;
  Rng rng_;
  std::size_t shared_bytes_;
  std::unique_ptr<unsigned char[]> shared_;
  Place place_;
  std::vector<Thread> threads_;
  std::vector<std::uint32_t> warp_waiting_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<int> idle_;   // workers without a thread
  std::vector<int> order_;  // of starting
  std::size_t started_ = 0;
  std::vector<int> ready_;
  std::size_t ready_begin_ = 0;
  int running_ = -1;
  int returned_ = 0;
  int at_barrier_ = 0;
  std::string error_;
};

thread_local Grid* current = nullptr;

void Grid::run() {
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
    run_block();
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

/// Ends the kernel: the scheduler sees the message and drops every fiber. Nothing is unwound, so a
/// caller must own no memory here.
template <class... Args>
[[noreturn]] void Grid::fail_in_thread(const Args&... message) {
  const Thread& thread = threads_[static_cast<std::size_t>(running_)];
  error_ = text("kernel ", kernel_, ": ", message..., " (", where(running_), ", ", thread.file, ":",
                thread.line, ")");
  for (;;) workers_[static_cast<std::size_t>(thread.fiber)]->fiber->suspend();
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

std::uint64_t Grid::shuffled(int warp, const Thread& thread, int lane) const {
  const int width = thread.width;
  const int base = lane & ~(width - 1);
  int source = lane;
  switch (thread.op) {
    case WarpOp::kShuffle:
      source = base + (thread.lane & (width - 1));
      break;
    case WarpOp::kShuffleUp:
      source = lane - thread.lane < base ? lane : lane - thread.lane;
      break;
    case WarpOp::kShuffleDown:
      source = lane + thread.lane >= base + width ? lane : lane + thread.lane;
      break;
    case WarpOp::kShuffleXor:
      source = (lane ^ thread.lane) >= base + width ? lane : (lane ^ thread.lane);
      break;
    case WarpOp::kSync:
    case WarpOp::kBallot:
      break;
  }
  if ((thread.mask >> source & 1u) == 0) return ~std::uint64_t{0};
  return threads_[static_cast<std::size_t>(warp * kWarp + source)].value;
}

/// True, with every result set, when all lanes of the mask have met.
bool Grid::complete_warp_op(int warp, std::uint32_t mask) {
  const Thread& self = threads_[static_cast<std::size_t>(running_)];
  const std::size_t first = static_cast<std::size_t>(warp) * kWarp;
  const bool all = (warp_waiting_[static_cast<std::size_t>(warp)] & mask) == mask;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    if (first + static_cast<std::size_t>(lane) >= threads_.size())
      fail_in_thread("the mask names lane ", lane, ", which the block does not have");
    const Thread& other = threads_[first + static_cast<std::size_t>(lane)];
    if (other.state == State::kReturned)
      fail_in_thread("the mask names lane ", lane, ", which has returned");
    if (!all) continue;
    if (other.op != self.op || other.mask != mask || other.line != self.line ||
        std::strcmp(other.file, self.file) != 0)
      fail_in_thread("lane ", lane, " of the mask is at another warp operation, ", other.file, ":",
                     other.line, ", or has another mask");
  }
  if (!all) return false;
  std::uint32_t ballot = 0;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    if (threads_[first + static_cast<std::size_t>(lane)].value != 0) ballot |= 1u << lane;
  }
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    Thread& thread = threads_[first + static_cast<std::size_t>(lane)];
    thread.result = self.op == WarpOp::kBallot ? ballot : shuffled(warp, thread, lane);
  }
  return true;
}

std::uint64_t Grid::warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value,
                                  std::int32_t lane, std::int32_t width, const char* file,
                                  int line) {
  const int index = running_;
  const int warp = index / kWarp;
  Thread& self = threads_[static_cast<std::size_t>(index)];
  self.op = op;
  self.mask = mask;
  self.value = value;
  self.lane = lane;
  self.width = width;
  self.file = file;
  self.line = line;
  if ((mask >> (index % kWarp) & 1u) == 0) fail_in_thread("the mask leaves out the caller");
  if (width < 1 || width > kWarp || (width & (width - 1)) != 0)
    fail_in_thread("the width ", width, " is not a power of two up to 32");
  warp_waiting_[static_cast<std::size_t>(warp)] |= 1u << (index % kWarp);
  if (!complete_warp_op(warp, mask)) {
    block_here(State::kAtWarpOp);
    return self.result;
  }
  warp_waiting_[static_cast<std::size_t>(warp)] &= ~mask;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int other = warp * kWarp + std::countr_zero(rest);
    if (other == index && !random_) continue;
    threads_[static_cast<std::size_t>(other)].state = State::kReady;
    ready_.push_back(other);
  }
  if (random_) block_here(State::kReady);
  return self.result;
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

}  // namespace

void run_grid(const char* kernel, const Dim3& grid, const Dim3& block, std::size_t shared_bytes,
              const Schedule& schedule, const std::function<void()>& thread) {
  FGCN_CHECK(block.count() >= 1 && block.count() <= kMaxThreads && block.z <= 64, "kernel ", kernel,
             ": a block of ", block.x, " x ", block.y, " x ", block.z,
             " threads (cudaErrorInvalidConfiguration)");
  FGCN_CHECK(grid.count() >= 1 && grid.x <= 0x7fffffffu && grid.y <= 65535 && grid.z <= 65535,
             "kernel ", kernel, ": a grid of ", grid.x, " x ", grid.y, " x ", grid.z,
             " blocks (cudaErrorInvalidConfiguration)");
  FGCN_CHECK(shared_bytes <= kMaxShared, "kernel ", kernel, ": ", shared_bytes,
             " bytes of shared memory (cudaErrorInvalidValue)");
  FGCN_CHECK(current == nullptr, "kernel ", kernel, ": started from within a kernel");
  Grid running(kernel, grid, block, shared_bytes, schedule, thread);
  struct Scope {
    explicit Scope(Grid* grid) { current = grid; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { current = nullptr; }
  } scope(&running);
  running.run();
}

const Place& place() { return current->place(); }
void* dynamic_shared() { return current->shared(); }
void barrier(const char* file, int line) { current->barrier(file, line); }

std::uint64_t warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value, std::int32_t lane,
                            std::int32_t width, const char* file, int line) {
  return current->warp_exchange(op, mask, value, lane, width, file, line);
}

}  // namespace fgcn::simt
