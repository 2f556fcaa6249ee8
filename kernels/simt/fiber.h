// Cooperative threads of execution on one system thread.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
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

}  // namespace fgcn::simt
