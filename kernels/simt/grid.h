// The threads of a running block: who goes on, who waits for whom (block.h).
#pragma once

#include <cstdint>
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

/// One run of a kernel: its blocks one after another, each with a fiber a waiting thread.
class Grid {
 public:
  Grid(const char* kernel, const void* code, const Dim3& grid, const Dim3& block,
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
  void run_blocks();
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
  const void* code_;
  Watcher* watcher_;  // may be null
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

/// Ends the kernel: the scheduler sees the message and drops every fiber. Nothing is unwound, so a
/// caller must own no memory here.
template <class... Args>
[[noreturn]] void Grid::fail_in_thread(const Args&... message) {
  const Thread& thread = threads_[static_cast<std::size_t>(running_)];
  error_ = text("kernel ", kernel_, ": ", message..., " (", where(running_), ", ", thread.file, ":",
                thread.line, ")");
  for (;;) workers_[static_cast<std::size_t>(thread.fiber)]->fiber->suspend();
}

}  // namespace fgcn::simt
