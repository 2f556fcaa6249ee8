#include "train/dataset/photo_file.h"

#include "io/byte_order.h"
#include "io/hash.h"
#include "kernels/core/error.h"

namespace fgcn::train {

using io::load_le;

PhotoFile PhotoFile::open(const std::filesystem::path& path) {
  PhotoFile out;
  out.file_ = std::make_unique<const MappedFile>(path);
  out.read(out.file_->bytes(), path.string());
  return out;
}

PhotoFile PhotoFile::parse(std::span<const std::uint8_t> bytes, const std::string& where) {
  PhotoFile out;
  out.read(bytes, where);
  return out;
}

void PhotoFile::read(std::span<const std::uint8_t> bytes, const std::string& where) {
  bytes_ = bytes;
  where_ = where;
  const ParsedHeader parsed = parse_header(bytes, bytes.size(), where);
  header_ = parsed.header;
  layout_ = parsed.layout;
  const auto index =
      bytes.subspan(layout_.index, layout_.names + layout_.names_bytes - layout_.index);
  if (hash64(index) != parsed.index_hash)
    input_error(where, ": its index is damaged; copy the file again, or make it anew");
  // A writer's mistake would pass the hash: names must lie one behind the other, in order.
  std::uint64_t at = 0;
  for (std::int64_t i = 0; i < header_.count; ++i) {
    const std::size_t entry = layout_.index + static_cast<std::size_t>(i) * index_bytes(header_);
    const auto offset = load_le<std::uint64_t>(bytes_, entry + 8);
    const auto length = load_le<std::uint64_t>(bytes_, entry + 16);
    if (offset != at || length == 0 || length > layout_.names_bytes - at)
      input_error(where, ": the name of record ", i, " is not within the names");
    at += length;
    if (i > 0 && name(i - 1) >= name(i))
      input_error(where, ": record ", i, " is out of order; make the file anew");
    splits_.push_back(header_.rule.same_person > 0
                          ? header_.rule.split(load_le<std::uint64_t>(bytes_, entry + 24))
                          : header_.rule.split(std::string(name(i))));
    members_[static_cast<std::size_t>(splits_.back())].push_back(i);
  }
  if (at != layout_.names_bytes) input_error(where, ": its names do not fill their part");
}

std::size_t PhotoFile::checked(std::int64_t i) const {
  FGCN_CHECK(i >= 0 && i < header_.count, "photo data: record ", i, " of ", header_.count);
  return static_cast<std::size_t>(i);
}

std::string_view PhotoFile::name(std::int64_t i) const {
  const std::size_t entry = layout_.index + checked(i) * index_bytes(header_);
  const auto offset = load_le<std::uint64_t>(bytes_, entry + 8);
  const auto length = load_le<std::uint64_t>(bytes_, entry + 16);
  return {reinterpret_cast<const char*>(bytes_.data()) + layout_.names + offset, length};
}

std::uint64_t PhotoFile::content_hash(std::int64_t i) const {
  return load_le<std::uint64_t>(bytes_, layout_.index + checked(i) * index_bytes(header_));
}

std::span<const std::uint8_t> PhotoFile::record_bytes(std::int64_t i) const {
  return bytes_.subspan(layout_.records + checked(i) * header_.record_bytes(),
                        header_.record_bytes());
}

PhotoRecord PhotoFile::record(std::int64_t i) const {
  return decode_record(header_, record_bytes(i), text(where_, ": ", name(i)));
}

}  // namespace fgcn::train
