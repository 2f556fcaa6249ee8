#include "kernels/simt/guarded_memory.h"

#include <sys/mman.h>

#include <cstdint>

#include "kernels/core/error.h"

namespace fgcn::simt {
namespace {

constexpr std::size_t kAlignment = 256;  // cudaMalloc's
// A large page: opening and closing takes the system a step a page, before and after every kernel.
constexpr std::size_t kGrowth = std::size_t{2} << 20;

std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

GuardedMemory::GuardedMemory()
    : reserved_(static_cast<std::byte*>(mmap(nullptr, kBytes + kGrowth, PROT_NONE,
                                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
  FGCN_CHECK(reserved_ != MAP_FAILED, "emulator: no address space for guarded memory");
  const auto begin = reinterpret_cast<std::uintptr_t>(reserved_);
  memory_ = reserved_ + (rounded(begin, kGrowth) - begin);
  madvise(memory_, kBytes, MADV_HUGEPAGE);  // where the system has them; slower where not
}

GuardedMemory::~GuardedMemory() { munmap(reserved_, kBytes + kGrowth); }

void* GuardedMemory::allocate(std::size_t bytes) {
  const std::size_t size = rounded(bytes, kAlignment);
  std::vector<void*>& list = free_[size];
  if (!list.empty()) {
    void* data = list.back();
    list.pop_back();
    return data;
  }
  FGCN_CHECK(used_ + size + kGrowth <= kBytes, "emulator: no memory for ", bytes, " bytes");
  void* data = memory_ + used_;
  used_ += size;
  return data;
}

void GuardedMemory::release(void* data, std::size_t bytes) {
  free_[rounded(bytes, kAlignment)].push_back(data);
}

void GuardedMemory::protect(bool closed) const {
  // More than is used, so that what is allocated while it is open can be used.
  const int status = mprotect(memory_, rounded(used_, kGrowth) + kGrowth,
                              closed ? PROT_NONE : PROT_READ | PROT_WRITE);
  FGCN_CHECK(status == 0, "emulator: guarded memory cannot be opened or closed");
}

}  // namespace fgcn::simt
