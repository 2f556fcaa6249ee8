#include "kernels/simt/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

#include "kernels/core/error.h"

#ifdef FGCN_SIMT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__x86_64__)
// Where a new stack begins: calls r13 with r12.
extern "C" void fgcn_simt_begin();
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
    ".globl fgcn_simt_begin\n"
    ".type fgcn_simt_begin,@function\n"
    "fgcn_simt_begin:\n"
    "  movq %r12, %rdi\n"
    "  callq *%r13\n"
    "  ud2\n"
    ".size fgcn_simt_begin,.-fgcn_simt_begin\n"
    ".section .note.GNU-stack,\"\",@progbits\n"
    ".text\n");
#endif

namespace fgcn::simt {
namespace {

constexpr std::size_t kStack = std::size_t{128} << 10;

std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

/// Stacks that fibers have left: a kernel with barriers needs one per thread of a block. Mapping
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

#ifdef FGCN_SIMT_ASAN
thread_local Fiber* left = nullptr;  // by the last change
#endif

}  // namespace

Fiber::Fiber(void (*body)(void*), void* argument, int number)
    : body_(body), argument_(argument), memory_(stacks.take()) {
  std::byte* stack = memory_ + page_size();
  bottom_ = stack;
  size_ = kStack;
  const std::size_t size = kStack - 64 * static_cast<std::size_t>(number % 61);
#if defined(__x86_64__)
  // As fgcn_simt_switch leaves it: registers r15 to rbp, and where to go on; there the stack is at
  // a multiple of 16, as before every call.
  auto** top = reinterpret_cast<void**>(stack + size);
  *--top = nullptr;
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(&fgcn_simt_begin);
  *--top = nullptr;                                 // rbp
  *--top = nullptr;                                 // rbx
  *--top = this;                                    // r12
  *--top = reinterpret_cast<void*>(&Fiber::enter);  // r13
  *--top = nullptr;                                 // r14
  *--top = nullptr;                                 // r15
  top_ = top;
#else
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack;
  context_.uc_stack.ss_size = size;
  context_.uc_link = nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&context_, reinterpret_cast<void (*)()>(&Fiber::enter_context), 2,
              static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
#endif
}

Fiber::~Fiber() {
  if (memory_ == nullptr) return;
#ifdef FGCN_SIMT_ASAN
  __asan_unpoison_memory_region(memory_ + page_size(), kStack);  // frames that were dropped
#endif
  stacks.give(memory_);
}

bool Fiber::has_on_stack(const void* address) const {
  const auto* at = static_cast<const std::byte*>(address);
  return memory_ != nullptr && at >= memory_ && at < memory_ + page_size() + kStack;
}

#if !defined(__x86_64__) || defined(FGCN_SIMT_ASAN)
void Fiber::change(Fiber& from, Fiber& to) {
#ifdef FGCN_SIMT_ASAN
  left = &from;
  __sanitizer_start_switch_fiber(&from.fake_, to.bottom_, to.size_);
#endif
#if defined(__x86_64__)
  fgcn_simt_switch(&from.top_, to.top_);
#else
  swapcontext(&from.context_, &to.context_);
#endif
  from.arrived();
}
#endif

void Fiber::arrived() {
#ifdef FGCN_SIMT_ASAN
  // The bounds of the system thread's own stack are learned here.
  __sanitizer_finish_switch_fiber(fake_, &left->bottom_, &left->size_);
#endif
}

void Fiber::enter(void* fiber) {
  auto* self = static_cast<Fiber*>(fiber);
  self->arrived();
  self->body_(self->argument_);
}

#if !defined(__x86_64__)
void Fiber::enter_context(unsigned high, unsigned low) {
  const auto address = static_cast<std::uintptr_t>(high) << 32 | low;
  enter(reinterpret_cast<void*>(address));  // NOLINT(performance-no-int-to-ptr)
}
#endif

}  // namespace fgcn::simt
