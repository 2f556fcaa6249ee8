// Files as torch.save writes them, of given parts: right ones and wrong ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/archive/zip.h"
#include "io/arrays/safetensors.h"
#include "io/byte_order.h"
#include "io/file.h"

namespace fgcn::test {

/// A tensor's view of a storage.
struct TorchView {
  std::string type = "FloatStorage";
  std::string key = "0";
  std::int64_t count = 0;  // elements of the storage
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> stride;
};
using TorchViews = std::vector<std::pair<std::string, TorchView>>;

/// Opcodes of pickle's protocol 2.
class PickleWriter {
 public:
  PickleWriter& raw(std::string_view bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  PickleWriter& word(std::string_view text) {
    out_.push_back('X');
    io::append_le(out_, static_cast<std::uint32_t>(text.size()));
    return raw(text);
  }
  PickleWriter& number(std::int64_t value) {  // LONG1 of eight bytes
    raw("\x8a\x08");
    io::append_le(out_, value);
    return *this;
  }
  PickleWriter& numbers(const std::vector<std::int64_t>& values) {
    raw("(");
    for (const std::int64_t value : values) number(value);
    return raw("t");
  }
  Bytes end() {
    raw(".");
    return out_;
  }

 private:
  Bytes out_{0x80, 2};
};

enum class TorchContainer { kZip, kLegacy };

/// {"epoch": 3, "net_recon": OrderedDict of the views}, the container's form.
inline Bytes torch_pickle(const TorchViews& views, TorchContainer container) {
  PickleWriter out;
  out.raw("}(").word("epoch").raw("K\x03").word("net_recon").raw("ccollections\nOrderedDict\n)R(");
  for (const auto& [name, view] : views) {
    out.word(name).raw("ctorch._utils\n_rebuild_tensor_v2\n((").word("storage");
    out.raw("ctorch\n" + view.type + "\n").word(view.key).word("cpu").number(view.count);
    if (container == TorchContainer::kLegacy) out.raw("N");
    out.raw("tQ").number(view.offset).numbers(view.shape).numbers(view.stride);
    out.raw("\x89").raw("ccollections\nOrderedDict\n)RtR");
  }
  return out.raw("uu").end();
}

/// Storages by key, in the order of the file.
using TorchStorages = std::vector<std::pair<std::string, Bytes>>;

inline Bytes torch_zip(const Bytes& pickle, const TorchStorages& storages) {
  std::vector<io::ZipMember> members{{"a/data.pkl", pickle}};
  for (const auto& [key, data] : storages) members.push_back({"a/data/" + key, data});
  members.push_back({"a/version", {'3', '\n'}});
  return io::encode_aligned_zip(members, 64);
}

/// `width`: bytes of an element, the same for all storages.
inline Bytes torch_legacy(const Bytes& pickle, const TorchStorages& storages, std::int64_t width) {
  Bytes out;
  const auto append = [&](const Bytes& part) { out.insert(out.end(), part.begin(), part.end()); };
  append(PickleWriter().raw("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19").end());
  append(PickleWriter().raw("M\xe9\x03").end());
  append(PickleWriter().raw("}").word("little_endian").raw("\x88s").end());
  append(pickle);
  PickleWriter keys;
  keys.raw("](");
  for (const auto& [key, data] : storages) keys.word(key);
  append(keys.raw("e").end());
  for (const auto& [key, data] : storages) {
    io::append_le(out, static_cast<std::int64_t>(data.size()) / width);
    append(data);
  }
  return out;
}

/// The strides of a dense tensor.
inline std::vector<std::int64_t> dense_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> out(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) out[d - 1] = out[d] * shape[d];
  return out;
}

/// Each tensor in a storage of its own.
inline Bytes torch_zip(const std::map<std::string, io::StoredTensor>& tensors) {
  TorchViews views;
  TorchStorages storages;
  for (const auto& [name, tensor] : tensors) {
    const std::string key = std::to_string(storages.size());
    const char* type = tensor.dtype == io::Dtype::kI64 ? "LongStorage" : "FloatStorage";
    views.push_back(
        {name, {type, key, tensor.size(), 0, tensor.shape, dense_strides(tensor.shape)}});
    storages.emplace_back(key, tensor.data);
  }
  return torch_zip(torch_pickle(views, TorchContainer::kZip), storages);
}

}  // namespace fgcn::test
