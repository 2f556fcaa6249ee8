#include "io/arrays/tensorflow_graph.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "io/arrays/protobuf.h"
#include "io/arrays/safetensors_types.h"
#include "io/arrays/tensorflow_types.h"
#include "io/byte_order.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

// A value may stand for a whole tensor, but not without end: a small file must not fill the memory.
constexpr std::uint64_t kMostRepeats = 4;
constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{64} << 20;

// Fields of TensorProto.
enum TensorField {
  kDtype = 1,
  kShape = 2,
  kContent = 4,
  kFloats = 5,
  kDoubles = 6,
  kInts = 7,
  kLongs = 10,
  kBools = 11,
  kHalves = 13
};

/// The field that holds the values of a type, and their form there.
struct ValueField {
  int field;
  std::size_t fixed_bytes;  // 0: a varint
};
ValueField values_of(TensorflowType type) {
  switch (type) {
    case TensorflowType::kFloat:
      return {kFloats, 4};
    case TensorflowType::kDouble:
      return {kDoubles, 8};
    case TensorflowType::kInt64:
      return {kLongs, 0};
    case TensorflowType::kBool:
      return {kBools, 0};
    case TensorflowType::kHalf:
    case TensorflowType::kBfloat16:
      return {kHalves, 0};
    default:
      return {kInts, 0};
  }
}

class GraphReader {
 public:
  GraphReader(std::span<const std::uint8_t> bytes, const std::string& where)
      : bytes_(bytes), where_(where), left_(bytes.size() * kMostRepeats + kAlwaysAllowed) {}

  Safetensors read() {
    for (ProtoReader graph(bytes_, where_); graph.next();) {
      if (graph.field() == 1 && !graph.has_bytes())
        input_error(where_, ": is a SavedModel, not a frozen graph; freeze it first");
      if (graph.field() == 1) node(graph.message());
    }
    if (out_.tensors.empty())
      input_error(where_, ": holds no constant; freeze the graph, so that its weights lie in it");
    return std::move(out_);
  }

 private:
  void node(ProtoReader message) {
    std::string name;
    bool is_constant = false;
    std::optional<ProtoReader> tensor;
    while (message.next()) {
      if (!message.has_bytes()) continue;
      if (message.field() == 1) name = valid_utf8(message.text());
      if (message.field() == 2) is_constant = message.text() == "Const";
      if (message.field() != 5) continue;
      std::string_view key;
      std::optional<ProtoReader> value;
      for (ProtoReader entry = message.message(); entry.next();) {
        if (entry.field() == 1) key = entry.text();
        if (entry.field() == 2 && entry.has_bytes()) value = entry.message();
      }
      if (key == "value" && value) tensor.emplace(*value);
    }
    if (!is_constant || !tensor) return;
    while (tensor->next())
      if (tensor->field() == 8 && tensor->has_bytes()) constant(name, tensor->message());
  }

  void constant(const std::string& name, ProtoReader message) {
    const ProtoReader again = message;
    std::optional<TensorflowType> type;
    std::vector<std::int64_t> shape;
    std::span<const std::uint8_t> content;
    while (message.next()) {
      if (message.field() == kDtype) type = static_cast<TensorflowType>(message.number());
      if (message.field() == kShape) shape = tensorflow_shape(message.message(), where_);
      if (message.field() == kContent) content = message.bytes();
    }
    if (!type) return;
    const std::optional<std::int64_t> width = bytes_of(*type);
    if (!width) return;  // a text or a reference, no weight
    const std::int64_t count = elements_of(shape);
    std::int64_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow(count, *width, &bytes) ||
        static_cast<std::uint64_t>(bytes) > left_)
      input_error(where_, ": the tensor \"", name, "\" is larger than the file can mean; ",
                  "fetch the file again");
    left_ -= static_cast<std::uint64_t>(bytes);
    if (!content.empty()) {
      if (content.size() != static_cast<std::uint64_t>(bytes))
        input_error(where_, ": the tensor \"", name, "\" has ", content.size(), " bytes, ", bytes,
                    " are expected; fetch the file again");
      out_.tensors[name] = tensorflow_tensor(*type, std::move(shape), content);
      return;
    }
    Bytes values = listed(name, again, *type, static_cast<std::size_t>(bytes));
    const std::size_t given = values.size();
    values.resize(static_cast<std::size_t>(bytes), 0);  // zeros where no value is given
    if (given != 0)
      for (std::size_t at = given; at < values.size(); ++at)
        values[at] = values[at - static_cast<std::size_t>(*width)];
    out_.tensors[name] = tensorflow_tensor(*type, std::move(shape), values);
  }

  /// The values that the message lists, one by one or packed, as bytes of the type.
  Bytes listed(const std::string& name, ProtoReader message, TensorflowType type,
               std::size_t most) const {
    const ValueField wanted = values_of(type);
    const auto width = static_cast<std::size_t>(*bytes_of(type));
    Bytes out;
    const auto append = [&](std::uint64_t value) {
      if (out.size() == most)
        input_error(where_, ": the tensor \"", name, "\" has more values than its shape; ",
                    "fetch the file again");
      for (std::size_t k = 0; k < width; ++k)
        out.push_back(static_cast<std::uint8_t>(value >> (8 * k)));
    };
    while (message.next()) {
      if (message.field() != wanted.field) continue;
      if (!message.has_bytes()) {
        append(message.number());
        continue;
      }
      for (auto packed = message.bytes(); !packed.empty();) {
        std::uint64_t value = 0;
        if (wanted.fixed_bytes == 0 ? !take_varint(packed, value)
                                    : packed.size() < wanted.fixed_bytes)
          input_error(where_, ": the values of tensor \"", name, "\" are cut off; ",
                      "fetch the file again");
        for (std::size_t k = 0; k < wanted.fixed_bytes; ++k)
          value |= std::uint64_t{packed[k]} << (8 * k);
        packed = packed.subspan(wanted.fixed_bytes);
        append(value);
      }
    }
    return out;
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& where_;
  std::uint64_t left_;  // bytes that all tensors may still take
  Safetensors out_;
};

}  // namespace

Safetensors parse_frozen_graph(std::span<const std::uint8_t> bytes, const std::string& where) {
  return GraphReader(bytes, where).read();
}

}  // namespace fgcn::io
