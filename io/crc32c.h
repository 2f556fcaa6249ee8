// The checksum of TensorBoard's records, and of checkpoints.
#pragma once

#include <cstdint>
#include <span>

namespace fgcn {

/// CRC-32C (Castagnoli) of the bytes; `before` is that of the bytes in front of them, so that
///   crc32c(b, crc32c(a)) == crc32c(a and b, one after the other)
///
/// Source   RFC 3720, appendix B.4; eight tables at a time: Kounavis and Berry, ISCC 2005.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t before = 0);

}  // namespace fgcn
