#include "tests/fuzz/script.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

#include "io/arrays/npy_types.h"
#include "io/arrays/safetensors_types.h"

namespace fgcn::fuzz {
namespace {

constexpr std::int64_t kMostBytes = 1 << 16;  // of an array: inputs stay quick
constexpr std::size_t kMostDimensions = 5;

/// Numbers that readers have taken for others.
constexpr std::array<double, 24> kOdd = {0,
                                         1,
                                         -1,
                                         2,
                                         0.5,
                                         3,
                                         67,
                                         68,
                                         69,
                                         255,
                                         256,
                                         1e-30,
                                         1e3,
                                         1e6,
                                         1.5e6,
                                         -1e6,
                                         65504,
                                         2147483647.0,
                                         -2147483648.0,
                                         4294967296.0,
                                         1e30,
                                         1e300,
                                         std::numeric_limits<double>::infinity(),
                                         std::numeric_limits<double>::quiet_NaN()};

template <class T>
void store(Bytes& data, std::size_t at, T value) {
  std::memcpy(data.data() + at, &value, sizeof(T));
}

/// The nearest number that an integer of this type can hold; 0 for none.
template <class T>
T whole(double value) {
  if (!(value == value)) return 0;
  const auto low = static_cast<double>(std::numeric_limits<T>::min());
  const auto high = static_cast<double>(std::numeric_limits<T>::max());
  if (value <= low) return std::numeric_limits<T>::min();
  return value >= high ? std::numeric_limits<T>::max() : static_cast<T>(value);
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
  std::int64_t out = 1;
  for (const std::int64_t extent : shape) out *= extent;
  return out;
}

/// One array of either container: `put` writes a number as element i.
struct Array {
  std::vector<std::int64_t>& shape;
  Bytes& data;
  std::int64_t width;
  void (*put)(Bytes& data, std::size_t at, int type, double value);
  int type;

  std::size_t size() const { return data.size() / static_cast<std::size_t>(width); }
  void set(std::size_t i, double value) const {
    put(data, i * static_cast<std::size_t>(width), type, value);
  }
  /// As much data as the shape asks for, or the shape that the data had.
  void fit(std::vector<std::int64_t> wanted) const {
    if (product(wanted) * width > kMostBytes) return;
    shape = std::move(wanted);
    data.resize(static_cast<std::size_t>(product(shape) * width));
  }
};

void put_stored(Bytes& data, std::size_t at, int type, double value) {
  switch (static_cast<io::Dtype>(type)) {
    case io::Dtype::kF64:
      return store(data, at, value);
    case io::Dtype::kF32:
      return store(data, at, static_cast<float>(value));
    case io::Dtype::kF16:
      return store(data, at, whole<std::uint16_t>(value));  // its bits
    case io::Dtype::kI64:
      return store(data, at, whole<std::int64_t>(value));
    case io::Dtype::kI32:
      return store(data, at, whole<std::int32_t>(value));
    case io::Dtype::kU8:
      return store(data, at, whole<std::uint8_t>(value));
  }
}

void put_npy(Bytes& data, std::size_t at, int type, double value) {
  switch (static_cast<io::NpyType>(type)) {
    case io::NpyType::kF64:
      return store(data, at, value);
    case io::NpyType::kF32:
      return store(data, at, static_cast<float>(value));
    case io::NpyType::kI64:
      return store(data, at, whole<std::int64_t>(value));
    case io::NpyType::kI32:
      return store(data, at, whole<std::int32_t>(value));
    default:
      return store(data, at, whole<std::uint8_t>(value));
  }
}

std::size_t place(Script& script, std::size_t size) { return script.number(2) % size; }

/// A change of one array.
void change(const Array& array, int kind, Script& script) {
  if (kind == 0 && array.size() > 0) {
    const std::size_t at = place(script, array.size());
    array.set(at, kOdd[script.byte() % kOdd.size()]);
  } else if (kind == 1 && array.size() > 0) {
    const std::size_t at = place(script, array.size()) * static_cast<std::size_t>(array.width);
    const std::uint64_t bits = script.number(static_cast<int>(array.width));
    std::memcpy(array.data.data() + at, &bits, static_cast<std::size_t>(array.width));
  } else if (kind == 2 && array.size() > 0) {
    const std::size_t first = place(script, array.size());
    const std::size_t last = std::min(array.size(), first + place(script, array.size()) + 1);
    const double value = kOdd[script.byte() % kOdd.size()];
    for (std::size_t i = first; i < last; ++i) array.set(i, value);
  } else if (kind == 3 && array.size() > 1) {
    const std::size_t a = place(script, array.size()), b = place(script, array.size());
    const auto width = static_cast<std::ptrdiff_t>(array.width);
    const auto at = [&](std::size_t i) {
      return array.data.begin() + static_cast<std::ptrdiff_t>(i) * width;
    };
    if (a != b) std::swap_ranges(at(a), at(a) + width, at(b));
  } else if (kind == 4) {
    std::vector<std::int64_t> wanted = array.shape;
    const std::size_t dimension = script.byte() % (wanted.size() + 1);
    if (dimension == wanted.size() && dimension < kMostDimensions) {
      wanted.push_back(1);
    } else if (dimension < wanted.size()) {
      wanted[dimension] = static_cast<std::int64_t>(script.byte());
    }
    array.fit(std::move(wanted));
  } else if (kind == 5 && !array.shape.empty()) {
    std::vector<std::int64_t> wanted = array.shape;
    const std::int64_t by = script.byte() % 2 == 0 ? 1 : -1;
    wanted.front() = std::max<std::int64_t>(0, wanted.front() + by);
    array.fit(std::move(wanted));
  }
}

template <class Map>
typename Map::iterator chosen(Map& map, Script& script) {
  return std::next(map.begin(), static_cast<std::ptrdiff_t>(script.byte() % map.size()));
}

template <class Map>
void exchange(Map& map, Script& script) {
  const auto a = chosen(map, script), b = chosen(map, script);
  if (a != b) std::swap(a->second, b->second);
}

}  // namespace

std::uint64_t Script::number(int bytes) {
  std::uint64_t out = 0;
  for (int i = 0; i < bytes && !rest_.empty(); ++i) {
    out |= std::uint64_t{rest_[0]} << (8 * i);
    rest_ = rest_.subspan(1);
  }
  return out;
}

std::string Script::text() {
  const std::size_t length = std::min<std::size_t>(byte(), rest_.size());
  std::string out(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(length));
  rest_ = rest_.subspan(length);
  return out;
}

io::Safetensors changed(io::Safetensors file, Script& script) {
  for (int changes = 0; script.more() && changes < 32; ++changes) {
    const int kind = script.byte() % 12;
    if (kind >= 9) {
      if (file.metadata.empty()) continue;
      const auto one = chosen(file.metadata, script);
      if (kind == 9) one->second = script.text();
      if (kind == 10) file.metadata.erase(one);
      if (kind == 11) file.metadata[script.text()] = script.text();
      continue;
    }
    if (file.tensors.empty()) break;
    const auto one = chosen(file.tensors, script);
    io::StoredTensor& tensor = one->second;
    const Array array{tensor.shape, tensor.data, io::info(tensor.dtype).bytes, put_stored,
                      static_cast<int>(tensor.dtype)};
    if (kind < 6) change(array, kind, script);
    if (kind == 6) {
      tensor.dtype = io::kDtypes[script.byte() % std::size(io::kDtypes)].dtype;
      tensor.data.resize(
          static_cast<std::size_t>(product(tensor.shape) * io::info(tensor.dtype).bytes));
    }
    if (kind == 7) file.tensors.erase(one);
    if (kind == 8) exchange(file.tensors, script);
  }
  return file;
}

io::Npz changed(io::Npz arrays, Script& script) {
  for (int changes = 0; script.more() && changes < 32 && !arrays.empty(); ++changes) {
    const int kind = script.byte() % 10;
    const auto one = chosen(arrays, script);
    io::NpyArray& array = one->second;
    if (kind == 7) {
      arrays.erase(one);
    } else if (kind == 8) {
      exchange(arrays, script);
    } else if (kind == 9) {
      array = io::NpyArray::of(script.text());
    } else if (array.type != io::NpyType::kText && kind == 6) {
      const io::NpyTypeInfo& type = io::kNpyTypes[script.byte() % std::size(io::kNpyTypes)];
      array.type = type.type;
      array.data.resize(static_cast<std::size_t>(product(array.shape) * type.bytes));
    } else if (array.type != io::NpyType::kText) {
      change({array.shape, array.data, io::bytes_of(array.type), put_npy,
              static_cast<int>(array.type)},
             kind, script);
    }
  }
  return arrays;
}

Bytes without_checksums(std::span<const std::uint8_t> file) {
  Bytes out(file.begin(), file.end());
  constexpr std::string_view kField = "\"crc32c\"";
  for (auto at = out.begin();;) {
    at = std::search(at, out.end(), kField.begin(), kField.end());
    if (at == out.end()) return out;
    at[1] = 'C';
    ++at;
  }
}

}  // namespace fgcn::fuzz
