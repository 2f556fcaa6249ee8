#include "io/gzip.h"

#include <zlib.h>

#include <array>
#include <limits>

#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr int kGzip = MAX_WBITS + 16;  // zlib: a gzip header and trailer around the stream

/// Ended on every path.
struct Inflater {
  z_stream stream{};
  bool ready = false;

  Inflater() { ready = inflateInit2(&stream, kGzip) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
};

}  // namespace

Bytes gunzip(std::span<const std::uint8_t> packed, std::uint64_t most, const std::string& where) {
  const auto damaged = [&] {
    input_error(where, ": is not a whole gzip file of at most ", most,
                " bytes unpacked; fetch the file that holds it again");
  };
  Inflater inflater;
  FGCN_CHECK(inflater.ready, "gunzip: zlib cannot start");
  if (packed.size() > std::numeric_limits<uInt>::max()) damaged();
  z_stream& stream = inflater.stream;
  stream.next_in = const_cast<Bytef*>(packed.data());  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(packed.size());
  Bytes out;
  std::array<std::uint8_t, 1 << 16> chunk;
  for (;;) {
    stream.next_out = chunk.data();
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = chunk.size() - stream.avail_out;
    if (got > most - out.size()) damaged();
    out.insert(out.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
    if (status == Z_STREAM_END && stream.avail_in == 0) return out;
    if (status != Z_OK) damaged();
  }
}

Bytes gzip(std::span<const std::uint8_t> data) {
  z_stream stream{};
  FGCN_CHECK(
      deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK,
      "gzip: zlib cannot start");
  Bytes out(deflateBound(&stream, data.size()));
  stream.next_in = const_cast<Bytef*>(data.data());  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  FGCN_CHECK(status == Z_STREAM_END, "gzip: zlib cannot deflate ", data.size(), " bytes");
  return out;
}

}  // namespace fgcn::io
