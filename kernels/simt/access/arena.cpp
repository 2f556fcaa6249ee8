#include "kernels/simt/access/arena.h"

#include <sys/mman.h>

#include <cstring>

#include "kernels/core/error.h"

namespace fgcn::simt {
namespace {

constexpr std::size_t kAlignment = 256;  // cudaMalloc's

std::size_t rounded(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

void* reserve(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  FGCN_CHECK(memory != MAP_FAILED, "recorder: no address space for ", bytes, " bytes");
  return memory;
}

}  // namespace

Arena::Arena()
    : memory_(static_cast<std::byte*>(reserve(kBytes))),
      marks_(static_cast<std::uint8_t*>(reserve(kBytes / kSectorBytes))) {}

Arena::~Arena() {
  munmap(memory_, kBytes);
  munmap(marks_, kBytes / kSectorBytes);
}

void* Arena::allocate(std::size_t bytes) {
  const std::size_t size = rounded(bytes);
  std::vector<void*>& list = free_[size];
  if (!list.empty()) {
    void* data = list.back();
    list.pop_back();
    return data;
  }
  FGCN_CHECK(used_ + size <= kBytes, "recorder: no memory for ", bytes, " bytes");
  void* data = memory_ + used_;
  used_ += size;
  return data;
}

void Arena::release(void* data, std::size_t bytes) { free_[rounded(bytes)].push_back(data); }

void Arena::clear_marks() { std::memset(marks_, 0, used_ / kSectorBytes); }

}  // namespace fgcn::simt
