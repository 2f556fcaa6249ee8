// The element types of .npy files, shared by their reader and their arrays.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/arrays/npz.h"

namespace fgcn::io {

struct NpyTypeInfo {
  NpyType type;
  const char* descr;
  std::int64_t bytes;
};
constexpr NpyTypeInfo kNpyTypes[] = {{NpyType::kF32, "<f4", 4}, {NpyType::kF64, "<f8", 8},
                                     {NpyType::kI32, "<i4", 4}, {NpyType::kI64, "<i8", 8},
                                     {NpyType::kU8, "|u1", 1},  {NpyType::kBool, "|b1", 1}};

/// Bytes of one element; 0 for a text, whose width the file says.
inline std::int64_t bytes_of(NpyType type) {
  for (const NpyTypeInfo& t : kNpyTypes)
    if (t.type == type) return t.bytes;
  return 0;
}

/// InputError with the reason when the array is a member that could not be read.
void check_read(const NpyArray& array);

/// The product, or -1 when an extent is negative or the product does not fit.
inline std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  std::int64_t total = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(total, extent, &total)) return -1;
  return total;
}

/// From columns first to rows first; `width` is the bytes of one element.
Bytes turned_over(std::span<const std::uint8_t> data, const std::vector<std::int64_t>& shape,
                  std::int64_t width);

}  // namespace fgcn::io
