// Clang's thread sanitizer calls a function at each access, its coverage at each basic block. These
// stand in for their runtime library.
#include "kernels/simt/access/callbacks.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace fgcn::simt {
namespace {

// The callbacks have no argument for it.
thread_local AccessSink* sink = nullptr;

void record(const void* address, std::size_t bytes, Access access, const void* code) {
  if (sink != nullptr) sink->access(address, bytes, access, code);
}

/// A copy or fill of an object that the compiler left whole: words of 4 bytes.
void record_words(const void* address, std::size_t bytes, Access access, const void* code) {
  constexpr std::size_t kWord = 4;
  for (std::size_t i = 0; i < bytes; i += kWord)
    record(static_cast<const char*>(address) + i, std::min(kWord, bytes - i), access, code);
}

}  // namespace

void record_to(AccessSink* to) { sink = to; }

void report_atomic(const void* address, std::size_t bytes, const void* code) {
  record(address, bytes, Access::kAtomic, code);
}

}  // namespace fgcn::simt

// NOLINTBEGIN: the names are the compiler's.
using fgcn::simt::Access;

#define FGCN_ACCESS_CALLBACK(name, bytes, access)                            \
  void name(void* address) {                                                 \
    fgcn::simt::record(address, bytes, access, __builtin_return_address(0)); \
  }
#define FGCN_ACCESS_CALLBACKS(bytes)                                       \
  FGCN_ACCESS_CALLBACK(__tsan_read##bytes, bytes, Access::kRead)           \
  FGCN_ACCESS_CALLBACK(__tsan_write##bytes, bytes, Access::kWrite)         \
  FGCN_ACCESS_CALLBACK(__tsan_unaligned_read##bytes, bytes, Access::kRead) \
  FGCN_ACCESS_CALLBACK(__tsan_unaligned_write##bytes, bytes, Access::kWrite)

extern "C" {

FGCN_ACCESS_CALLBACKS(1)
FGCN_ACCESS_CALLBACKS(2)
FGCN_ACCESS_CALLBACKS(4)
FGCN_ACCESS_CALLBACKS(8)
FGCN_ACCESS_CALLBACKS(16)

void __sanitizer_cov_trace_pc() {
  if (fgcn::simt::sink != nullptr) fgcn::simt::sink->basic_block(__builtin_return_address(0));
}

void __tsan_init() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

// The instrumented objects' own calls of memcpy and its kin have these names (cmake/access.cmake).
void* fgcn_access_memcpy(void* to, const void* from, std::size_t bytes) {
  fgcn::simt::record_words(from, bytes, Access::kRead, __builtin_return_address(0));
  fgcn::simt::record_words(to, bytes, Access::kWrite, __builtin_return_address(0));
  return std::memcpy(to, from, bytes);
}
void* fgcn_access_memmove(void* to, const void* from, std::size_t bytes) {
  fgcn::simt::record_words(from, bytes, Access::kRead, __builtin_return_address(0));
  fgcn::simt::record_words(to, bytes, Access::kWrite, __builtin_return_address(0));
  return std::memmove(to, from, bytes);
}
void* fgcn_access_memset(void* to, int value, std::size_t bytes) {
  fgcn::simt::record_words(to, bytes, Access::kWrite, __builtin_return_address(0));
  return std::memset(to, value, bytes);
}
}
// NOLINTEND
