// Which kind of identity network a file holds, told by its content.
#include <algorithm>
#include <cstring>
#include <utility>

#include "io/arrays/pth.h"
#include "io/arrays/read_weights.h"
#include "io/byte_order.h"
#include "io/byte_source.h"
#include "kernels/core/error.h"
#include "layers/facenet.h"
#include "layers/identity_weights.h"

namespace fgcn {
namespace {

constexpr std::uint64_t kHeadBytes = 64;

/// Safetensors: a header's length in eight bytes, then the header, which is JSON. Or a file of
/// torch.save, an archive or five pickles one behind the other. Or a frozen graph: it begins as a
/// line's end, and other than in a manifest a byte follows that no text has.
bool holds_named_arrays(const Bytes& head, std::uint64_t size) {
  if (io::looks_like_legacy_pth(head)) return true;
  if (head.size() < 9) return false;
  const auto no_text = [](std::uint8_t c) {
    return c >= 0x80 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r');
  };
  if (head[0] == '\n' && std::any_of(head.begin(), head.end(), no_text)) return true;
  return std::memcmp(head.data(), "PK\x03\x04", 4) == 0 ||
         (head[8] == '{' && io::load_le<std::uint64_t>(head, 0) <= size - 8);
}

}  // namespace

IdentityWeights facenet_identity(io::Safetensors file, const std::string& where,
                                 std::int64_t narrow) {
  IdentityWeights out;
  out.sizes.side = FaceNet::kSide;
  out.facenet = std::move(file);
  out.where = where;
  out.narrow = narrow;
  return out;
}

IdentityWeights read_identity_weights(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
  {
    const ByteSource source(path);
    const Bytes head = source.read(0, std::min(kHeadBytes, source.size()));
    if (holds_named_arrays(head, source.size()))
      return facenet_identity(io::read_weights(path), path.string());
  }
  const Bytes file = read_file(path, kMostBytes);
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
