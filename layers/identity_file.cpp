// Which kind of identity network a file holds, told by its content.
#include <algorithm>
#include <cstring>
#include <utility>

#include "io/arrays/pth.h"
#include "io/arrays/read_weights.h"
#include "io/byte_order.h"
#include "kernels/core/error.h"
#include "layers/facenet.h"
#include "layers/identity_weights.h"

namespace fgcn {
namespace {

/// Safetensors: a header's length in eight bytes, then the header, which is JSON. Or a file of
/// torch.save, an archive or five pickles one behind the other.
bool holds_named_arrays(const Bytes& file) {
  if (io::looks_like_legacy_pth(file)) return true;
  if (file.size() < 9) return false;
  return std::memcmp(file.data(), "PK\x03\x04", 4) == 0 ||
         (file[8] == '{' && io::load_le<std::uint64_t>(file, 0) <= file.size() - 8);
}

}  // namespace

IdentityWeights facenet_identity(io::Safetensors file, const std::string& where) {
  const FaceNet network(Context(), file, where);
  IdentityWeights out;
  out.sizes.side = FaceNet::kSide;
  out.sizes.embedding = network.embedding_size();
  out.facenet = std::move(file);
  out.where = where;
  return out;
}

IdentityWeights read_identity_weights(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
  const Bytes file = read_file(path, kMostBytes);
  if (holds_named_arrays(file)) return facenet_identity(io::read_weights(path), path.string());
  const auto first = std::find_if(file.begin(), file.end(), [](std::uint8_t c) {
    return c != ' ' && c != '\n' && c != '\r' && c != '\t';
  });
  if (first == file.end() || (*first != '[' && *first != '{'))
    return parse_dlib_identity(file, path.string());
  Bytes blob;
  for (const std::string& name : face_api_blobs(file, path.string())) {
    const Bytes bytes = read_file(path.parent_path() / name, kMostBytes - blob.size());
    blob.insert(blob.end(), bytes.begin(), bytes.end());
  }
  return parse_face_api(file, blob, path.string());
}

}  // namespace fgcn
