// PNG output. Source: PNG specification (ISO/IEC 15948), zlib format (RFC 1950).
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>
#include <span>

#include "io/file.h"
#include "io/image.h"
#include "kernels/core/error.h"
#include "kernels/core/parallel_failure.h"

namespace fgcn {
namespace {

// Levels above cost three times as much and save a tenth.
constexpr int kLevel = 4;
// Bytes of the image that one thread compresses at a time. Each block continues the one before it
// (its last 32 KiB are known to it), so that cutting costs a few bytes per block.
constexpr std::size_t kBlock = std::size_t{1} << 17;
constexpr std::size_t kWindow = std::size_t{1} << 15;
// Textures and sheets come out as small by it as by the best of all filters for each row.
constexpr std::uint8_t kUp = 2;

void append_be32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// Rows of the image, each behind the number of its filter, as differences to the row above.
Bytes filtered(const Image8& image) {
  const auto row = static_cast<std::size_t>(image.width * image.channels);
  const Bytes none(row, 0);
  Bytes out(static_cast<std::size_t>(image.height) * (row + 1));
#pragma omp parallel for
  for (std::int64_t y = 0; y < image.height; ++y) {
    const std::uint8_t* now = image.at(y, 0);
    const std::uint8_t* above = y > 0 ? image.at(y - 1, 0) : none.data();
    std::uint8_t* to = out.data() + static_cast<std::size_t>(y) * (row + 1);
    *to++ = kUp;
    for (std::size_t i = 0; i < row; ++i) to[i] = static_cast<std::uint8_t>(now[i] - above[i]);
  }
  return out;
}

struct Block {
  Bytes bytes;      // deflated, ends on a byte
  uLong check = 0;  // Adler-32 of what it holds
};

/// Deflates data[begin, end), for a reader that has read what is before it. False when the
/// compressor fails; std::bad_alloc when that is for want of memory.
bool compress(std::span<const std::uint8_t> data, std::size_t begin, std::size_t end, Block& out) {
  z_stream stream{};
  const int begun = deflateInit2(&stream, kLevel, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  if (begun == Z_MEM_ERROR) throw std::bad_alloc();
  if (begun != Z_OK) return false;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, deflateEnd);
  const std::size_t known = std::min(begin, kWindow);
  bool done = known == 0 || deflateSetDictionary(&stream, data.data() + begin - known,
                                                 static_cast<uInt>(known)) == Z_OK;
  // The bound does not hold the bytes that a flush adds at a block's end.
  out.bytes.resize(deflateBound(&stream, static_cast<uLong>(end - begin)) + 16);
  stream.next_in = const_cast<Bytef*>(data.data() + begin);  // zlib's interface; it only reads
  stream.avail_in = static_cast<uInt>(end - begin);
  stream.next_out = out.bytes.data();
  stream.avail_out = static_cast<uInt>(out.bytes.size());
  const bool last = end == data.size();
  done = done && deflate(&stream, last ? Z_FINISH : Z_SYNC_FLUSH) == (last ? Z_STREAM_END : Z_OK) &&
         stream.avail_in == 0 && stream.avail_out > 0;
  out.bytes.resize(static_cast<std::size_t>(stream.next_out - out.bytes.data()));
  out.check = adler32(adler32(0, nullptr, 0), data.data() + begin, static_cast<uInt>(end - begin));
  return done;
}

/// A zlib stream of all of it. The cuts are fixed, so that its bytes depend on the data alone.
Bytes zlib_stream(std::span<const std::uint8_t> data) {
  const auto count = static_cast<std::int64_t>((data.size() + kBlock - 1) / kBlock);
  std::vector<Block> blocks(static_cast<std::size_t>(count));
  bool done = true;
  ParallelFailure failure;
#pragma omp parallel for schedule(dynamic) reduction(&& : done)
  for (std::int64_t i = 0; i < count; ++i) {
    const std::size_t begin = static_cast<std::size_t>(i) * kBlock;
    failure.keep([&] {
      done = compress(data, begin, std::min(begin + kBlock, data.size()),
                      blocks[static_cast<std::size_t>(i)]) &&
             done;
    });
  }
  failure.rethrow();
  FGCN_CHECK(done, "encode_png: zlib failed on ", data.size(), " bytes");
  Bytes out{0x78, 0x5e};  // deflate with a window of 32 KiB, "fast"
  uLong check = adler32(0, nullptr, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    const Block& block = blocks[static_cast<std::size_t>(i)];
    out.insert(out.end(), block.bytes.begin(), block.bytes.end());
    const std::size_t begin = static_cast<std::size_t>(i) * kBlock;
    const std::size_t size = std::min(kBlock, data.size() - begin);
    check = adler32_combine(check, block.check, static_cast<z_off_t>(size));
  }
  append_be32(out, static_cast<std::uint32_t>(check));
  return out;
}

void append_chunk(Bytes& out, const char (&type)[5], std::span<const std::uint8_t> content) {
  append_be32(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t begin = out.size();
  out.insert(out.end(), type, type + 4);
  out.insert(out.end(), content.begin(), content.end());
  append_be32(out, static_cast<std::uint32_t>(crc32_z(0, out.data() + begin, out.size() - begin)));
}

}  // namespace

Bytes encode_png(const Image8& image) {
  FGCN_CHECK(image.channels == 1 || image.channels == 3 || image.channels == 4,
             "encode_png: ", image.channels, " channels, expected 1, 3 or 4");
  constexpr std::int64_t kMost = 65536;
  FGCN_CHECK(image.height >= 1 && image.width >= 1 && image.height <= kMost &&
                 image.width <= kMost &&
                 image.height * (image.width * image.channels + 1) < (std::int64_t{1} << 30),
             "encode_png: an image of ", image.width, " by ", image.height, ", expected 1 to ",
             kMost, " pixels an axis and at most a GiB");
  Bytes header;
  append_be32(header, static_cast<std::uint32_t>(image.width));
  append_be32(header, static_cast<std::uint32_t>(image.height));
  const std::uint8_t color = image.channels == 1 ? 0 : image.channels == 3 ? 2 : 6;
  header.insert(header.end(), {8, color, 0, 0, 0});  // bits; deflate, its filters, no interlacing
  Bytes out{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", zlib_stream(filtered(image)));
  append_chunk(out, "IEND", {});
  return out;
}

void write_png(const std::filesystem::path& path, const Image8& image) {
  write_file(path, encode_png(image));
}

}  // namespace fgcn
