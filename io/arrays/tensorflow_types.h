// The element types of TensorFlow's files and how they are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/arrays/protobuf.h"
#include "io/arrays/safetensors.h"

namespace fgcn::io {

/// Numbers of TensorFlow's DataType.
enum class TensorflowType : std::uint64_t {
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kInt64 = 9,
  kBool = 10,
  kBfloat16 = 14,
  kHalf = 19
};

/// Bytes of an element in the file; nothing for a type without numbers (texts, references).
std::optional<std::int64_t> bytes_of(TensorflowType type);

/// The tensor of whole elements as the file lays them. bfloat16 becomes F32, integers of 8 and 16
/// bits I32, bool U8; the others keep their type. `bytes_of(type)` is known.
StoredTensor tensorflow_tensor(TensorflowType type, std::vector<std::int64_t> shape,
                               std::span<const std::uint8_t> raw);

/// A TensorShapeProto. InputError naming `where` for a size that is negative or unknown.
std::vector<std::int64_t> tensorflow_shape(ProtoReader message, const std::string& where);

}  // namespace fgcn::io
