#include "io/zip.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "io/byte_order.h"
#include "io/zlib_stream.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::uint32_t kLocalMark = 0x04034b50;
constexpr std::uint32_t kCentralMark = 0x02014b50;
constexpr std::uint32_t kEndMark = 0x06054b50;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kExtraBytes = 4;          // the least that an extra field takes
constexpr std::uint16_t kPaddingMark = 0x1986;  // an extra field without a meaning
constexpr std::uint64_t kMaxTotalBytes = std::uint64_t{4} << 30;
constexpr std::uint16_t kVersion = 20;           // deflate needs version 2.0
constexpr std::uint16_t kDate1980 = 1 << 5 | 1;  // January the first

struct Member {
  std::string name;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint32_t packed = 0;
  std::uint32_t size = 0;
  std::size_t begin = 0;  // of the packed bytes
};

std::uint32_t crc_of(std::span<const std::uint8_t> data) {
  return static_cast<std::uint32_t>(crc32_z(0, data.data(), data.size()));
}

/// The end record is last, but for a comment of up to 65,535 bytes.
std::size_t find_end(std::span<const std::uint8_t> bytes, const std::string& where) {
  if (bytes.size() >= kEndBytes) {
    const std::size_t last = bytes.size() - kEndBytes;
    const std::size_t first = last > 0xffff ? last - 0xffff : 0;
    for (std::size_t at = last + 1; at-- > first;)
      if (load_le<std::uint32_t>(bytes, at) == kEndMark &&
          load_le<std::uint16_t>(bytes, at + 20) == bytes.size() - kEndBytes - at)
        return at;
  }
  input_error(where, ": is not a zip archive (.npz), or is cut off; write it again");
}

std::vector<Member> parse_directory(std::span<const std::uint8_t> bytes, const std::string& where) {
  const auto damaged = [&](const char* what) {
    input_error(where, ": ", what, "; the archive is damaged, write it again");
  };
  const std::size_t end = find_end(bytes, where);
  const std::uint16_t count = load_le<std::uint16_t>(bytes, end + 10);
  const std::uint32_t length = load_le<std::uint32_t>(bytes, end + 12);
  const std::uint32_t start = load_le<std::uint32_t>(bytes, end + 16);
  if (start > end || length != end - start) damaged("its directory is not where it should be");

  std::vector<Member> members;
  std::size_t at = start;
  for (int i = 0; i < count; ++i) {
    if (end - at < kCentralBytes || load_le<std::uint32_t>(bytes, at) != kCentralMark)
      damaged("its directory is cut off");
    const std::uint16_t flags = load_le<std::uint16_t>(bytes, at + 8);
    Member m;
    m.method = load_le<std::uint16_t>(bytes, at + 10);
    m.crc = load_le<std::uint32_t>(bytes, at + 16);
    m.packed = load_le<std::uint32_t>(bytes, at + 20);
    m.size = load_le<std::uint32_t>(bytes, at + 24);
    const std::size_t name_bytes = load_le<std::uint16_t>(bytes, at + 28);
    const std::size_t more = std::size_t{load_le<std::uint16_t>(bytes, at + 30)} +
                             load_le<std::uint16_t>(bytes, at + 32);
    const std::uint32_t local = load_le<std::uint32_t>(bytes, at + 42);
    if (end - at - kCentralBytes < name_bytes + more) damaged("its directory is cut off");
    const auto name = bytes.subspan(at + kCentralBytes, name_bytes);
    m.name.assign(name.begin(), name.end());
    at += kCentralBytes + name_bytes + more;

    constexpr std::uint32_t kInZip64 = 0xffffffff;
    if ((flags & 1) != 0 || (m.method != 0 && m.method != 8) || m.packed == kInZip64 ||
        m.size == kInZip64 || local == kInZip64)
      input_error(where, ": uses encryption, 4 GB members or a packing other than deflate; ",
                  "write it with numpy.savez or savez_compressed");
    if (local > start || start - local < kLocalBytes ||
        load_le<std::uint32_t>(bytes, local) != kLocalMark)
      damaged("a member is not where the directory says");
    m.begin = local + kLocalBytes + load_le<std::uint16_t>(bytes, local + 26) +
              load_le<std::uint16_t>(bytes, local + 28);
    if (m.begin > start || start - m.begin < m.packed) damaged("a member is cut off");
    if (m.method == 0 && m.packed != m.size) damaged("a member has two sizes");
    members.push_back(std::move(m));
  }
  if (at != end) damaged("its directory holds more than it says");
  return members;
}

/// Members that share packed bytes would let a small file unpack to a huge one.
void check_apart(std::vector<Member> members, const std::string& where) {
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.begin < b.begin; });
  std::uint64_t total = 0;
  std::size_t free_from = 0;
  for (const Member& m : members) {
    if (m.begin < free_from) input_error(where, ": its members overlap; the archive is damaged");
    free_from = m.begin + m.packed;
    total += m.size;
  }
  if (total > kMaxTotalBytes)
    input_error(where, ": would unpack to ", total, " bytes, more than 4 GiB; store less in it");
}

}  // namespace

std::map<std::string, Bytes> parse_zip(std::span<const std::uint8_t> bytes,
                                       const std::string& where,
                                       const std::function<bool(const std::string&)>& wanted) {
  const std::vector<Member> members = parse_directory(bytes, where);
  check_apart(members, where);
  std::map<std::string, Bytes> out;
  for (const Member& m : members) {
    if (wanted && !wanted(m.name)) continue;
    const auto packed = bytes.subspan(m.begin, m.packed);
    std::optional<Bytes> data;
    if (m.method == 0) {
      data.emplace(packed.begin(), packed.end());
    } else {
      data = inflated(packed, ZlibFrame::kNone, m.size);
    }
    if (!data || data->size() != m.size)
      input_error(where, ": a member cannot be unpacked; the archive is damaged, write it again");
    if (crc_of(*data) != m.crc)
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
      append_le(to, crc_of(data));
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
