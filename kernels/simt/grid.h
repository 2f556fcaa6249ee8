// The threads of a running block: who goes on, who waits for whom (block.h).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "kernels/simt/block.h"
#include "kernels/simt/fiber.h"
#include "kernels/simt/watcher.h"

namespace fgcn::simt {

constexpr int kWarp = 32;

class Grid;

/// A fiber and the thread it runs.
struct Worker {
  Grid* grid = nullptr;
  std::unique_ptr<Fiber> fiber;
};

/// Where one thread of the block waits. What it waits for is in its warp's masks.
struct alignas(64) Thread {
  Worker* worker = nullptr;  // from its start to its end
  std::uint64_t value = 0;   // given to a warp exchange
  std::uint64_t result = 0;  // of it
  const char* file = "";     // of the barrier or exchange
  int line = 0;
  std::uint32_t mask = 0;
  std::int32_t lane = 0;
  std::int32_t width = 0;
  WarpOp op = WarpOp::kSync;
};

/// Equal names of source files, which are mostly one literal.
inline bool same_text(const char* a, const char* b) { return a == b || std::strcmp(a, b) == 0; }

/// Lanes of a warp: one bit each. A lane in none of the last four runs or has not started.
struct Warp {
  std::uint32_t exists = 0;
  std::uint32_t ready = 0;
  std::uint32_t at_barrier = 0;
  std::uint32_t at_exchange = 0;
  std::uint32_t returned = 0;
};

/// Who goes on when a thread waits.
enum class Next : std::uint8_t {
  kSameWarp,  // one of the same warp if any can: whose stacks are in the cache
  kAnyone,
};

/// One run of a kernel: its blocks one after another, each with a fiber a waiting thread. Fibers
/// hand over to each other; the system thread's own stack comes last, when nobody can go on.
class Grid {
 public:
  Grid(const char* kernel, const void* code, const Dim3& grid, const Dim3& block,
       std::size_t shared_bytes, const Schedule& schedule, const std::function<void()>& body,
       Watcher* watcher);

  void run();
  void barrier(const char* file, int line);
  std::uint64_t warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value, std::int32_t lane,
                              std::int32_t width, const char* file, int line);
  void require_global(const void* address, const char* word, const char* file, int line);
  void require_not_local(const void* address, const char* file, int line);

  const Place& place() const { return place_; }
  void* shared() const { return shared_.get(); }

 private:
  void run_blocks();
  void run_block();
  static void work(void* worker);

  int count() const { return static_cast<int>(threads_.size()); }
  int unstarted() const { return count() - started_; }
  Warp& warp_of(int index) { return warps_[static_cast<std::size_t>(index / kWarp)]; }
  Thread& thread(int index) { return threads_[static_cast<std::size_t>(index)]; }

  int pick_bit(std::uint32_t bits);
  void make_ready(int warp, std::uint32_t lanes);
  int take_ready(int warp);
  int next_start();
  int choose(Next next);
  void set_running(int index);
  void hand_over(Fiber& from, Next next);
  Worker& idle_worker();

  template <class... Args>
  [[noreturn]] void fail_in_thread(const Args&... message);
  void check_exchange(std::uint32_t mask, std::int32_t width);
  void complete_exchange(int first, std::uint32_t mask);
  [[noreturn]] void wrong_space(const char* word, const char* space, const char* file, int line);
  bool is_shared(const void* address) const;
  bool is_local(const void* address) const;
  std::string where(int index) const;
  std::string deadlock() const;

  const char* kernel_;
  const void* code_;
  Watcher* watcher_;  // may be null
  const std::function<void()>& body_;
  bool random_;
  Rng rng_;
  std::size_t shared_bytes_;
  std::unique_ptr<unsigned char[]> shared_;
  Place place_;
  std::vector<Thread> threads_;
  std::vector<Dim3> indices_;  // threadIdx of each
  std::vector<Warp> warps_;
  Fiber own_;  // the system thread's
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  // without a thread
  std::vector<int> order_;     // of starting
  int started_ = 0;
  std::uint32_t warps_ready_ = 0;  // warps with a ready lane: a block has 32 at most
  int ready_ = 0;                  // lanes
  int running_ = -1;
  int returned_ = 0;
  int at_barrier_ = 0;
  std::string error_;
};

inline void Grid::make_ready(int warp, std::uint32_t lanes) {
  if (lanes == 0) return;
  warps_[static_cast<std::size_t>(warp)].ready |= lanes;
  warps_ready_ |= 1u << warp;
  ready_ += std::popcount(lanes);
}

/// The first bit that is set, or the first from a random one on.
inline int Grid::pick_bit(std::uint32_t bits) {
  if (!random_) return std::countr_zero(bits);
  const int from = static_cast<int>(rng_.next() & 31);
  return (std::countr_zero(std::rotr(bits, from)) + from) & 31;
}

/// A ready thread of a warp that has one; it is no longer ready.
inline int Grid::take_ready(int warp) {
  std::uint32_t& ready = warps_[static_cast<std::size_t>(warp)].ready;
  const int lane = pick_bit(ready);
  ready &= ~(1u << lane);
  if (ready == 0) warps_ready_ &= ~(1u << warp);
  --ready_;
  return warp * kWarp + lane;
}

inline void Grid::set_running(int index) {
  running_ = index;
  place_.thread = indices_[static_cast<std::size_t>(index)];
  if (watcher_ != nullptr) watcher_->run_thread(index);
}

/// Ends the kernel: run_block() sees the message and drops every fiber. Nothing is unwound, so a
/// caller must own no memory here.
template <class... Args>
[[noreturn]] void Grid::fail_in_thread(const Args&... message) {
  const Thread& self = thread(running_);
  error_ = text("kernel ", kernel_, ": ", message..., " (", where(running_), ", ", self.file, ":",
                self.line, ")");
  for (;;) Fiber::change(*self.worker->fiber, own_);
}

}  // namespace fgcn::simt
