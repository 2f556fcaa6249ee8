// A data set of photos as a file: what it holds, without the face model.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/open_file.h"
#include "train/dataset/photo_record.h"

namespace fgcn::train {

/// Records in the order of their photos' names. Opening reads the header and the index; records are
/// read when they are asked for. The file that was opened stays, also when prepare renames a new
/// one over it.
///
/// Errors   InputError naming the file, and the record where there is one; also where the file was
///          cut short meanwhile. Every size and offset is checked before it is used.
/// Repeat   reading needs no state: several threads may share one.
class PhotoFile {
 public:
  static PhotoFile open(const std::filesystem::path& path);
  /// Parses bytes that outlive it.
  static PhotoFile parse(std::span<const std::uint8_t> bytes, const std::string& where);

  const PhotoDataHeader& header() const { return header_; }
  std::int64_t size() const { return header_.count; }
  std::uint64_t bytes() const { return layout_.end; }

  std::string_view name(std::int64_t i) const;
  /// hash64 of the photo file's bytes.
  std::uint64_t content_hash(std::int64_t i) const;
  Split split(std::int64_t i) const { return splits_[checked(i)]; }
  /// Ascending.
  std::span<const std::int64_t> of(Split split) const {
    return members_[static_cast<std::size_t>(split)];
  }

  /// Checks the record's checksum and its values.
  PhotoRecord record(std::int64_t i) const;
  /// As it lies in the file, unchecked.
  Bytes record_bytes(std::int64_t i) const;

 private:
  PhotoFile() = default;
  /// `bytes`: of the file, up to the records at least.
  void read(std::span<const std::uint8_t> bytes, std::uint64_t file_bytes,
            const std::string& where);
  std::size_t checked(std::int64_t i) const;

  std::unique_ptr<const OpenFile> file_;  // null: parsed
  Bytes head_;                            // of the file, before the records
  std::span<const std::uint8_t> bytes_;   // that, or what was parsed
  std::string where_;
  PhotoDataHeader header_;
  PhotoDataLayout layout_;
  std::vector<Split> splits_;
  std::array<std::vector<std::int64_t>, 3> members_;
};

}  // namespace fgcn::train
