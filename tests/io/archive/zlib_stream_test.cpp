// Deflate streams: whole ones come back, anything else is nothing.
#include "io/archive/zlib_stream.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>

#include "kernels/core/rng.h"

namespace fgcn::io {
namespace {

/// Compressible, and longer than the chunk that the reader takes at a time.
Bytes long_text() {
  Rng rng(5);
  Bytes out;
  while (out.size() < 200'000) {
    const auto letter = static_cast<std::uint8_t>('a' + rng.below(20));
    out.insert(out.end(), static_cast<std::size_t>(1 + rng.below(5)), letter);
  }
  return out;
}

TEST_CASE("deflate: one whole stream of at most so many bytes comes back, and nothing else") {
  for (const ZlibFrame frame : {ZlibFrame::kNone, ZlibFrame::kGzip}) {
    CAPTURE(frame == ZlibFrame::kGzip);
    for (const Bytes& data : {Bytes{}, Bytes{7}, long_text()}) {
      CAPTURE(data.size());
      const Bytes packed = deflated(data, frame);
      CHECK(deflated(data, frame) == packed);
      CHECK(inflated(packed, frame, data.size()) == data);
      CHECK(inflated(packed, frame, data.size() + 1) == data);
      if (!data.empty()) CHECK_FALSE(inflated(packed, frame, data.size() - 1).has_value());
      for (const std::size_t cut : {packed.size() - 1, packed.size() / 2, std::size_t{0}})
        CHECK_FALSE(inflated(std::span(packed).first(cut), frame, 1 << 20).has_value());
      Bytes longer = packed;
      longer.push_back(0);
      CHECK_FALSE(inflated(longer, frame, 1 << 20).has_value());
      const ZlibFrame other = frame == ZlibFrame::kGzip ? ZlibFrame::kNone : ZlibFrame::kGzip;
      CHECK_FALSE(inflated(packed, other, 1 << 20).has_value());
    }
    CHECK(deflated(long_text(), frame).size() < 100'000);
  }
}

TEST_CASE("deflate: a gzip frame has its mark and sees a changed byte") {
  Bytes packed = deflated(long_text(), ZlibFrame::kGzip);
  CHECK(packed[0] == 0x1f);
  CHECK(packed[1] == 0x8b);
  CHECK(packed[2] == 8);
  packed[packed.size() - 6] ^= 1;  // of the CRC
  CHECK_FALSE(inflated(packed, ZlibFrame::kGzip, 1 << 20).has_value());
}

}  // namespace
}  // namespace fgcn::io
