#include "train/dataset/photo_data_writer.h"

#include <utility>

#include "io/byte_order.h"
#include "io/hash.h"
#include "kernels/core/error.h"

namespace fgcn::train {

PhotoDataWriter::PhotoDataWriter(const std::filesystem::path& path, PhotoDataHeader header,
                                 const std::vector<PhotoDataEntry>& entries)
    : file_(path), header_(std::move(header)) {
  header_.count = static_cast<std::int64_t>(entries.size());
  Bytes index;
  std::uint64_t names_bytes = 0;
  for (const PhotoDataEntry& entry : entries) {
    FGCN_CHECK(!entry.name.empty() && (&entry == entries.data() || (&entry)[-1].name < entry.name),
               "photo data: names are not ascending at '", entry.name, "'");
    io::append_le(index, entry.content);
    io::append_le(index, names_bytes);
    io::append_le(index, static_cast<std::uint64_t>(entry.name.size()));
    if (header_.rule.same_person > 0) io::append_le(index, entry.split);
    names_bytes += entry.name.size();
  }
  for (const PhotoDataEntry& entry : entries)
    index.insert(index.end(), entry.name.begin(), entry.name.end());
  const Bytes head =
      encode_header(header_, names_bytes, hash64(std::span<const std::uint8_t>(index)));
  const PhotoDataLayout parts = layout(header_, names_bytes);
  index.resize(parts.records - parts.index);  // zeros up to the records
  file_.write(head);
  file_.write(index);
}

void PhotoDataWriter::add(std::span<const std::uint8_t> record) {
  FGCN_CHECK(added_ < header_.count && record.size() == header_.record_bytes(),
             "photo data: record ", added_, " of ", header_.count, " has ", record.size(),
             " bytes, expected ", header_.record_bytes());
  file_.write(record);
  ++added_;
}

void PhotoDataWriter::commit() {
  FGCN_CHECK(added_ == header_.count, "photo data: ", added_, " records of ", header_.count);
  file_.commit();
}

}  // namespace fgcn::train
