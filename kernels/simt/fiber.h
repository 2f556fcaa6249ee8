// Cooperative threads of execution on one system thread.
#pragma once

#include <cstddef>
#include <memory>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace fgcn::simt {

/// A stack and where it stands. `body` is started by the first resume() and is never left: it hands
/// over for good by suspend(). A Fiber may be dropped at any time; nothing is unwound.
class Fiber {
 public:
  /// `number` staggers the tops of the stacks: at equal distances they would share cache sets.
  Fiber(void (*body)(void*), void* argument, int number);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Runs it until it calls suspend(). From the system thread's own stack only.
  void resume();
  /// Back to resume()'s caller. From within the fiber only.
  void suspend();

 private:
  static void enter(Fiber* fiber);
  friend void start_fiber(void*);

  void (*body_)(void*);
  void* argument_;
  std::byte* memory_;  // the guard page, then the stack
  std::byte* stack_;
#if defined(__x86_64__)
  void* own_ = nullptr;
  void* caller_ = nullptr;
#else
  ucontext_t own_;
  ucontext_t caller_;
#endif
  // AddressSanitizer's view of the two stacks.
  void* own_fake_ = nullptr;
  void* caller_fake_ = nullptr;
  const void* caller_bottom_ = nullptr;
  std::size_t caller_size_ = 0;
};

}  // namespace fgcn::simt
