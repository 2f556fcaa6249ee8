#include "io/arrays/tensorflow_checkpoint.h"

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include "io/arrays/protobuf.h"
#include "io/arrays/safetensors_types.h"
#include "io/byte_order.h"
#include "io/crc32c.h"
#include "io/open_file.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFooterBytes = 48;
constexpr std::uint64_t kMagic = 0xdb4775248b80fb57;
constexpr std::size_t kTrailerBytes = 5;  // a block's packing and checksum
constexpr std::uint64_t kMaxIndexBytes = std::uint64_t{64} << 20;
constexpr std::int64_t kMaxShards = 10000;
constexpr std::size_t kMaxKeyBytes = 1000;
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

/// TensorFlow stores checksums so, lest a checksum of bytes that hold checksums misleads.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

class IndexReader {
 public:
  IndexReader(std::span<const std::uint8_t> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  CheckpointIndex read() {
    if (!looks_like_checkpoint_index(bytes_))
      input_error(where_, ": is no index of a TensorFlow checkpoint, or is cut off; ",
                  "fetch the file again");
    auto footer = bytes_.last(kFooterBytes);
    handle(footer);  // the metaindex, which is empty
    const auto [offset, size] = handle(footer);
    each_entry(block(offset, size), [&](const std::string&, std::span<const std::uint8_t> value) {
      const auto [begin, length] = handle(value);
      if (begin < free_from_) damaged("its blocks overlap");
      free_from_ = begin + length;
      each_entry(block(begin, length),
                 [&](const std::string& key, std::span<const std::uint8_t> entry_bytes) {
                   entry(key, entry_bytes);
                 });
    });
    if (out_.shards < 1 || out_.shards > kMaxShards) damaged("it does not say how many data files");
    return std::move(out_);
  }

 private:
  [[noreturn]] void damaged(const char* what) const {
    input_error(where_, ": ", what, "; the checkpoint is damaged, fetch it again");
  }

  std::pair<std::uint64_t, std::uint64_t> handle(std::span<const std::uint8_t>& rest) const {
    std::pair<std::uint64_t, std::uint64_t> out;
    if (!take_varint(rest, out.first) || !take_varint(rest, out.second))
      damaged("a block's place is cut off");
    return out;
  }

  std::span<const std::uint8_t> block(std::uint64_t offset, std::uint64_t size) const {
    const std::uint64_t room = bytes_.size() - kFooterBytes;
    if (offset > room || size > room - offset || kTrailerBytes > room - offset - size)
      damaged("a block lies outside the file");
    const auto data = bytes_.subspan(static_cast<std::size_t>(offset),
                                     static_cast<std::size_t>(size) + kTrailerBytes);
    const auto checked = data.first(data.size() - sizeof(std::uint32_t));
    if (masked(crc32c(checked)) != load_le<std::uint32_t>(data, checked.size()))
      damaged("a block's checksum is wrong");
    if (checked.back() != 0)
      input_error(where_, ": its blocks are packed; save the checkpoint again without packing");
    return checked.first(checked.size() - 1);
  }

  /// Keys share their beginning with the key before; the block ends with the places of those that
  /// do not, which only a search needs.
  template <class Take>
  void each_entry(std::span<const std::uint8_t> data, const Take& take) {
    constexpr std::size_t kWord = sizeof(std::uint32_t);
    if (data.size() < kWord) damaged("a block is cut off");
    const std::uint64_t restarts = load_le<std::uint32_t>(data, data.size() - kWord);
    if (restarts > data.size() / kWord - 1) damaged("a block is cut off");
    auto rest = data.first(data.size() - kWord * (static_cast<std::size_t>(restarts) + 1));
    std::string key;
    bool is_first = true;
    while (!rest.empty()) {
      std::uint64_t shared = 0;
      std::uint64_t unshared = 0;
      std::uint64_t length = 0;
      if (!take_varint(rest, shared) || !take_varint(rest, unshared) ||
          !take_varint(rest, length) || shared > key.size() || unshared > rest.size() ||
          length > rest.size() - unshared || shared + unshared > kMaxKeyBytes)
        damaged("an entry is cut off");
      std::string next = key.substr(0, static_cast<std::size_t>(shared));
      const auto added = rest.first(static_cast<std::size_t>(unshared));
      next.append(added.begin(), added.end());
      if (!is_first && next <= key) damaged("its keys are out of order");
      key = std::move(next);
      is_first = false;
      take(key, rest.subspan(added.size(), static_cast<std::size_t>(length)));
      rest = rest.subspan(added.size() + static_cast<std::size_t>(length));
    }
  }

  void entry(const std::string& key, std::span<const std::uint8_t> value) {
    if (key.empty()) return header(ProtoReader(value, where_));
    CheckpointEntry out;
    std::uint64_t type = 0;
    bool is_partitioned = false;
    for (ProtoReader message(value, where_); message.next();) {
      switch (message.field()) {
        case 1:
          type = message.number();
          break;
        case 2:
          out.shape = tensorflow_shape(message.message(), where_);
          break;
        case 3:
          out.shard = static_cast<std::int64_t>(message.number());
          break;
        case 4:
          out.offset = message.number();
          break;
        case 5:
          out.size = message.number();
          break;
        case 6:
          out.crc = static_cast<std::uint32_t>(message.number());
          break;
        case 7:
          is_partitioned = true;
          break;
        default:
          break;
      }
    }
    out.type = static_cast<TensorflowType>(type);
    const std::optional<std::int64_t> width = bytes_of(out.type);
    if (!width) return;  // a text, such as the graph of TensorFlow 2's objects
    const std::string name = valid_utf8(key);
    if (is_partitioned)
      input_error(where_, ": the tensor \"", name, "\" is partitioned; save it in one part");
    const std::int64_t count = elements_of(out.shape);
    std::int64_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow(count, *width, &bytes) ||
        static_cast<std::uint64_t>(bytes) != out.size)
      input_error(where_, ": the tensor \"", name, "\" has ", out.size, " bytes, ", bytes,
                  " are expected; the checkpoint is damaged, fetch it again");
    out_.entries[name] = std::move(out);
  }

  void header(ProtoReader message) {
    while (message.next()) {
      if (message.field() == 1) out_.shards = static_cast<std::int64_t>(message.number());
      if (message.field() == 2 && message.number() != 0)
        input_error(where_, ": was written on a big-endian machine; save it on another");
    }
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& where_;
  std::uint64_t free_from_ = 0;
  CheckpointIndex out_;
};

fs::path shard_path(const fs::path& index, std::int64_t shard, std::int64_t shards) {
  std::array<char, 64> end{};
  std::snprintf(end.data(), end.size(), ".data-%05lld-of-%05lld", static_cast<long long>(shard),
                static_cast<long long>(shards));
  fs::path out = index;
  return out.replace_extension() += end.data();
}

}  // namespace

bool looks_like_checkpoint_index(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kFooterBytes &&
         load_le<std::uint64_t>(bytes, bytes.size() - sizeof(std::uint64_t)) == kMagic;
}

CheckpointIndex parse_checkpoint_index(std::span<const std::uint8_t> bytes,
                                       const std::string& where) {
  return IndexReader(bytes, where).read();
}

std::optional<fs::path> checkpoint_index_of(const fs::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(".index")) return path;
  if (const std::size_t data = name.rfind(".data-"); data != std::string::npos) name.resize(data);
  const fs::path index = path.parent_path() / (name + ".index");
  std::error_code none;
  if (fs::is_regular_file(index, none)) return index;
  return std::nullopt;
}

Safetensors read_tensorflow_checkpoint(const fs::path& path) {
  const std::optional<fs::path> index = checkpoint_index_of(path);
  if (!index)
    input_error(path.string(), ": has no .index beside it; give all files of the checkpoint");
  const CheckpointIndex table =
      parse_checkpoint_index(read_file(*index, kMaxIndexBytes), index->string());
  struct Shard {
    std::unique_ptr<OpenFile> file;
    std::uint64_t left = 0;  // bytes that no tensor has taken
  };
  std::map<std::int64_t, Shard> shards;
  Safetensors out;
  std::uint64_t total = 0;
  for (const auto& [name, entry] : table.entries) {
    if (entry.shard < 0 || entry.shard >= table.shards)
      input_error(index->string(), ": the tensor \"", name, "\" lies in no data file; ",
                  "the checkpoint is damaged, fetch it again");
    const fs::path file = shard_path(*index, entry.shard, table.shards);
    Shard& shard = shards[entry.shard];
    if (!shard.file) {
      shard.file = std::make_unique<OpenFile>(file);
      shard.left = shard.file->size();
    }
    if (entry.offset > shard.file->size() || entry.size > shard.file->size() - entry.offset)
      input_error(file.string(), ": ends before the tensor \"", name, "\"; fetch the file again");
    if (entry.size > shard.left)
      input_error(index->string(), ": its tensors overlap; the checkpoint is damaged");
    shard.left -= entry.size;
    if (entry.size > kMaxBytes - total)
      input_error(index->string(), ": holds more than 4 GiB of tensors; give a smaller one");
    total += entry.size;
    const Bytes data = shard.file->read(entry.offset, entry.size);
    if (masked(crc32c(data)) != entry.crc)
      input_error(file.string(), ": the checksum of tensor \"", name,
                  "\" is wrong; fetch the file again");
    out.tensors[name] = tensorflow_tensor(entry.type, entry.shape, data);
  }
  if (out.tensors.empty()) input_error(index->string(), ": holds no tensors; give another file");
  return out;
}

}  // namespace fgcn::io
