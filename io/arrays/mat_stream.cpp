#include "io/arrays/mat_stream.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "kernels/core/error.h"

namespace fgcn::io {

struct MatStream::Unpacker {
  Unpacker() {
    if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ~Unpacker() { inflateEnd(&stream); }

  z_stream stream{};
  bool ended = false;
  std::array<std::uint8_t, 1 << 16> packed{};
};

MatStream::MatStream(const InputFile& file, std::uint64_t begin, std::uint64_t end, Packing packing,
                     const std::string& where)
    : file_(file), at_(begin), end_(end), where_(where) {
  if (packing == Packing::kZlib) unpacker_ = std::make_unique<Unpacker>();
}

MatStream::~MatStream() = default;

void MatStream::damaged() const {
  input_error(where_, ": is damaged: its variables cannot be unpacked; copy the file again");
}

void MatStream::raw(std::span<std::uint8_t> out) {
  if (out.size() > end_ - at_) damaged();
  file_.read(at_, out);
  at_ += out.size();
}

void MatStream::read(std::span<std::uint8_t> out) {
  position_ += out.size();
  if (!unpacker_) return raw(out);
  z_stream& stream = unpacker_->stream;
  while (!out.empty()) {
    if (unpacker_->ended) damaged();
    if (stream.avail_in == 0) {
      const std::uint64_t count = std::min<std::uint64_t>(unpacker_->packed.size(), end_ - at_);
      raw({unpacker_->packed.data(), static_cast<std::size_t>(count)});
      stream.next_in = unpacker_->packed.data();
      stream.avail_in = static_cast<uInt>(count);
    }
    constexpr std::size_t kMost = std::size_t{1} << 30;
    const std::size_t wanted = std::min(out.size(), kMost);
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(wanted);
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    unpacker_->ended = status == Z_STREAM_END;
    // Z_BUF_ERROR: nothing was left to unpack.
    if (status != Z_OK && status != Z_STREAM_END) damaged();
    out = out.subspan(wanted - stream.avail_out);
  }
}

MatStream::Words MatStream::words() {
  std::array<std::uint8_t, sizeof(Words)> bytes{};
  read(bytes);
  Words out{};
  std::memcpy(out.data(), bytes.data(), sizeof out);
  return out;
}

void MatStream::skip(std::uint64_t count) {
  if (!unpacker_) {
    if (count > end_ - at_) damaged();
    at_ += count;
    position_ += count;
    return;
  }
  std::array<std::uint8_t, 1 << 15> scrap;
  while (count > 0) {
    const std::uint64_t now = std::min<std::uint64_t>(count, scrap.size());
    read({scrap.data(), static_cast<std::size_t>(now)});
    count -= now;
  }
}

void MatStream::finish() {
  if (!unpacker_) return;
  z_stream& stream = unpacker_->stream;
  while (!unpacker_->ended) {
    if (stream.avail_in == 0) {
      const std::uint64_t count = std::min<std::uint64_t>(unpacker_->packed.size(), end_ - at_);
      raw({unpacker_->packed.data(), static_cast<std::size_t>(count)});
      stream.next_in = unpacker_->packed.data();
      stream.avail_in = static_cast<uInt>(count);
    }
    std::array<std::uint8_t, 8> rest{};
    stream.next_out = rest.data();
    stream.avail_out = rest.size();
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_STREAM_END && (status != Z_OK || stream.avail_out != rest.size())) damaged();
    unpacker_->ended = status == Z_STREAM_END;
  }
}

}  // namespace fgcn::io
