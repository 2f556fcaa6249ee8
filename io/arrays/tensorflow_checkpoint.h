// TensorFlow's checkpoints of version 2: NAME.index beside NAME.data-00000-of-00001.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/arrays/tensorflow_types.h"

namespace fgcn::io {

/// A tensor of the index: where its bytes lie, and the checksum that they must have.
struct CheckpointEntry {
  TensorflowType type{};
  std::vector<std::int64_t> shape;
  std::int64_t shard = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;  // of the bytes, masked as TensorFlow does
};
struct CheckpointIndex {
  std::int64_t shards = 0;
  std::map<std::string, CheckpointEntry> entries;  // tensors of numbers only
};

/// Every block's checksum, key order and size is checked.
///
/// Errors   InputError naming `where`: damage, packed blocks, big-endian or partitioned tensors.
/// Source   the table format as LevelDB documents it.
CheckpointIndex parse_checkpoint_index(std::span<const std::uint8_t> bytes,
                                       const std::string& where);

/// `path` is the checkpoint's name, its .index or one of its .data files.
///
/// Errors   InputError naming the file: as above; a missing shard, a tensor beyond its shard or
///          with a wrong checksum, more than 4 GiB.
Safetensors read_tensorflow_checkpoint(const std::filesystem::path& path);

/// The path of the .index that belongs to `path`; nothing where there is none.
std::optional<std::filesystem::path> checkpoint_index_of(const std::filesystem::path& path);
bool looks_like_checkpoint_index(std::span<const std::uint8_t> bytes);

}  // namespace fgcn::io
