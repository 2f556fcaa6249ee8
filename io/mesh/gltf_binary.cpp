#include "io/mesh/gltf_binary.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::mesh::gltf {
namespace {

std::size_t padded(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

void append_chunk(Bytes& out, std::uint32_t mark, std::span<const std::uint8_t> data,
                  std::uint8_t padding) {
  io::append_le(out, static_cast<std::uint32_t>(padded(data.size())));
  io::append_le(out, mark);
  out.insert(out.end(), data.begin(), data.end());
  out.resize(out.size() + padded(data.size()) - data.size(), padding);
}

}  // namespace

std::size_t BinaryChunk::begin_view() {
  bytes_.resize(padded(bytes_.size()), 0);
  return bytes_.size();
}

std::size_t BinaryChunk::end_view(std::size_t begin, int target) {
  Json view = {{"buffer", 0}, {"byteOffset", begin}, {"byteLength", bytes_.size() - begin}};
  if (target != 0) view["target"] = target;
  views_.push_back(std::move(view));
  return views_.size() - 1;
}

std::size_t BinaryChunk::add_accessor(std::size_t view, int component, std::size_t count,
                                      const char* type) {
  accessors_.push_back(
      {{"bufferView", view}, {"componentType", component}, {"count", count}, {"type", type}});
  return accessors_.size() - 1;
}

std::size_t BinaryChunk::add_sparse(const SparseRows& rows, std::size_t count) {
  FGCN_CHECK(count > 0, "glb: a sparse accessor of no vector");
  // The format wants one row at least.
  SparseRows stored = rows;
  if (stored.row.empty()) stored = {{0}, {{0, 0, 0}}};
  std::array<float, 3> low{}, high{};
  if (stored.row.size() == count) low = high = stored.value[0];
  const bool narrow = count <= 0xffff;
  sparse_rows_.resize(padded(sparse_rows_.size()), 0);
  const std::size_t first_row = sparse_rows_.size(), first_value = sparse_values_.size();
  for (std::size_t i = 0; i < stored.row.size(); ++i) {
    if (narrow) {
      io::append_le(sparse_rows_, static_cast<std::uint16_t>(stored.row[i]));
    } else {
      io::append_le(sparse_rows_, static_cast<std::uint32_t>(stored.row[i]));
    }
    for (std::size_t k = 0; k < 3; ++k) {
      const float x = stored.value[i][k];
      io::append_le(sparse_values_, x);
      low[k] = std::min(low[k], x);
      high[k] = std::max(high[k], x);
    }
  }
  accessors_.push_back({{"componentType", kFloat},
                        {"count", count},
                        {"type", "VEC3"},
                        {"min", low},
                        {"max", high},
                        {"sparse",
                         {{"count", stored.row.size()},
                          {"indices",
                           {{"bufferView", 0},
                            {"byteOffset", first_row},
                            {"componentType", narrow ? kUnsignedShort : kUnsignedInt}}},
                          {"values", {{"bufferView", 0}, {"byteOffset", first_value}}}}}});
  return accessors_.size() - 1;
}

void BinaryChunk::end_sparse() {
  if (sparse_rows_.empty()) return;
  std::size_t begin = begin_view();
  bytes_.insert(bytes_.end(), sparse_rows_.begin(), sparse_rows_.end());
  const std::size_t rows = end_view(begin, 0);
  begin = begin_view();
  bytes_.insert(bytes_.end(), sparse_values_.begin(), sparse_values_.end());
  const std::size_t values = end_view(begin, 0);
  for (Json& accessor : accessors_) {
    if (!accessor.contains("sparse")) continue;
    accessor["sparse"]["indices"]["bufferView"] = rows;
    accessor["sparse"]["values"]["bufferView"] = values;
  }
}

Bytes pack_glb(const std::string& header, const Bytes& binary) {
  const std::size_t bytes = 28 + padded(header.size()) + padded(binary.size());
  FGCN_CHECK(bytes <= std::numeric_limits<std::uint32_t>::max(), "glb: over 4 GB");
  Bytes out;
  for (const std::uint32_t word : {kMagic, kVersion, static_cast<std::uint32_t>(bytes)})
    for (int shift = 0; shift < 32; shift += 8)
      out.push_back(static_cast<std::uint8_t>(word >> shift));
  append_chunk(out, kJsonChunk,
               std::span(reinterpret_cast<const std::uint8_t*>(header.data()), header.size()), ' ');
  append_chunk(out, kBinaryChunk, binary, 0);
  return out;
}

}  // namespace fgcn::mesh::gltf
