#include "io/arrays/pth_storage.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "io/archive/zip_directory.h"
#include "io/arrays/safetensors_types.h"
#include "io/byte_order.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr TorchType kTypes[] = {
    {"torch FloatStorage", 4, Dtype::kF32, 4}, {"torch DoubleStorage", 8, Dtype::kF64, 8},
    {"torch HalfStorage", 2, Dtype::kF16, 2},  {"torch BFloat16Storage", 2, Dtype::kF32, 4},
    {"torch LongStorage", 8, Dtype::kI64, 8},  {"torch IntStorage", 4, Dtype::kI32, 4},
    {"torch ShortStorage", 2, Dtype::kI32, 4}, {"torch CharStorage", 1, Dtype::kI32, 4},
    {"torch ByteStorage", 1, Dtype::kU8, 1},   {"torch BoolStorage", 1, Dtype::kU8, 1}};

// Tensors may repeat a storage, but not without end: a small file must not fill the memory.
constexpr std::uint64_t kMostRepeats = 4;
constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;

/// The elements in the type that is kept.
Bytes kept(const TorchType& type, Bytes raw) {
  if (type.bytes == type.kept_bytes) return raw;
  Bytes out;
  out.reserve(raw.size() / static_cast<std::size_t>(type.bytes) * sizeof(float));
  const auto width = static_cast<std::size_t>(type.bytes);
  for (std::size_t at = 0; at < raw.size(); at += width) {
    if (type.kept == Dtype::kF32) {  // bfloat16 is the upper half of a float
      append_le(out, static_cast<std::uint32_t>(load_le<std::uint16_t>(raw, at)) << 16);
    } else if (width == 2) {
      append_le(out, std::int32_t{load_le<std::int16_t>(raw, at)});
    } else {
      append_le(out, std::int32_t{load_le<std::int8_t>(raw, at)});
    }
  }
  return out;
}

bool is_contiguous(const std::vector<std::int64_t>& shape,
                   const std::vector<std::int64_t>& stride) {
  std::int64_t expected = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] != 1 && stride[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

/// Elements of `width` bytes at first + index . stride. No extent is zero.
Bytes gathered(const Bytes& storage, std::int64_t width, std::int64_t first,
               const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& stride) {
  Bytes out(static_cast<std::size_t>(elements_of(shape) * width));
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t from = first;
  for (std::int64_t to = 0; to < static_cast<std::int64_t>(out.size()); to += width) {
    std::memcpy(out.data() + to, storage.data() + from * width, static_cast<std::size_t>(width));
    for (std::size_t d = shape.size(); d-- > 0;) {
      from += stride[d];
      if (++index[d] < shape[d]) break;
      from -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

}  // namespace

const TorchType* torch_type(std::string_view global) {
  for (const TorchType& type : kTypes)
    if (type.global == global) return &type;
  return nullptr;
}

TorchStorage storage_of(const Pickle& pickle, const PickleValue& persistent,
                        const std::string& where) {
  const auto refuse = [&]() {
    input_error(where, ": points to a value that is no storage of numbers; save a state_dict()");
  };
  if (persistent.kind != PickleKind::kPersistent) refuse();
  const std::vector<PickleId>& name = pickle[persistent.items[0]].items;
  if (pickle[persistent.items[0]].kind != PickleKind::kTuple || name.size() < 5 || name.size() > 6)
    refuse();
  const PickleValue& type = pickle[name[1]];
  const PickleValue& key = pickle[name[2]];
  const PickleValue& count = pickle[name[4]];
  TorchStorage out;
  if (pickle[name[0]].text != "storage" || type.kind != PickleKind::kGlobal || !is_text(key) ||
      count.kind != PickleKind::kInteger || count.integer < 0)
    refuse();
  out.type = torch_type(type.text);
  if (out.type == nullptr) refuse();
  out.key = valid_utf8(key.text);
  out.count = out.part = count.integer;
  if (name.size() == 6 && pickle[name[5]].kind != PickleKind::kNone) {
    const std::vector<PickleId>& view = pickle[name[5]].items;  // its key, offset, size
    if (view.size() != 3 || pickle[view[1]].kind != PickleKind::kInteger ||
        pickle[view[2]].kind != PickleKind::kInteger)
      refuse();
    out.first = pickle[view[1]].integer;
    out.part = pickle[view[2]].integer;
    if (out.first < 0 || out.part < 0 || out.first > out.count || out.part > out.count - out.first)
      input_error(where, ": a view reaches beyond its storage \"", out.key,
                  "\"; the file is damaged");
  }
  return out;
}

StorageReader::StorageReader(const ByteSource& file, const StoragePlaces& places,
                             const std::string& where)
    : file_(file),
      places_(places),
      where_(where),
      left_(std::min(kMostBytes, file.size() * kMostRepeats + kAlwaysAllowed)) {}

void StorageReader::check(const TorchStorage& storage) const {
  const auto place = places_.find(storage.key);
  if (place == places_.end())
    input_error(where_, ": lacks the storage \"", storage.key,
                "\" that a tensor needs; fetch the file again");
  std::int64_t needed = 0;
  if (__builtin_mul_overflow(storage.count, storage.type->bytes, &needed) ||
      static_cast<std::uint64_t>(needed) != place->second.bytes)
    input_error(where_, ": the storage \"", storage.key, "\" has ", place->second.bytes, " bytes, ",
                storage.count, " elements of ", storage.type->bytes,
                " bytes are expected; fetch the file again");
}

void StorageReader::check_reach(const TorchStorage& storage, std::int64_t offset,
                                const std::vector<std::int64_t>& shape,
                                const std::vector<std::int64_t>& stride,
                                const std::string& name) const {
  if (shape.size() != stride.size() || elements_of(shape) < 0)
    input_error(where_, ": the tensor \"", name, "\" has no shape; the file is damaged");
  if (offset < 0 || offset > storage.part)
    input_error(where_, ": the tensor \"", name, "\" begins beyond its storage of ", storage.part,
                " elements; the file is damaged");
  std::int64_t last = offset;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (stride[d] < 0)
      input_error(where_, ": the tensor \"", name, "\" has a negative stride; the file is damaged");
    std::int64_t steps = 0;
    if (shape[d] > 0 && (__builtin_mul_overflow(shape[d] - 1, stride[d], &steps) ||
                         __builtin_add_overflow(last, steps, &last)))
      last = storage.part;
  }
  if (elements_of(shape) > 0 && last >= storage.part)
    input_error(where_, ": the tensor \"", name, "\" reaches beyond its storage of ", storage.part,
                " elements; the file is damaged");
}

Bytes StorageReader::read(const TorchStorage& storage) const {
  const StoragePlace& place = places_.at(storage.key);
  Bytes out = file_.read(place.begin, place.bytes);
  if (place.crc && zip_crc(out) != *place.crc)
    input_error(where_, ": the checksum of storage \"", storage.key,
                "\" is wrong; fetch the file again");
  return out;
}

void StorageReader::spend(std::int64_t bytes) {
  if (static_cast<std::uint64_t>(bytes) > left_)
    input_error(where_, ": its tensors repeat their storages too often; the file is damaged");
  left_ -= static_cast<std::uint64_t>(bytes);
}

StoredTensor StorageReader::tensor(const TorchStorage& storage, std::int64_t offset,
                                   std::vector<std::int64_t> shape,
                                   const std::vector<std::int64_t>& stride,
                                   const std::string& name) {
  check(storage);
  check_reach(storage, offset, shape, stride, name);
  const std::int64_t count = elements_of(shape);
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(count, storage.type->kept_bytes, &bytes)) bytes = kMostBytes;
  spend(bytes);
  const bool is_whole =
      count == storage.count && offset == 0 && storage.first == 0 && is_contiguous(shape, stride);
  StoredTensor out{storage.type->kept, std::move(shape), {}};
  if (count == 0) return out;
  if (is_whole) {
    out.data = kept(*storage.type, read(storage));
    return out;
  }
  auto whole = in_parts_.find(storage.key);
  if (whole == in_parts_.end()) whole = in_parts_.emplace(storage.key, read(storage)).first;
  out.data = kept(*storage.type, gathered(whole->second, storage.type->bytes,
                                          storage.first + offset, out.shape, stride));
  return out;
}

}  // namespace fgcn::io
