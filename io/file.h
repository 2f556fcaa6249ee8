// Reading whole files, and writing them so that a reader sees the old file or the new one, never
// half.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fgcn {

using Bytes = std::vector<std::uint8_t>;

/// The whole file. InputError when it is missing, not a regular file, unreadable, or larger than
/// `max_bytes`.
Bytes read_file(const std::filesystem::path& path,
                std::uint64_t max_bytes = std::uint64_t{4} << 30);

/// A file that is written piece by piece and has its name only when it is whole.
///
/// Errors   InputError as for write_file.
class FileWriter {
 public:
  /// Makes a temporary name in the folder of `path`.
  explicit FileWriter(std::filesystem::path path);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  /// Removes what was written unless commit() went well.
  ~FileWriter();

  void write(std::span<const std::uint8_t> data);
  /// Flushes to the disk. Nothing may be written after it.
  void flush();
  /// Flushes and renames into place. Once.
  void commit();

 private:
  friend class FileSet;
  [[noreturn]] void refuse(const char* what) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  bool kept_ = false;
};

enum class Existing { kReplace, kRefuse };  // files of the names that a set takes

/// Files of one folder that appear together: each is written under a temporary name, and commit()
/// renames all of them. The last one added stands for the set: it is placed last, and an older one
/// of its name goes first, so that a process killed in between leaves no set that looks whole.
///
/// Errors   InputError as for write_file. None of the set stays then, and older files are as they
///          were.
class FileSet {
 public:
  explicit FileSet(std::filesystem::path folder);
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;
  /// Removes what was written unless commit() went well.
  ~FileSet();

  /// `name` is within the folder, and of no earlier file of the set.
  void add(const std::string& name, std::span<const std::uint8_t> data);
  void add(const std::string& name, std::string_view data);
  /// Flushes to the disk what was added so far.
  void flush();
  /// Flushes and renames into place. Once.
  void commit(Existing existing);

 private:
  struct Member;
  void undo() noexcept;
  void set_aside();
  void place();

  std::filesystem::path folder_;
  std::vector<std::unique_ptr<Member>> members_;
};

/// Writes to a temporary name in the same folder, flushes to the disk, then renames. On any failure
/// (InputError: no such folder, no permission, disk full) the temporary file is removed and an
/// older file under `path` stays as it was.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> data);
void write_file(const std::filesystem::path& path, std::string_view data);

}  // namespace fgcn
