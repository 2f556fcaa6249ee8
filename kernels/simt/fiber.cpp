#include "kernels/simt/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

#include "kernels/core/error.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FGCN_SIMT_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FGCN_SIMT_ASAN 1
#endif
#ifdef FGCN_SIMT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__x86_64__)
// Saves the registers that a call keeps, swaps stacks, restores. 17 ns against ucontext's 200: that
// asks the kernel for the signal mask each time.
extern "C" void fgcn_simt_switch(void** save, void* load);
__asm__(
    ".text\n"
    ".globl fgcn_simt_switch\n"
    ".type fgcn_simt_switch,@function\n"
    "fgcn_simt_switch:\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
    "  ret\n"
    ".size fgcn_simt_switch,.-fgcn_simt_switch\n"
    ".section .note.GNU-stack,\"\",@progbits\n"
    ".text\n");
#endif

namespace fgcn::simt {
namespace {

constexpr std::size_t kStack = std::size_t{128} << 10;

std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

/// Stacks that fibers have left: a kernel with barriers needs one a thread of a block, and mapping
/// them anew for each launch took the system as long as the kernels took us.
class Stacks {
 public:
  Stacks() = default;
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;
  ~Stacks() {
    for (std::byte* memory : free_) munmap(memory, page_size() + kStack);
  }

  /// A guard page, then kStack bytes.
  std::byte* take() {
    if (!free_.empty()) {
      std::byte* memory = free_.back();
      free_.pop_back();
      return memory;
    }
    void* memory = mmap(nullptr, page_size() + kStack, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    FGCN_CHECK(memory != MAP_FAILED, "emulator: no memory for a thread's stack");
    mprotect(memory, page_size(), PROT_NONE);
    return static_cast<std::byte*>(memory);
  }
  void give(std::byte* memory) { free_.push_back(memory); }

 private:
  std::vector<std::byte*> free_;
};
// A kernel runs on the calling system thread, and so do all its fibers.
thread_local Stacks stacks;

#if defined(__x86_64__)
// A new stack cannot be given an argument: the fiber that is about to start.
thread_local Fiber* starting = nullptr;
#endif

}  // namespace

void start_fiber(void* fiber) { Fiber::enter(static_cast<Fiber*>(fiber)); }

#if defined(__x86_64__)
namespace {
void trampoline() { start_fiber(starting); }
}  // namespace
#else
namespace {
void trampoline(unsigned high, unsigned low) {
  const auto address = static_cast<std::uintptr_t>(high) << 32 | low;
  start_fiber(reinterpret_cast<void*>(address));
}
}  // namespace
#endif

Fiber::Fiber(void (*body)(void*), void* argument, int number)
    : body_(body), argument_(argument), memory_(stacks.take()), stack_(memory_ + page_size()) {
  const std::size_t size = kStack - 64 * static_cast<std::size_t>(number % 61);
#if defined(__x86_64__)
  // As a call would leave it: the return address 8 below a multiple of 16, then six registers.
  auto* top = reinterpret_cast<void**>(stack_ + size);
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(&trampoline);
  for (int i = 0; i < 6; ++i) *--top = nullptr;
  own_ = top;
#else
  getcontext(&own_);
  own_.uc_stack.ss_sp = stack_;
  own_.uc_stack.ss_size = size;
  own_.uc_link = nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&own_, reinterpret_cast<void (*)()>(&trampoline), 2,
              static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
#endif
}

Fiber::~Fiber() {
#ifdef FGCN_SIMT_ASAN
  __asan_unpoison_memory_region(stack_, kStack);  // frames that were dropped, not left
#endif
  stacks.give(memory_);
}

void Fiber::resume() {
#ifdef FGCN_SIMT_ASAN
  __sanitizer_start_switch_fiber(&caller_fake_, stack_, kStack);
#endif
#if defined(__x86_64__)
  starting = this;
  fgcn_simt_switch(&caller_, own_);
#else
  swapcontext(&caller_, &own_);
#endif
#ifdef FGCN_SIMT_ASAN
  __sanitizer_finish_switch_fiber(caller_fake_, nullptr, nullptr);
#endif
}

void Fiber::suspend() {
#ifdef FGCN_SIMT_ASAN
  __sanitizer_start_switch_fiber(&own_fake_, caller_bottom_, caller_size_);
#endif
#if defined(__x86_64__)
  fgcn_simt_switch(&own_, caller_);
#else
  swapcontext(&own_, &caller_);
#endif
#ifdef FGCN_SIMT_ASAN
  __sanitizer_finish_switch_fiber(own_fake_, &caller_bottom_, &caller_size_);
#endif
}

void Fiber::enter(Fiber* fiber) {
#ifdef FGCN_SIMT_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &fiber->caller_bottom_, &fiber->caller_size_);
#endif
  fiber->body_(fiber->argument_);
  for (;;) fiber->suspend();
}

}  // namespace fgcn::simt
