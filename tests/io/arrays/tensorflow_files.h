// Files as TensorFlow writes them, of given parts: right ones and wrong ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/byte_order.h"
#include "io/crc32c.h"
#include "io/file.h"

namespace fgcn::test {

/// A message of protocol buffers, field by field.
class ProtoWriter {
 public:
  ProtoWriter& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
    return *this;
  }
  ProtoWriter& bytes(int field, const Bytes& value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(value.size());
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
  }
  ProtoWriter& text(int field, std::string_view value) {
    return bytes(field, Bytes(value.begin(), value.end()));
  }
  ProtoWriter& message(int field, const ProtoWriter& value) { return bytes(field, value.out_); }
  ProtoWriter& fixed(int field, std::uint32_t value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 5);
    io::append_le(out_, value);
    return *this;
  }
  ProtoWriter& varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<std::uint8_t>(value | 0x80));
    out_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  const Bytes& end() const { return out_; }

 private:
  Bytes out_;
};

inline ProtoWriter proto_shape(const std::vector<std::int64_t>& shape) {
  ProtoWriter out;
  for (const std::int64_t extent : shape)
    out.message(2, ProtoWriter().number(1, static_cast<std::uint64_t>(extent)));
  return out;
}

/// A graph of one Const node whose TensorProto is given.
inline Bytes graph_of(std::string_view name, const ProtoWriter& tensor) {
  ProtoWriter value;
  value.message(8, tensor);
  ProtoWriter attribute;
  attribute.text(1, "value").message(2, value);
  ProtoWriter node;
  node.text(1, name).text(2, "Const").message(5, attribute);
  return ProtoWriter().message(1, node).end();
}

/// A graph of one Const node each, with its reader as freezing leaves it, all names behind
/// `prefix`.
inline Bytes frozen_graph(const std::map<std::string, io::StoredTensor>& tensors,
                          const std::string& prefix) {
  ProtoWriter graph;
  graph.message(1, ProtoWriter().text(1, prefix + "input").text(2, "Placeholder"));
  for (const auto& [name, tensor] : tensors) {
    ProtoWriter value;
    value.message(8, ProtoWriter()
                         .number(1, 1)  // float
                         .message(2, proto_shape(tensor.shape))
                         .bytes(4, tensor.data));
    graph.message(1, ProtoWriter()
                         .text(1, prefix + name)
                         .text(2, "Const")
                         .message(5, ProtoWriter().text(1, "value").message(2, value)));
    graph.message(
        1,
        ProtoWriter().text(1, prefix + name + "/read").text(2, "Identity").text(3, prefix + name));
  }
  return graph.end();
}

inline std::uint32_t masked_crc(const Bytes& bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

/// Keys and values of one block, no key shared.
using BlockEntries = std::vector<std::pair<std::string_view, Bytes>>;

inline Bytes block_of(const BlockEntries& entries) {
  Bytes block;
  for (const auto& [key, value] : entries) {
    const Bytes head = ProtoWriter().varint(0).varint(key.size()).varint(value.size()).end();
    block.insert(block.end(), head.begin(), head.end());
    block.insert(block.end(), key.begin(), key.end());
    block.insert(block.end(), value.begin(), value.end());
  }
  io::append_le(block, std::uint32_t{0});  // where keys begin anew
  io::append_le(block, std::uint32_t{1});
  return block;
}

/// The table around one block; `packing` is the byte behind it. `entries` gives what the index says
/// of the block, whose place it is told; without, that place under a key.
using IndexEntries = std::function<BlockEntries(const Bytes& place)>;
inline Bytes index_of(const Bytes& block, std::uint8_t packing = 0,
                      const IndexEntries& entries = {}) {
  Bytes out;
  const auto add = [&](const Bytes& one) {
    const std::uint64_t begin = out.size();
    Bytes checked = one;
    checked.push_back(packing);
    out.insert(out.end(), checked.begin(), checked.end());
    io::append_le(out, masked_crc(checked));
    return ProtoWriter().varint(begin).varint(one.size()).end();
  };
  const Bytes data = add(block);
  const Bytes meta = add(block_of({}));
  const Bytes index = add(block_of(entries ? entries(data) : BlockEntries{{"z", data}}));
  Bytes footer = meta;
  footer.insert(footer.end(), index.begin(), index.end());
  footer.resize(40, 0);
  io::append_le(footer, std::uint64_t{0xdb4775248b80fb57});
  out.insert(out.end(), footer.begin(), footer.end());
  return out;
}

}  // namespace fgcn::test
