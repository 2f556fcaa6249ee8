// The binary chunk of a .glb as it grows, and the lists of the JSON that describe it.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/byte_order.h"
#include "io/file.h"
#include "io/mesh/gltf_constants.h"
#include "io/mesh/rigged_mesh.h"

namespace fgcn::mesh::gltf {

class BinaryChunk {
 public:
  using Json = nlohmann::ordered_json;

  /// Starts a view at a multiple of four, as every accessor's type wants it.
  std::size_t begin_view();
  /// `target` as the format numbers it; 0: none.
  std::size_t end_view(std::size_t begin, int target);
  std::size_t add_accessor(std::size_t view, int component, std::size_t count, const char* type);

  template <std::size_t N>
  std::size_t add_floats(const std::vector<std::array<float, N>>& values, const char* type,
                         int target = kArrayBuffer) {
    const std::size_t begin = begin_view();
    for (const auto& v : values)
      for (const float x : v) io::append_le(bytes_, x);
    return add_accessor(end_view(begin, target), kFloat, values.size(), type);
  }

  /// An accessor of `count` vectors that are zero but for some. Its bytes join those of all sparse
  /// accessors, which share two views.
  std::size_t add_sparse(const SparseRows& rows, std::size_t count);
  /// Places the bytes of the sparse accessors. Once, at the end.
  void end_sparse();

  Bytes& bytes() { return bytes_; }
  Json& views() { return views_; }
  Json& accessors() { return accessors_; }

 private:
  Bytes bytes_;
  Json views_ = Json::array();
  Json accessors_ = Json::array();
  Bytes sparse_rows_;    // 32-bit or 16-bit each, as the accessor says
  Bytes sparse_values_;  // of all sparse accessors
};

/// A whole .glb of its two chunks. Errors: fgcn::Error beyond 4 GB.
Bytes pack_glb(const std::string& header, const Bytes& binary);

}  // namespace fgcn::mesh::gltf
