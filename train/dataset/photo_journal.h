// The progress of prepare, kept on the disk so that nothing is done twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "kernels/core/real.h"
#include "train/dataset/photo_record.h"

namespace fgcn::train {

/// Entries that are appended, each with a checksum: a record, why a photo gives none, or whose face
/// it is. Whatever
/// ends the program, entries before are whole; a torn one at the end is cut off when the journal is
/// opened again. Found by the hash of the photo's file.
///
/// Errors   InputError naming the file: of another kind of data set, in use by another program, or
///          it cannot be written.
class PhotoJournal {
 public:
  PhotoJournal(std::filesystem::path path, const PhotoDataHeader& header);
  PhotoJournal(const PhotoJournal&) = delete;
  PhotoJournal& operator=(const PhotoJournal&) = delete;
  ~PhotoJournal();

  /// Appending is safe from several threads. What could not be written whole is cut off again.
  void add_record(std::uint64_t content, std::span<const std::uint8_t> record);
  void add_skip(std::uint64_t content, const std::string& reason);
  void add_embedding(std::uint64_t content, const std::vector<real>& numbers);

  bool has_record(std::uint64_t content) const { return records_.count(content) != 0; }
  Bytes record(std::uint64_t content) const;
  const std::map<std::uint64_t, std::string>& skips() const { return skips_; }
  /// Embeddings of the identity network that the header's rule names.
  const std::map<std::uint64_t, std::vector<real>>& embeddings() const { return embeddings_; }

  /// Its entries are in the data set: removes the file.
  void remove();

 private:
  void lock();
  void replay(const Bytes& head);
  void append(std::uint32_t kind, std::uint64_t content, std::span<const std::uint8_t> payload);
  [[noreturn]] void refuse(const char* what) const;

  std::filesystem::path path_;
  std::uint64_t record_bytes_, identity_;
  int descriptor_ = -1;
  std::uint64_t end_ = 0;
  std::map<std::uint64_t, std::uint64_t> records_;  // content to where the record begins
  std::map<std::uint64_t, std::string> skips_;
  std::map<std::uint64_t, std::vector<real>> embeddings_;
  std::mutex mutex_;
};

}  // namespace fgcn::train
