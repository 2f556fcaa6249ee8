#include "io/arrays/pth.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "io/archive/zip_directory.h"
#include "io/arrays/pickle.h"
#include "io/arrays/pth_storage.h"
#include "io/byte_order.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::string_view kRebuildTensor = "torch._utils _rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils _rebuild_parameter";
constexpr std::string_view kGlobals[] = {
    "collections OrderedDict", kRebuildTensor,       kRebuildParameter,       "torch FloatStorage",
    "torch DoubleStorage",     "torch HalfStorage",  "torch BFloat16Storage", "torch LongStorage",
    "torch IntStorage",        "torch ShortStorage", "torch CharStorage",     "torch ByteStorage",
    "torch BoolStorage"};
constexpr PickleRules kRules{kGlobals, Persistent::kAllow};

constexpr std::string_view kNetworks[] = {"net_recon", "state_dict"};
constexpr std::string_view kDataParallel = "module.";
constexpr std::string_view kDataPickle = "/data.pkl";
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kLegacyProtocol = 1001;
constexpr std::size_t kLegacyPickles = 5;
constexpr std::uint64_t kFirstRead = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxPickleBytes = std::uint64_t{256} << 20;
constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxNameBytes = 1000;

/// Tensors of one pickled object.
class TensorReader {
 public:
  TensorReader(const Pickle& pickle, StorageReader& storages, const std::string& where)
      : pickle_(pickle), storages_(storages), where_(where) {}

  Safetensors read() {
    const PickleValue* root = &pickle_.root();
    for (const std::string_view network : kNetworks) {
      const PickleValue* inner = pickle_.find(*root, network);
      if (inner != nullptr && inner->kind == PickleKind::kDict) root = inner;
    }
    if (root->kind != PickleKind::kDict)
      input_error(where_, ": holds no dictionary of tensors; save a network's state_dict()");
    walk(*root, "", 0);
    if (out_.tensors.empty())
      input_error(where_, ": holds no tensors; save a network's state_dict()");
    strip_prefixes();
    return std::move(out_);
  }

 private:
  void walk(const PickleValue& dict, const std::string& before, int depth) {
    if (depth == kMaxDepth)
      input_error(where_, ": its dictionaries are nested deeper than ", kMaxDepth,
                  "; the file is damaged");
    visited_ += dict.items.size() + 1;
    if (visited_ > kMaxVisits)
      input_error(where_, ": its dictionaries repeat without end; the file is damaged");
    for (std::size_t i = 0; i < dict.items.size(); i += 2) {
      const PickleValue& key = pickle_[dict.items[i]];
      if (!is_text(key) && key.kind != PickleKind::kInteger) continue;
      const std::string name =
          before + (is_text(key) ? valid_utf8(key.text) : std::to_string(key.integer));
      if (name.size() > kMaxNameBytes)
        input_error(where_, ": has a name of more than ", kMaxNameBytes, " bytes; use short keys");
      const PickleValue& value = pickle_[dict.items[i + 1]];
      if (value.kind == PickleKind::kDict) walk(value, name + ".", depth + 1);
      if (value.kind == PickleKind::kObject) out_.tensors[name] = tensor(value, name, 0);
    }
  }

  StoredTensor tensor(const PickleValue& value, const std::string& name, int depth) {
    const auto refuse = [&](const char* what) {
      input_error(where_, ": the tensor \"", name, "\" ", what, "; the file is damaged");
    };
    if (value.kind != PickleKind::kObject) refuse("is none");
    const std::vector<PickleId>& arguments = pickle_[value.items[1]].items;
    const std::string_view called = pickle_[value.items[0]].text;
    if (called == kRebuildParameter) {
      if (arguments.empty() || depth == kMaxDepth) refuse("is an empty parameter");
      return tensor(pickle_[arguments[0]], name, depth + 1);
    }
    if (called != kRebuildTensor) refuse("is made by something that makes no tensors");
    if (arguments.size() < 4) refuse("lacks a part of its description");
    const PickleValue& offset = pickle_[arguments[1]];
    if (offset.kind != PickleKind::kInteger) refuse("has no offset");
    return storages_.tensor(storage_of(pickle_, pickle_[arguments[0]], where_), offset.integer,
                            numbers(pickle_[arguments[2]], name),
                            numbers(pickle_[arguments[3]], name), name);
  }

  std::vector<std::int64_t> numbers(const PickleValue& tuple, const std::string& name) const {
    constexpr std::size_t kMaxDimensions = 64;
    std::vector<std::int64_t> out;
    for (const PickleId id : tuple.items) {
      if (pickle_[id].kind != PickleKind::kInteger || out.size() == kMaxDimensions) {
        input_error(where_, ": the tensor \"", name,
                    "\" has a shape that is no row of numbers; the file is damaged");
      }
      out.push_back(pickle_[id].integer);
    }
    return out;
  }

  /// As long as every name begins with one.
  void strip_prefixes() {
    for (const std::string_view prefix : {kDataParallel, std::string_view("net_recon."),
                                          std::string_view("state_dict."), kDataParallel}) {
      const bool everywhere =
          std::all_of(out_.tensors.begin(), out_.tensors.end(), [&](const auto& entry) {
            return entry.first.starts_with(prefix) && entry.first.size() > prefix.size();
          });
      if (!everywhere) continue;
      std::map<std::string, StoredTensor> stripped;
      for (auto& [name, tensor] : out_.tensors)
        stripped[name.substr(prefix.size())] = std::move(tensor);
      out_.tensors = std::move(stripped);
    }
  }

  static constexpr std::size_t kMaxVisits = std::size_t{1} << 20;
  const Pickle& pickle_;
  StorageReader& storages_;
  const std::string& where_;
  std::size_t visited_ = 0;
  Safetensors out_;
};

/// All storages of the file are checked, those too that no weight lies in: a file that lacks one is
/// cut off or changed.
Safetensors tensors_of(const Pickle& pickle, const ByteSource& file, const StoragePlaces& places,
                       const std::string& where) {
  StorageReader storages(file, places, where);
  for (PickleId id = 0; id < pickle.size(); ++id)
    if (pickle[id].kind == PickleKind::kPersistent)
      storages.check(storage_of(pickle, pickle[id], where));
  return TensorReader(pickle, storages, where).read();
}

Safetensors read_zip(const ByteSource& file, const std::string& where) {
  const std::vector<ZipEntry> entries = read_zip_directory(file, where);
  const auto data = std::find_if(entries.begin(), entries.end(),
                                 [](const ZipEntry& e) { return e.name.ends_with(kDataPickle); });
  if (data == entries.end())
    input_error(where, ": is an archive without data.pkl; give a file that torch.save wrote");
  const std::string folder = data->name.substr(0, data->name.size() - kDataPickle.size()) + '/';
  const std::string data_folder = folder + "data/";
  StoragePlaces places;
  for (const ZipEntry& e : entries) {
    if (!e.name.starts_with(folder)) continue;
    if (e.method != 0)
      input_error(where, ": its members are packed; save it with torch.save, which stores them");
    if (e.name == folder + "byteorder" && e.size == 3)  // "big"
      input_error(where, ": was written on a big-endian machine; save it on another");
    if (e.name.starts_with(data_folder) &&
        !places.emplace(e.name.substr(data_folder.size()), StoragePlace{e.begin, e.size, e.crc})
             .second)
      input_error(where, ": two members have one name; write it again");
  }
  if (data->size > kMaxPickleBytes)
    input_error(where, ": its data.pkl is larger than 256 MiB; save a network's state_dict()");
  const Bytes bytes = file.read(data->begin, data->size);
  if (zip_crc(bytes) != data->crc)
    input_error(where, ": the checksum of data.pkl is wrong; fetch the file again");
  return tensors_of(parse_pickle(bytes, where, kRules), file, places, where);
}

/// The five pickles that lie in front of the numbers.
struct LegacyHead {
  Bytes bytes;  // which the pickles borrow
  std::vector<Pickle> pickles;
  std::uint64_t end = 0;
};

LegacyHead read_head(const ByteSource& file, const std::string& where) {
  for (std::uint64_t most = kFirstRead;; most *= 4) {
    LegacyHead head;
    head.bytes = file.read(0, std::min(most, file.size()));
    try {
      for (std::size_t i = 0; i < kLegacyPickles; ++i) {
        const auto rest = std::span<const std::uint8_t>(head.bytes).subspan(head.end);
        head.pickles.push_back(parse_pickle(rest, where, kRules));
        head.end += head.pickles.back().bytes();
      }
      return head;
    } catch (const PickleCutOff&) {
      if (head.bytes.size() == file.size() || most >= kMaxPickleBytes) throw;
    }
  }
}

Safetensors read_legacy(const ByteSource& file, const std::string& where) {
  const LegacyHead head = read_head(file, where);
  const PickleValue& protocol = head.pickles[1].root();
  const PickleValue& keys = head.pickles[4].root();
  const PickleValue* little = head.pickles[2].find(head.pickles[2].root(), "little_endian");
  if (head.pickles[0].root().text != kLegacyMagic || protocol.integer != kLegacyProtocol ||
      keys.kind != PickleKind::kList)
    input_error(where, ": is not a file that torch.save wrote; give a .pth, .pt or .safetensors");
  if (little != nullptr && little->integer == 0)
    input_error(where, ": was written on a big-endian machine; save it on another");

  const Pickle& object = head.pickles[3];
  std::map<std::string, std::int64_t> widths;
  for (PickleId id = 0; id < object.size(); ++id) {
    if (object[id].kind != PickleKind::kPersistent) continue;
    const TorchStorage storage = storage_of(object, object[id], where);
    widths.emplace(storage.key, storage.type->bytes);
  }
  StoragePlaces places;
  std::uint64_t at = head.end;
  for (const PickleId id : keys.items) {
    const std::string key = valid_utf8(head.pickles[4][id].text);
    const auto width = widths.find(key);
    if (width == widths.end())
      input_error(where, ": holds a storage \"", key, "\" of unknown type; the file is damaged");
    std::uint64_t bytes = 0;
    if (file.size() - at < sizeof(std::uint64_t) ||
        __builtin_mul_overflow(load_le<std::uint64_t>(file.read(at, sizeof(std::uint64_t)), 0),
                               static_cast<std::uint64_t>(width->second), &bytes) ||
        bytes > file.size() - at - sizeof(std::uint64_t))
      input_error(where, ": ends within the storage \"", key, "\"; fetch the file again");
    at += sizeof(std::uint64_t);
    places[key] = {at, bytes, std::nullopt};
    at += bytes;
  }
  return tensors_of(object, file, places, where);
}

}  // namespace

bool looks_like_legacy_pth(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kMostInFront = 16;  // the protocol, a frame, the long's length
  const auto head = bytes.first(std::min(bytes.size(), kMostInFront + kLegacyMagic.size()));
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  return text.starts_with('\x80') && text.find(kLegacyMagic) != std::string_view::npos;
}

Safetensors read_pth(const ByteSource& file, const std::string& where) {
  constexpr std::uint64_t kSignBytes = 4;
  const Bytes sign = file.read(0, std::min(kSignBytes, file.size()));
  if (sign == Bytes{'P', 'K', 3, 4}) return read_zip(file, where);
  return read_legacy(file, where);
}

}  // namespace fgcn::io
