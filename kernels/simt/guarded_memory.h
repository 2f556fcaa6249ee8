// Device memory that the host cannot touch.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

namespace fgcn::simt {

/// One stretch of addresses, readable and writable only while the device works: a host that follows
/// a pointer into it gets a segmentation fault, as it does with a GPU's memory.
class GuardedMemory {
 public:
  GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory();

  /// Aligned to 256 bytes. Error when the address space is full.
  void* allocate(std::size_t bytes);
  void release(void* data, std::size_t bytes);

  /// The device works for the length of a scope; null: memory that is not guarded.
  class Open {
   public:
    explicit Open(GuardedMemory* memory) : memory_(memory) {
      if (memory_ != nullptr && memory_->open_++ == 0) memory_->protect(false);
    }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    // NOLINTNEXTLINE(bugprone-exception-escape): memory that stayed open would hide faults
    ~Open() {
      if (memory_ != nullptr && --memory_->open_ == 0) memory_->protect(true);
    }

   private:
    GuardedMemory* memory_;
  };

 private:
  static constexpr std::size_t kBytes = std::size_t{16} << 30;  // reserved, not used

  void protect(bool closed) const;

  std::byte* reserved_;
  std::byte* memory_;  // within, at a large page's boundary
  std::size_t used_ = 0;
  int open_ = 0;
  std::map<std::size_t, std::vector<void*>> free_;  // by size
};

}  // namespace fgcn::simt
