// The checkpoints of a run: what is kept, and what a resumed run goes on from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/arrays/safetensors.h"

namespace fgcn::train {

/// A checkpoint that was read whole.
struct Checkpoint {
  std::int64_t step = 0;
  std::filesystem::path path;
  io::Safetensors file;
};

/// FOLDER/checkpoint-000500.safetensors and its like, the newest `keep` of them.
///
/// Each is written under another name, brought to the disk and renamed, and only then the oldest
/// goes; so that at any moment, whatever ends the program, all that are there are whole. A checksum
/// over all that it holds stands in each, so that a file that a disk or a person has damaged is
/// known.
///
/// One run at a time: the folder is locked while this object is there. The lock is the process's
/// and goes with it, however it ends.
///
/// Errors   InputError when the folder cannot be made or written, or another run has it. After a
///          failed write the older checkpoints are as they were.
class Checkpoints {
 public:
  /// Makes the folder, locks it, and removes what writes that were cut short left behind.
  Checkpoints(std::filesystem::path folder, std::int64_t keep);
  Checkpoints(Checkpoints&&) noexcept;
  Checkpoints& operator=(Checkpoints&&) noexcept;
  ~Checkpoints();

  /// Files of later steps go too: a run that writes an earlier one passed over them.
  void write(std::int64_t step, const io::Safetensors& file);

  /// The newest that is intact; `say` gets a sentence about every newer one that is not. Nothing
  /// when there is none.
  std::optional<Checkpoint> newest(const std::function<void(const std::string&)>& say) const;
  /// Whether there are files by the name of one, intact or not.
  bool any() const;
  /// The newest by name, whole or not; empty when there is none.
  std::filesystem::path latest() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::train
