#include "train/dataset/photo_file.h"

#include <algorithm>

#include "io/byte_order.h"
#include "io/hash.h"
#include "kernels/core/error.h"

namespace fgcn::train {

using io::load_le;

PhotoFile PhotoFile::open(const std::filesystem::path& path) {
  PhotoFile out;
  const std::string where = path.string();
  out.file_ = std::make_unique<const OpenFile>(path);
  const std::uint64_t size = out.file_->size();
  const Bytes header = out.file_->read(0, std::min(size, kPhotoHeaderBytes));
  out.head_ = out.file_->read(0, parse_header(header, size, where).layout.records);
  out.read(out.head_, size, where);
  return out;
}

PhotoFile PhotoFile::parse(std::span<const std::uint8_t> bytes, const std::string& where) {
  PhotoFile out;
  out.read(bytes, bytes.size(), where);
  return out;
}

void PhotoFile::read(std::span<const std::uint8_t> bytes, std::uint64_t file_bytes,
                     const std::string& where) {
  bytes_ = bytes;
  where_ = where;
  const ParsedHeader parsed = parse_header(bytes, file_bytes, where);
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

Bytes PhotoFile::record_bytes(std::int64_t i) const {
  const std::uint64_t bytes = header_.record_bytes();
  const std::uint64_t begin = layout_.records + checked(i) * bytes;
  if (file_) return file_->read(begin, bytes);
  const auto record = bytes_.subspan(begin, bytes);
  return {record.begin(), record.end()};
}

PhotoRecord PhotoFile::record(std::int64_t i) const {
  return decode_record(header_, record_bytes(i), text(where_, ": ", name(i)));
}

}  // namespace fgcn::train
