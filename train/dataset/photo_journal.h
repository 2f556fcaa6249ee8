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

/// Use of what earlier runs left under the data set's name.
enum class Earlier { kTakeOver, kMakeAnew };

/// Entries that are appended, each with a checksum: a record and its notes, why a photo gives none,
/// or whose face it is. Whatever ends the program, entries before are whole. When the journal is
/// opened again, a damaged entry is passed over, and a torn end is cut off: their photos are made
/// again. Found by the hash of the photo's file.
///
/// Errors   InputError naming the file: of another kind of data set, or its header is damaged,
/// which
///          Earlier::kMakeAnew mends; no journal at all, which nothing overwrites; in use by
///          another program; it cannot be written.
class PhotoJournal {
 public:
  PhotoJournal(std::filesystem::path path, const PhotoDataHeader& header,
               Earlier earlier = Earlier::kTakeOver);
  PhotoJournal(const PhotoJournal&) = delete;
  PhotoJournal& operator=(const PhotoJournal&) = delete;
  ~PhotoJournal();

  /// Appending is safe from several threads. What could not be written whole is cut off again.
  void add_record(std::uint64_t content, std::span<const std::uint8_t> record,
                  const std::vector<std::string>& notes = {});
  void add_skip(std::uint64_t content, const std::string& reason);
  void add_embedding(std::uint64_t content, const std::vector<real>& numbers);

  bool has_record(std::uint64_t content) const { return records_.count(content) != 0; }
  Bytes record(std::uint64_t content) const;
  const std::map<std::uint64_t, std::string>& skips() const { return skips_; }
  /// Of a record; none for other contents.
  std::vector<std::string> notes(std::uint64_t content) const;
  /// Embeddings of the identity network that the header's rule names.
  const std::map<std::uint64_t, std::vector<real>>& embeddings() const { return embeddings_; }

  /// Its entries are in the data set: removes the file.
  void remove();

 private:
  void lock();
  void begin(const PhotoDataHeader& kind, Earlier earlier);
  void replay(std::uint64_t begin);
  void take(std::uint32_t kind, std::uint64_t content, std::span<const std::uint8_t> payload,
            std::uint64_t at);
  void append(std::uint32_t kind, std::uint64_t content, std::span<const std::uint8_t> payload);
  [[noreturn]] void refuse(const char* what) const;

  std::filesystem::path path_;
  std::uint64_t record_bytes_, identity_;
  int descriptor_ = -1;
  std::uint64_t end_ = 0;
  std::map<std::uint64_t, std::uint64_t> records_;  // content to where the record begins
  std::map<std::uint64_t, std::string> skips_;
  std::map<std::uint64_t, std::string> notes_;  // a line each
  std::map<std::uint64_t, std::vector<real>> embeddings_;
  std::mutex mutex_;
};

}  // namespace fgcn::train
