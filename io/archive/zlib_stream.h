// Deflate streams, as a zip member holds them and as a gzip member frames them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "io/file.h"

namespace fgcn::io {

enum class ZlibFrame { kNone, kGzip };

/// The unpacked bytes; nothing unless `packed` is exactly one whole stream of at most `most` bytes.
/// Memory grows with what really comes out.
///
/// Errors   std::bad_alloc when zlib gets no memory.
std::optional<Bytes> inflated(std::span<const std::uint8_t> packed, ZlibFrame frame,
                              std::uint64_t most);

/// One stream, packed as well as zlib can; equal contents give equal bytes.
///
/// Errors   fgcn::Error for more than 4 GiB; std::bad_alloc when zlib gets no memory.
Bytes deflated(std::span<const std::uint8_t> data, ZlibFrame frame);

}  // namespace fgcn::io
