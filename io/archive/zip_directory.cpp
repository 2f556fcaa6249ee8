#include "io/archive/zip_directory.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::uint32_t kLocalMark = 0x04034b50;
constexpr std::uint32_t kCentralMark = 0x02014b50;
constexpr std::uint32_t kEndMark = 0x06054b50;
constexpr std::uint32_t kLocatorMark = 0x07064b50;
constexpr std::uint32_t kWideEndMark = 0x06064b50;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kWideEndBytes = 56;
constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{64} << 20;
constexpr std::uint32_t kInWide = 0xffffffff;  // the value stands in the zip64 field
constexpr std::uint16_t kWideField = 1;

struct End {
  std::uint64_t count = 0;
  std::uint64_t start = 0;  // of the directory
  std::uint64_t length = 0;
  std::uint64_t at = 0;  // where the directory must end
};

class DirectoryReader {
 public:
  DirectoryReader(const ByteSource& archive, const std::string& where)
      : archive_(archive), where_(where) {}

  std::vector<ZipEntry> read() {
    const End end = find_end();
    if (end.start > end.at || end.length != end.at - end.start)
      damaged("its directory is not where it should be");
    if (end.length > kMaxDirectoryBytes) damaged("its directory is larger than 64 MiB");
    const Bytes directory = archive_.read(end.start, end.length);
    std::vector<ZipEntry> out;
    std::span<const std::uint8_t> rest = directory;
    for (std::uint64_t i = 0; i < end.count; ++i) out.push_back(entry(rest, end.start));
    if (!rest.empty()) damaged("its directory holds more than it says");
    check_apart(out);
    return out;
  }

 private:
  [[noreturn]] void damaged(const char* what) const {
    input_error(where_, ": ", what, "; the archive is damaged, write it again");
  }

  /// The end record is last, but for a comment of up to 65,535 bytes.
  End find_end() const {
    const std::uint64_t tail_bytes = std::min<std::uint64_t>(archive_.size(), kEndBytes + 0xffff);
    const Bytes tail = archive_.read(archive_.size() - tail_bytes, tail_bytes);
    for (std::size_t at = tail.size() < kEndBytes ? 0 : tail.size() - kEndBytes + 1; at-- > 0;) {
      if (load_le<std::uint32_t>(tail, at) != kEndMark ||
          load_le<std::uint16_t>(tail, at + 20) != tail.size() - kEndBytes - at)
        continue;
      End end;
      end.at = archive_.size() - tail_bytes + at;
      end.count = load_le<std::uint16_t>(tail, at + 10);
      end.length = load_le<std::uint32_t>(tail, at + 12);
      end.start = load_le<std::uint32_t>(tail, at + 16);
      return widened(end);
    }
    input_error(where_, ": is not a zip archive (.npz), or is cut off; write it again");
  }

  /// As the zip64 record says, where there is one.
  End widened(End end) const {
    if (end.at < kLocatorBytes) return end;
    const Bytes locator = archive_.read(end.at - kLocatorBytes, kLocatorBytes);
    if (load_le<std::uint32_t>(locator, 0) != kLocatorMark) return end;
    const auto at = load_le<std::uint64_t>(locator, 8);
    if (at > end.at - kLocatorBytes || end.at - kLocatorBytes - at < kWideEndBytes)
      damaged("its zip64 record is not where it should be");
    const Bytes record = archive_.read(at, kWideEndBytes);
    if (load_le<std::uint32_t>(record, 0) != kWideEndMark)
      damaged("its zip64 record is not where it should be");
    return {load_le<std::uint64_t>(record, 32), load_le<std::uint64_t>(record, 48),
            load_le<std::uint64_t>(record, 40), at};
  }

  ZipEntry entry(std::span<const std::uint8_t>& rest, std::uint64_t start) const {
    if (rest.size() < kCentralBytes || load_le<std::uint32_t>(rest, 0) != kCentralMark)
      damaged("its directory is cut off");
    const auto flags = load_le<std::uint16_t>(rest, 8);
    ZipEntry m;
    m.method = load_le<std::uint16_t>(rest, 10);
    m.crc = load_le<std::uint32_t>(rest, 16);
    m.packed = load_le<std::uint32_t>(rest, 20);
    m.size = load_le<std::uint32_t>(rest, 24);
    const std::size_t name_bytes = load_le<std::uint16_t>(rest, 28);
    const std::size_t extra_bytes = load_le<std::uint16_t>(rest, 30);
    const std::size_t comment_bytes = load_le<std::uint16_t>(rest, 32);
    std::uint64_t local = load_le<std::uint32_t>(rest, 42);
    if (rest.size() - kCentralBytes < name_bytes + extra_bytes + comment_bytes)
      damaged("its directory is cut off");
    const auto name = rest.subspan(kCentralBytes, name_bytes);
    m.name.assign(name.begin(), name.end());
    widen(m, local, rest.subspan(kCentralBytes + name_bytes, extra_bytes));
    rest = rest.subspan(kCentralBytes + name_bytes + extra_bytes + comment_bytes);

    if ((flags & 1) != 0 || (m.method != 0 && m.method != 8))
      input_error(where_, ": uses encryption or a packing other than deflate; ",
                  "write it with numpy.savez or savez_compressed");
    if (local > start || start - local < kLocalBytes) damaged("a member is not where it should be");
    const Bytes header = archive_.read(local, kLocalBytes);
    if (load_le<std::uint32_t>(header, 0) != kLocalMark)
      damaged("a member is not where the directory says");
    m.begin = local + kLocalBytes + load_le<std::uint16_t>(header, 26) +
              load_le<std::uint16_t>(header, 28);
    if (m.begin > start || start - m.begin < m.packed) damaged("a member is cut off");
    if (m.method == 0 && m.packed != m.size) damaged("a member has two sizes");
    return m;
  }

  /// Values that do not fit 32 bits, in the order of the format, as far as each is needed.
  void widen(ZipEntry& m, std::uint64_t& local, std::span<const std::uint8_t> extra) const {
    while (extra.size() >= 4) {
      const auto mark = load_le<std::uint16_t>(extra, 0);
      const std::size_t length = load_le<std::uint16_t>(extra, 2);
      if (extra.size() - 4 < length) return;
      auto field = extra.subspan(4, length);
      extra = extra.subspan(4 + length);
      if (mark != kWideField) continue;
      for (std::uint64_t* value : {&m.size, &m.packed, &local}) {
        if (*value != kInWide) continue;
        if (field.size() < 8) damaged("a zip64 field is cut off");
        *value = load_le<std::uint64_t>(field, 0);
        field = field.subspan(8);
      }
    }
  }

  /// Members that share packed bytes would let a small file unpack to a huge one.
  void check_apart(std::vector<ZipEntry>& members) const {
    std::stable_sort(members.begin(), members.end(),
                     [](const ZipEntry& a, const ZipEntry& b) { return a.begin < b.begin; });
    std::uint64_t free_from = 0;
    for (const ZipEntry& m : members) {
      if (m.begin < free_from) input_error(where_, ": its members overlap; the archive is damaged");
      free_from = m.begin + m.packed;
    }
  }

  const ByteSource& archive_;
  const std::string& where_;
};

}  // namespace

std::vector<ZipEntry> read_zip_directory(const ByteSource& archive, const std::string& where) {
  return DirectoryReader(archive, where).read();
}

std::uint32_t zip_crc(std::span<const std::uint8_t> data) {
  return static_cast<std::uint32_t>(crc32_z(0, data.data(), data.size()));
}

}  // namespace fgcn::io
