#include "io/archive/zlib_stream.h"

#include <zlib.h>

#include <array>
#include <limits>
#include <new>

#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr int window_bits(ZlibFrame frame) {
  return frame == ZlibFrame::kGzip ? MAX_WBITS + 16 : -MAX_WBITS;  // as zlib.h has it
}

void check_status(int status) {
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
}

void begin(int status) {
  check_status(status);
  FGCN_CHECK(status == Z_OK, "zlib cannot start: ", status);
}

void set_input(z_stream& stream, std::span<const std::uint8_t> data) {
  stream.next_in = const_cast<Bytef*>(data.data());  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(data.size());
}

/// Ended on every path.
struct Inflater {
  z_stream stream{};

  explicit Inflater(ZlibFrame frame) { begin(inflateInit2(&stream, window_bits(frame))); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

struct Deflater {
  z_stream stream{};

  explicit Deflater(ZlibFrame frame) {
    begin(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits(frame), 8,
                       Z_DEFAULT_STRATEGY));
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }
};

}  // namespace

std::optional<Bytes> inflated(std::span<const std::uint8_t> packed, ZlibFrame frame,
                              std::uint64_t most) {
  if (packed.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
  Inflater inflater(frame);
  z_stream& stream = inflater.stream;
  set_input(stream, packed);
  Bytes out;
  std::array<std::uint8_t, 1 << 16> chunk;
  for (;;) {
    stream.next_out = chunk.data();
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    check_status(status);
    const std::size_t got = chunk.size() - stream.avail_out;
    if (got > most - out.size()) return std::nullopt;
    out.insert(out.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
    if (status == Z_STREAM_END && stream.avail_in == 0) return out;
    if (status != Z_OK) return std::nullopt;  // Z_BUF_ERROR: the stream is cut
  }
}

Bytes deflated(std::span<const std::uint8_t> data, ZlibFrame frame) {
  FGCN_CHECK(data.size() <= std::numeric_limits<uInt>::max(), "zlib: ", data.size(),
             " bytes are too many for one stream");
  Deflater deflater(frame);
  z_stream& stream = deflater.stream;
  set_input(stream, data);
  Bytes out(deflateBound(&stream, data.size()));
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  FGCN_CHECK(status == Z_STREAM_END, "zlib cannot deflate ", data.size(), " bytes");
  out.resize(stream.total_out);
  return out;
}

}  // namespace fgcn::io
