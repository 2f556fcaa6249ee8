#include "io/archive/zip.h"

#include <optional>
#include <utility>
#include <vector>

#include "io/archive/zip_directory.h"
#include "io/archive/zlib_stream.h"
#include "io/byte_order.h"
#include "io/byte_source.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::uint32_t kLocalMark = 0x04034b50;
constexpr std::uint32_t kCentralMark = 0x02014b50;
constexpr std::uint32_t kEndMark = 0x06054b50;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kExtraBytes = 4;          // the least that an extra field takes
constexpr std::uint16_t kPaddingMark = 0x1986;  // an extra field without a meaning
constexpr std::uint64_t kMaxTotalBytes = std::uint64_t{4} << 30;
constexpr std::uint16_t kVersion = 20;           // deflate needs version 2.0
constexpr std::uint16_t kDate1980 = 1 << 5 | 1;  // January the first

}  // namespace

std::map<std::string, Bytes> parse_zip(std::span<const std::uint8_t> bytes,
                                       const std::string& where,
                                       const std::function<bool(const std::string&)>& wanted) {
  const std::vector<ZipEntry> members = read_zip_directory(ByteSource(bytes), where);
  std::uint64_t total = 0;
  for (const ZipEntry& m : members) {
    if (m.size > kMaxTotalBytes - total)
      input_error(where, ": would unpack to more than 4 GiB; store less in it");
    total += m.size;
  }
  std::map<std::string, Bytes> out;
  for (const ZipEntry& m : members) {
    if (wanted && !wanted(m.name)) continue;
    const auto packed =
        bytes.subspan(static_cast<std::size_t>(m.begin), static_cast<std::size_t>(m.packed));
    std::optional<Bytes> data;
    if (m.method == 0) {
      data.emplace(packed.begin(), packed.end());
    } else {
      data = inflated(packed, ZlibFrame::kNone, m.size);
    }
    if (!data || data->size() != m.size)
      input_error(where, ": a member cannot be unpacked; the archive is damaged, write it again");
    if (zip_crc(*data) != m.crc)
      input_error(where, ": a member's checksum is wrong; the archive is damaged, write it again");
    if (!out.emplace(m.name, *std::move(data)).second)
      input_error(where, ": two members have one name; write it again");
  }
  return out;
}

namespace {

/// An archive that grows: members, then their directory.
class ZipWriter {
 public:
  /// `packed`: the data as it is stored. Begins at a multiple of `alignment`.
  void add(const std::string& name, const Bytes& data, const Bytes& packed, ZipMethod method,
           std::size_t alignment) {
    constexpr std::uint64_t kLimit = 0xfffffffe;  // beyond it is zip64
    FGCN_CHECK(data.size() <= kLimit && name.size() <= 0xffff, "zip: member of ", data.size(),
               " bytes is too large");
    FGCN_CHECK(out_.size() + packed.size() <= kLimit, "zip: the archive would exceed 4 GB");
    const auto local = static_cast<std::uint32_t>(out_.size());
    const auto header = [&](Bytes& to, std::size_t extra) {  // the fields both headers share
      append_le(to, kVersion);
      append_le(to, std::uint16_t{0});
      append_le(to, static_cast<std::uint16_t>(method == ZipMethod::kDeflated ? 8 : 0));
      append_le(to, std::uint16_t{0});
      append_le(to, kDate1980);
      append_le(to, zip_crc(data));
      append_le(to, static_cast<std::uint32_t>(packed.size()));
      append_le(to, static_cast<std::uint32_t>(data.size()));
      append_le(to, static_cast<std::uint16_t>(name.size()));
      append_le(to, static_cast<std::uint16_t>(extra));
    };
    std::size_t extra =
        (alignment - (out_.size() + kLocalBytes + name.size()) % alignment) % alignment;
    while (extra > 0 && extra < kExtraBytes) extra += alignment;
    append_le(out_, kLocalMark);
    header(out_, extra);
    out_.insert(out_.end(), name.begin(), name.end());
    if (extra > 0) {
      append_le(out_, kPaddingMark);
      append_le(out_, static_cast<std::uint16_t>(extra - kExtraBytes));
      out_.resize(out_.size() + extra - kExtraBytes, 0);
    }
    out_.insert(out_.end(), packed.begin(), packed.end());

    append_le(directory_, kCentralMark);
    append_le(directory_, kVersion);
    header(directory_, 0);
    append_le(directory_, std::uint16_t{0});  // comment
    append_le(directory_, std::uint16_t{0});  // disk
    append_le(directory_, std::uint16_t{0});  // internal attributes
    append_le(directory_, std::uint32_t{0});  // external attributes
    append_le(directory_, local);
    directory_.insert(directory_.end(), name.begin(), name.end());
    ++members_;
  }

  Bytes end() {
    FGCN_CHECK(members_ < 0xffff, "zip: ", members_, " members are too many");
    FGCN_CHECK(out_.size() + directory_.size() <= 0xfffffffe, "zip: the archive would exceed 4 GB");
    const auto start = static_cast<std::uint32_t>(out_.size());
    out_.insert(out_.end(), directory_.begin(), directory_.end());
    append_le(out_, kEndMark);
    append_le(out_, std::uint32_t{0});  // two disk numbers
    append_le(out_, static_cast<std::uint16_t>(members_));
    append_le(out_, static_cast<std::uint16_t>(members_));
    append_le(out_, static_cast<std::uint32_t>(directory_.size()));
    append_le(out_, start);
    append_le(out_, std::uint16_t{0});
    return std::move(out_);
  }

 private:
  Bytes out_;
  Bytes directory_;
  std::size_t members_ = 0;
};

}  // namespace

Bytes encode_zip(const std::map<std::string, Bytes>& members, ZipMethod method) {
  ZipWriter writer;
  for (const auto& [name, data] : members)
    writer.add(name, data, method == ZipMethod::kDeflated ? deflated(data, ZlibFrame::kNone) : data,
               method, 1);
  return writer.end();
}

Bytes encode_aligned_zip(const std::vector<ZipMember>& members, std::size_t alignment) {
  ZipWriter writer;
  for (const ZipMember& member : members)
    writer.add(member.name, member.data, member.data, ZipMethod::kStored, alignment);
  return writer.end();
}

}  // namespace fgcn::io
