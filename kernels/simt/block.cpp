#include "kernels/simt/block.h"

#include "kernels/core/error.h"
#include "kernels/simt/grid.h"

namespace fgcn::simt {
namespace {

constexpr std::uint64_t kMaxThreads = 1024;
constexpr std::size_t kMaxShared = std::size_t{99} << 10;  // sm_86's, the least of those with more

thread_local Grid* current = nullptr;
thread_local Watcher* watching = nullptr;

}  // namespace

constinit thread_local const Place* running_place = nullptr;

void set_watcher(Watcher* watcher) { watching = watcher; }

void run_grid(const char* kernel, const void* code, const Dim3& grid, const Dim3& block,
              std::size_t shared_bytes, const Schedule& schedule,
              const std::function<void()>& thread) {
  FGCN_CHECK(block.count() >= 1 && block.count() <= kMaxThreads && block.z <= 64, "kernel ", kernel,
             ": a block of ", block.x, " x ", block.y, " x ", block.z,
             " threads (cudaErrorInvalidConfiguration)");
  FGCN_CHECK(grid.count() >= 1 && grid.x <= 0x7fffffffu && grid.y <= 65535 && grid.z <= 65535,
             "kernel ", kernel, ": a grid of ", grid.x, " x ", grid.y, " x ", grid.z,
             " blocks (cudaErrorInvalidConfiguration)");
  FGCN_CHECK(shared_bytes <= kMaxShared, "kernel ", kernel, ": ", shared_bytes,
             " bytes of shared memory (cudaErrorInvalidValue)");
  FGCN_CHECK(current == nullptr, "kernel ", kernel, ": started from within a kernel");
  Grid running(kernel, code, grid, block, shared_bytes, schedule, thread, watching);
  struct Scope {
    explicit Scope(Grid* grid) {
      current = grid;
      running_place = &grid->place();
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
      current = nullptr;
      running_place = nullptr;
    }
  } scope(&running);
  running.run();
}

void* dynamic_shared() { return current->shared(); }
void barrier(const char* file, int line) { current->barrier(file, line); }
void require_global(const void* address, const char* word, const char* file, int line) {
  if (current != nullptr) current->require_global(address, word, file, line);
}
void require_not_local(const void* address, const char* file, int line) {
  if (current != nullptr) current->require_not_local(address, file, line);
}

std::uint64_t warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value, std::int32_t lane,
                            std::int32_t width, const char* file, int line) {
  return current->warp_exchange(op, mask, value, lane, width, file, line);
}

}  // namespace fgcn::simt
