// The storages of a torch file: numbers without a shape, which tensors view.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/arrays/pickle.h"
#include "io/arrays/safetensors.h"
#include "io/byte_source.h"

namespace fgcn::io {

/// How a storage's elements lie in the file, and how they are kept.
struct TorchType {
  std::string_view global;  // "torch FloatStorage"
  std::int64_t bytes;
  Dtype kept;
  std::int64_t kept_bytes;
};
/// Nothing for a global that is no storage's type.
const TorchType* torch_type(std::string_view global);

/// A storage as a tensor names it: the whole, or a part of it.
struct TorchStorage {
  const TorchType* type = nullptr;
  std::string key;
  std::int64_t count = 0;  // of the whole
  std::int64_t first = 0;  // of the part
  std::int64_t part = 0;
};
/// InputError naming `where` unless the persistent value is one.
TorchStorage storage_of(const Pickle& pickle, const PickleValue& persistent,
                        const std::string& where);

struct StoragePlace {
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint32_t> crc;
};
using StoragePlaces = std::map<std::string, StoragePlace>;

/// Reads storages and cuts tensors out of them.
class StorageReader {
 public:
  StorageReader(const ByteSource& file, const StoragePlaces& places, const std::string& where);

  /// InputError when it is missing or of another size than it says.
  void check(const TorchStorage& storage) const;
  /// The elements at `offset` + index . stride, dense. `name` is for messages.
  StoredTensor tensor(const TorchStorage& storage, std::int64_t offset,
                      std::vector<std::int64_t> shape, const std::vector<std::int64_t>& stride,
                      const std::string& name);

 private:
  void check_reach(const TorchStorage& storage, std::int64_t offset,
                   const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& stride,
                   const std::string& name) const;
  Bytes read(const TorchStorage& storage) const;
  void spend(std::int64_t bytes);

  const ByteSource& file_;
  const StoragePlaces& places_;
  const std::string& where_;
  std::uint64_t left_;                     // bytes that all tensors may still take
  std::map<std::string, Bytes> in_parts_;  // storages that tensors view in part
};

}  // namespace fgcn::io
