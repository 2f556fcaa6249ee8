#include "io/arrays/tensorflow_types.h"

#include <utility>

#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

Dtype kept(TensorflowType type) {
  switch (type) {
    case TensorflowType::kDouble:
      return Dtype::kF64;
    case TensorflowType::kHalf:
      return Dtype::kF16;
    case TensorflowType::kInt64:
      return Dtype::kI64;
    case TensorflowType::kUint8:
    case TensorflowType::kBool:
      return Dtype::kU8;
    case TensorflowType::kInt8:
    case TensorflowType::kInt16:
    case TensorflowType::kInt32:
      return Dtype::kI32;
    default:
      return Dtype::kF32;
  }
}

}  // namespace

std::optional<std::int64_t> bytes_of(TensorflowType type) {
  switch (type) {
    case TensorflowType::kDouble:
    case TensorflowType::kInt64:
      return 8;
    case TensorflowType::kFloat:
    case TensorflowType::kInt32:
      return 4;
    case TensorflowType::kInt16:
    case TensorflowType::kHalf:
    case TensorflowType::kBfloat16:
      return 2;
    case TensorflowType::kUint8:
    case TensorflowType::kInt8:
    case TensorflowType::kBool:
      return 1;
  }
  return std::nullopt;
}

StoredTensor tensorflow_tensor(TensorflowType type, std::vector<std::int64_t> shape,
                               std::span<const std::uint8_t> raw) {
  StoredTensor out{kept(type), std::move(shape), {}};
  if (type == TensorflowType::kBfloat16) {  // the upper half of a float
    for (std::size_t at = 0; at < raw.size(); at += 2)
      append_le(out.data, static_cast<std::uint32_t>(load_le<std::uint16_t>(raw, at)) << 16);
  } else if (type == TensorflowType::kInt16) {
    for (std::size_t at = 0; at < raw.size(); at += 2)
      append_le(out.data, std::int32_t{load_le<std::int16_t>(raw, at)});
  } else if (type == TensorflowType::kInt8) {
    for (const std::uint8_t byte : raw)
      append_le(out.data, std::int32_t{static_cast<std::int8_t>(byte)});
  } else {
    out.data.assign(raw.begin(), raw.end());
  }
  return out;
}

std::vector<std::int64_t> tensorflow_shape(ProtoReader message, const std::string& where) {
  constexpr std::size_t kMaxDimensions = 32;
  std::vector<std::int64_t> out;
  while (message.next()) {
    if (message.field() != 2 || !message.has_bytes()) continue;
    std::int64_t size = 0;
    for (ProtoReader dimension = message.message(); dimension.next();)
      if (dimension.field() == 1) size = static_cast<std::int64_t>(dimension.number());
    if (size < 0 || out.size() == kMaxDimensions)
      input_error(where, ": holds a tensor whose shape is not known; freeze the graph again");
    out.push_back(size);
  }
  return out;
}

}  // namespace fgcn::io
