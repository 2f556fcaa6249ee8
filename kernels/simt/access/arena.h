// Device memory of the recorder: one stretch of addresses, with a mark a sector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace fgcn::simt {

/// The unit that moves between memory and a multiprocessor.
constexpr std::uintptr_t kSectorBytes = 32;

enum Mark : std::uint8_t { kGridRead = 1, kGridWritten = 2, kBlockRead = 4, kBlockWritten = 8 };

/// Address space is reserved at once and filled by use. The same calls give the same places.
class Arena {
 public:
  Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  /// Aligned to 256 bytes. Error when the address space is full.
  void* allocate(std::size_t bytes);
  void release(void* data, std::size_t bytes);

  /// Offset within the arena; not below kBytes for an address outside.
  std::uintptr_t offset(const void* address) const {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(memory_);
  }
  static bool holds(std::uintptr_t offset) { return offset < kBytes; }
  /// The marks of the sector with this number, offset / kSectorBytes.
  std::uint8_t& marks(std::uintptr_t sector) { return marks_[sector]; }
  void clear_marks();

 private:
  static constexpr std::size_t kBytes = std::size_t{64} << 30;

  std::byte* memory_;
  std::uint8_t* marks_;
  std::size_t used_ = 0;
  std::map<std::size_t, std::vector<void*>> free_;  // by size
};

}  // namespace fgcn::simt
