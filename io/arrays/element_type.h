// NumPy's element types as its files name them, and how they are kept here.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/arrays/npz.h"

namespace fgcn::io {

/// A kind ('f' real, 'i' or 'u' integer, 'b' truth, 'O' object), and the bytes of one element.
struct ElementType {
  char kind = 0;
  std::int64_t bytes = 0;
  std::endian order = std::endian::little;
};

/// Of a name like "f8"; kind 0 when it is none.
ElementType element_type(std::string_view name);

/// Halves are read as F32, integers of 8 and 16 bits as I32, unsigned ones of 32 and 64 bits as
/// I64; nothing for other types.
std::optional<NpyType> read_as(const ElementType& type);

/// The elements as read_as says, little-endian. `from` holds whole elements.
///
/// Errors   InputError naming `where` for an integer beyond 63 bits.
Bytes widened(const ElementType& type, std::span<const std::uint8_t> from,
              const std::string& where);

}  // namespace fgcn::io
