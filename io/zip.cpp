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

Bytes encode_zip(const std::map<std::string, Bytes>& members, ZipMethod method) {
  Bytes out;
  Bytes directory;
  constexpr std::uint64_t kLimit = 0xfffffffe;  // beyond it is zip64
  FGCN_CHECK(members.size() < 0xffff, "zip: ", members.size(), " members are too many");
  for (const auto& member : members) {  // no binding: clang 14 cannot capture one
    const std::string& name = member.first;
    const Bytes& data = member.second;
    FGCN_CHECK(data.size() <= kLimit && name.size() <= 0xffff, "zip: member of ", data.size(),
               " bytes is too large");
    const Bytes packed = method == ZipMethod::kDeflated ? deflated(data, ZlibFrame::kNone) : data;
    FGCN_CHECK(out.size() + packed.size() <= kLimit, "zip: the archive would exceed 4 GB");
    const auto local = static_cast<std::uint32_t>(out.size());
    const auto header = [&](Bytes& to) {  // the fields both headers share
      append_le(to, kVersion);
      append_le(to, std::uint16_t{0});
      append_le(to, static_cast<std::uint16_t>(method == ZipMethod::kDeflated ? 8 : 0));
      append_le(to, std::uint16_t{0});
      append_le(to, kDate1980);
      append_le(to, crc_of(data));
      append_le(to, static_cast<std::uint32_t>(packed.size()));
      append_le(to, static_cast<std::uint32_t>(data.size()));
      append_le(to, static_cast<std::uint16_t>(name.size()));
      append_le(to, std::uint16_t{0});
    };
    append_le(out, kLocalMark);
    header(out);
    out.insert(out.end(), name.begin(), name.end());
    out.insert(out.end(), packed.begin(), packed.end());

    append_le(directory, kCentralMark);
    append_le(directory, kVersion);
    header(directory);
    append_le(directory, std::uint16_t{0});  // comment
    append_le(directory, std::uint16_t{0});  // disk
    append_le(directory, std::uint16_t{0});  // internal attributes
    append_le(directory, std::uint32_t{0});  // external attributes
    append_le(directory, local);
    directory.insert(directory.end(), name.begin(), name.end());
  }
  FGCN_CHECK(out.size() + directory.size() <= kLimit, "zip: the archive would exceed 4 GB");
  const auto start = static_cast<std::uint32_t>(out.size());
  out.insert(out.end(), directory.begin(), directory.end());
  append_le(out, kEndMark);
  append_le(out, std::uint32_t{0});  // two disk numbers
  append_le(out, static_cast<std::uint16_t>(members.size()));
  append_le(out, static_cast<std::uint16_t>(members.size()));
  append_le(out, static_cast<std::uint32_t>(directory.size()));
  append_le(out, start);
  append_le(out, std::uint16_t{0});
  return out;
}

}  // namespace fgcn::io
