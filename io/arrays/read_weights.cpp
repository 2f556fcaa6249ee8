#include "io/arrays/read_weights.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "io/archive/zip_directory.h"
#include "io/arrays/npz.h"
#include "io/arrays/pickle_arrays.h"
#include "io/arrays/pth.h"
#include "io/arrays/tensorflow_checkpoint.h"
#include "io/arrays/tensorflow_graph.h"
#include "io/byte_order.h"
#include "io/byte_source.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kHeadBytes = 64;
constexpr std::uint64_t kFooterBytes = 48;
constexpr std::uint64_t kMaxGraphBytes = std::uint64_t{2} << 30;  // protobuf's own limit

bool begins(std::span<const std::uint8_t> bytes, std::string_view sign) {
  return bytes.size() >= sign.size() &&
         std::equal(sign.begin(), sign.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

Safetensors with_container(Safetensors file, const char* container) {
  file.metadata["container"] = container;
  return file;
}

Safetensors tensors_of_npz(const fs::path& path) {
  Safetensors out;
  for (auto& [name, array] : read_npz(path)) {
    if (array.type == NpyType::kUnread) {
      std::string& said = out.metadata["left out"];
      said += (said.empty() ? "" : "\n") + array.texts.front();
    }
    if (array.type == NpyType::kText || array.type == NpyType::kUnread) continue;
    StoredTensor& tensor = out.tensors[valid_utf8(name)];
    tensor.dtype = array.type == NpyType::kF32   ? Dtype::kF32
                   : array.type == NpyType::kF64 ? Dtype::kF64
                   : array.type == NpyType::kI32 ? Dtype::kI32
                   : array.type == NpyType::kI64 ? Dtype::kI64
                                                 : Dtype::kU8;
    tensor.shape = array.shape;
    tensor.data = array.data;
  }
  if (out.tensors.empty()) {
    const std::string said = out.metadata["left out"];
    if (!said.empty()) input_error(said.substr(0, said.find('\n')));
    input_error(path.string(), ": holds no array of numbers; give another file");
  }
  return out;
}

Safetensors read_archive(const ByteSource& source, const fs::path& path) {
  for (const ZipEntry& entry : read_zip_directory(source, path.string()))
    if (entry.name.ends_with(".npy")) return with_container(tensors_of_npz(path), "npz");
  return with_container(read_pth(source, path.string()), "torch");
}

}  // namespace

Safetensors read_weights(const fs::path& path) {
  const std::string where = path.string();
  std::error_code none;
  if (!fs::exists(path, none) && checkpoint_index_of(path))
    return with_container(read_tensorflow_checkpoint(path), "tensorflow checkpoint");
  const ByteSource source(path);
  const Bytes head = source.read(0, std::min(kHeadBytes, source.size()));
  const std::uint64_t footer_bytes = std::min(kFooterBytes, source.size());
  const Bytes footer = source.read(source.size() - footer_bytes, footer_bytes);

  if (begins(head, "PK\x03\x04")) return read_archive(source, path);
  if (looks_like_legacy_pth(head)) return with_container(read_pth(source, where), "torch legacy");
  if (looks_like_checkpoint_index(footer) ||
      (path.filename().string().find(".data-") != std::string::npos && checkpoint_index_of(path)))
    return with_container(read_tensorflow_checkpoint(path), "tensorflow checkpoint");
  if (head.size() > 8 && head[8] == '{' && load_le<std::uint64_t>(head, 0) < source.size())
    return read_safetensors(path);
  if (looks_like_pickle(head))
    input_error(where, ": is a pickle that torch.save did not write; ",
                "give a network's weights (.pth, .pt, .pb, .index or .safetensors)");
  if (begins(head, "\x89HDF\r\n\x1a\n"))
    input_error(where, ": is an HDF5 file, which is not read as weights; ",
                "save the network as .safetensors");
  if (begins(head, "\n") || begins(head, "\b"))  // the first field of a GraphDef, a SavedModel
    return with_container(parse_frozen_graph(read_file(path, kMaxGraphBytes), where),
                          "tensorflow graph");
  input_error(where, ": is none of the files that hold weights; ",
              "give a .pth, .pt, .pb, .index, .npz or .safetensors");
}

}  // namespace fgcn::io
