// Writing a data set of photos.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "train/dataset/photo_record.h"

namespace fgcn::train {

struct PhotoDataEntry {
  std::string name;           // of the photo, unique and not empty
  std::uint64_t content = 0;  // hash64 of its file
  std::uint64_t split = 0;    // hash that decides its split, where the rule has same_person
};

/// Header and index at once, then one record after another; the file has its name from commit() on.
///
/// Errors   InputError when it cannot be written; Error when names are not ascending, a record is
///          of another size, or records lack at commit().
/// Repeat   the bytes depend on header, entries and records alone.
class PhotoDataWriter {
 public:
  /// `header.count` is taken from the entries.
  PhotoDataWriter(const std::filesystem::path& path, PhotoDataHeader header,
                  const std::vector<PhotoDataEntry>& entries);

  /// The next entry's, from encode_record().
  void add(std::span<const std::uint8_t> record);
  void commit();

 private:
  FileWriter file_;
  PhotoDataHeader header_;
  std::int64_t added_ = 0;
};

}  // namespace fgcn::train
