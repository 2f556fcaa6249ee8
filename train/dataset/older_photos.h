// Photos of the data set that an earlier run left under the name of a new one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "train/dataset/photo_file.h"
#include "train/dataset/photo_journal.h"

namespace fgcn::train {

/// Records by the hash of their photos' files, with the notes that FILE.skipped.txt has on them:
/// the data set's own format has no place for notes.
///
/// Errors   InputError: the file is no data set, which nothing overwrites; it is damaged, or of
///          another face model or landmark model, which Earlier::kMakeAnew allows.
class OlderPhotos {
 public:
  OlderPhotos() = default;
  /// No file under the name: no photos.
  OlderPhotos(const std::filesystem::path& out, const PhotoDataHeader& header, Earlier earlier);

  struct Missing {
    std::int64_t photos = 0;
    std::string example;  // the name of one
  };
  Missing not_in(const std::set<std::uint64_t>& contents) const;

  /// Whether the photo's record can be taken over; otherwise it is forgotten.
  bool take(std::uint64_t content);
  /// Of photos that were taken.
  bool has(std::uint64_t content) const { return records_.count(content) != 0; }
  Bytes record(std::uint64_t content) const;
  std::vector<std::string> notes(std::uint64_t content) const;

 private:
  std::optional<PhotoFile> file_;
  Earlier earlier_ = Earlier::kTakeOver;
  std::map<std::uint64_t, std::int64_t> records_;
  std::map<std::uint64_t, std::vector<std::string>> notes_;
};

}  // namespace fgcn::train
