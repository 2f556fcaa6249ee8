// Cooperative threads of execution on one system thread.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FGCN_SIMT_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FGCN_SIMT_ASAN 1
#endif

#if defined(__x86_64__)
/// Saves the registers that a call keeps, swaps stacks, restores. Ten times faster than ucontext,
/// which asks the kernel for the signal mask each time.
extern "C" void fgcn_simt_switch(void** save, void* load);
#endif

namespace fgcn::simt {

/// A stack and where it stands. A Fiber may be dropped at any time; nothing is unwound.
class Fiber {
 public:
  /// The system thread's own stack, which others are entered from.
  Fiber() = default;
  /// `body` is started when somebody first changes to it, and never returns. `number` staggers the
  /// tops of the stacks: at equal distances they would share cache sets.
  Fiber(void (*body)(void*), void* argument, int number);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Leaves `from`, on whose stack the caller runs, and goes on where `to` stands. Returns when
  /// somebody changes to `from`.
  static void change(Fiber& from, Fiber& to);

  /// False for the system thread's own.
  bool has_on_stack(const void* address) const;

 private:
  static void enter(void* fiber);
  void arrived();

  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  std::byte* memory_ = nullptr;  // the guard page, then the stack; null: the system thread's own
#if defined(__x86_64__)
  void* top_ = nullptr;  // of the stack, while others run
#else
  static void enter_context(unsigned high, unsigned low);
  ucontext_t context_{};
#endif
  // AddressSanitizer's view of the stack.
  void* fake_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
};

#if defined(__x86_64__) && !defined(FGCN_SIMT_ASAN)
inline void Fiber::change(Fiber& from, Fiber& to) { fgcn_simt_switch(&from.top_, to.top_); }
#endif

}  // namespace fgcn::simt
