#include "io/arrays/pickle_arrays.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "io/arrays/element_type.h"
#include "io/arrays/npy_types.h"
#include "io/arrays/pickle.h"
#include "io/arrays/pickle_opcodes.h"
#include "io/byte_order.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::string_view kGlobals[] = {"numpy.core.multiarray _reconstruct",
                                         "numpy._core.multiarray _reconstruct",
                                         "numpy.core.multiarray scalar",
                                         "numpy._core.multiarray scalar",
                                         "numpy.core.numeric _frombuffer",
                                         "numpy._core.numeric _frombuffer",
                                         "numpy ndarray",
                                         "numpy dtype",
                                         "scipy.sparse.csc csc_matrix",
                                         "scipy.sparse._csc csc_matrix",
                                         "scipy.sparse.csr csr_matrix",
                                         "scipy.sparse._csr csr_matrix",
                                         "chumpy.ch Ch",
                                         "collections OrderedDict",
                                         "copy_reg _reconstructor",
                                         "copyreg _reconstructor",
                                         "__builtin__ object",
                                         "__builtin__ set",
                                         "__builtin__ list",
                                         "__builtin__ bytes",
                                         "builtins object",
                                         "builtins set",
                                         "builtins list",
                                         "builtins bytes",
                                         "_codecs encode"};
constexpr PickleRules kRules{kGlobals, Persistent::kRefuse};

constexpr std::int64_t kMaxDense = std::int64_t{1} << 23;
constexpr std::uint64_t kMostWidening = 4;  // of one byte to 32 bits
constexpr std::size_t kMaxDimensions = 16;
constexpr int kMaxDepth = 4;  // a chumpy array in a chumpy array
constexpr std::string_view kNpyMagic = "\x93NUMPY";

NpyArray unread(const std::string& where, const std::string& reason) {
  return NpyArray{NpyType::kUnread, {}, {}, {text(where, ": ", reason, "; save it as an array")}};
}

class ArrayReader {
 public:
  /// `left`: bytes that all arrays together may still take. A pickle can name one array often.
  ArrayReader(const Pickle& pickle, std::string where, std::int64_t& left)
      : pickle_(pickle), where_(std::move(where)), left_(left) {}

  NpyArray read(const PickleValue& value, int depth = 0) const {
    switch (value.kind) {
      case PickleKind::kBool:
      case PickleKind::kInteger: {
        const std::int64_t number = value.integer;
        return NpyArray::of({}, std::span(&number, 1));
      }
      case PickleKind::kReal:
        return NpyArray::of({}, std::span(&value.real, 1));
      case PickleKind::kText:
      case PickleKind::kBytes:
        return NpyArray::of(valid_utf8(value.text));
      case PickleKind::kObject:
        return object(value, depth);
      default:
        return unread(where_, "is no array");
    }
  }

  /// The dictionary that an array of one object holds, else the value itself.
  const PickleValue& unwrapped(const PickleValue& value) const {
    if (value.kind != PickleKind::kObject || value.items.size() != 3) return value;
    const PickleValue& state = pickle_[value.items[2]];
    if (!is_reconstructed_array(value) || state.items.size() != 5) return value;
    const PickleValue& held = pickle_[state.items[4]];
    return held.kind == PickleKind::kList && held.items.size() == 1 ? pickle_[held.items[0]]
                                                                    : value;
  }

 private:
  template <class... Args>
  [[noreturn]] void refuse(const Args&... what) const {
    input_error(where_, ": ", what..., "; the file is damaged");
  }
  std::string_view global_of(const PickleValue& value) const {
    return value.kind == PickleKind::kGlobal ? value.text : std::string_view();
  }
  const std::vector<PickleId>& tuple(const PickleValue& value, std::size_t at_least) const {
    if (value.kind != PickleKind::kTuple || value.items.size() < at_least)
      refuse("holds an array whose description is cut short");
    return value.items;
  }
  std::string_view string(const PickleValue& value) const {
    if (!is_text(value)) refuse("holds an array whose description lacks a text");
    return value.text;
  }
  bool truth(const PickleValue& value) const {
    if (value.kind != PickleKind::kBool && value.kind != PickleKind::kInteger)
      refuse("holds an array without its order of axes");
    return value.integer != 0;
  }
  std::vector<std::int64_t> shape(const PickleValue& value) const {
    std::vector<std::int64_t> out;
    if (value.kind == PickleKind::kInteger) return {checked_extent(value)};
    for (const PickleId id : tuple(value, 0)) out.push_back(checked_extent(pickle_[id]));
    if (out.size() > kMaxDimensions) refuse("holds an array of ", out.size(), " axes");
    return out;
  }
  std::int64_t checked_extent(const PickleValue& value) const {
    if (value.kind != PickleKind::kInteger || value.integer < 0)
      refuse("holds an array whose shape is not a size");
    return value.integer;
  }

  bool is_reconstructed_array(const PickleValue& value) const {
    return global_of(pickle_[value.items[0]]).ends_with(" _reconstruct");
  }

  NpyArray object(const PickleValue& value, int depth) const {
    const std::string_view called = global_of(pickle_[value.items[0]]);
    const std::vector<PickleId>& arguments = pickle_[value.items[1]].items;
    if (called.ends_with(" _reconstruct")) {
      if (value.items.size() != 3) refuse("holds an array without its values");
      const auto& state = tuple(pickle_[value.items[2]], 5);
      return array(shape(pickle_[state[1]]), type_of(pickle_[state[2]]), truth(pickle_[state[3]]),
                   pickle_[state[4]]);
    }
    if (called.ends_with(" _frombuffer") && arguments.size() == 4)
      return array(shape(pickle_[arguments[2]]), type_of(pickle_[arguments[1]]),
                   string(pickle_[arguments[3]]) == "F", pickle_[arguments[0]]);
    if (called.ends_with(" scalar") && arguments.size() == 2)
      return array({}, type_of(pickle_[arguments[0]]), false, pickle_[arguments[1]]);
    std::string_view type = called;
    if (called.ends_with(" _reconstructor") && !arguments.empty())
      type = global_of(pickle_[arguments[0]]);
    if (value.items.size() != 3 || depth == kMaxDepth) return unread(where_, "is no array");
    const PickleValue& state = pickle_[value.items[2]];
    if (type == "chumpy.ch Ch") {
      const PickleValue* held = pickle_.find(state, "x");
      if (held == nullptr) return unread(where_, "is a chumpy expression, not an array");
      return read(*held, depth + 1);
    }
    if (type.ends_with(" csc_matrix")) return sparse(state, true, depth);
    if (type.ends_with(" csr_matrix")) return sparse(state, false, depth);
    return unread(where_, "is no array");
  }

  ElementType type_of(const PickleValue& value) const {
    if (value.kind != PickleKind::kObject || global_of(pickle_[value.items[0]]) != "numpy dtype")
      refuse("holds an array without a type");
    const std::string_view name = string(pickle_[tuple(pickle_[value.items[1]], 1)[0]]);
    ElementType out = element_type(name);
    if (value.items.size() == 3) {
      const auto& state = tuple(pickle_[value.items[2]], 2);
      if (string(pickle_[state[1]]) == ">") out.order = std::endian::big;
    }
    return out;
  }

  NpyArray array(std::vector<std::int64_t> extents, const ElementType& type, bool by_columns,
                 const PickleValue& values) const {
    const std::optional<NpyType> kept = read_as(type);
    if (!kept || values.kind != PickleKind::kBytes)
      return unread(where_, "is an array of something else than numbers");
    const std::int64_t count = count_of(extents);
    std::int64_t total = 0;
    if (count < 0 || __builtin_mul_overflow(count, type.bytes, &total) ||
        static_cast<std::uint64_t>(total) != values.text.size())
      refuse("holds an array of ", values.text.size(), " bytes whose shape needs ", total);
    NpyArray out{*kept, std::move(extents), {}, {}};
    spend(count * bytes_of(*kept));
    out.data = widened(
        type, {reinterpret_cast<const std::uint8_t*>(values.text.data()), values.text.size()},
        where_);
    if (by_columns && out.shape.size() > 1)
      out.data = turned_over(out.data, out.shape, bytes_of(*kept));
    return out;
  }

  NpyArray sparse(const PickleValue& state, bool by_columns, int depth) const {
    const auto part = [&](std::string_view name, std::string_view other) {
      const PickleValue* found = pickle_.find(state, name);
      if (found == nullptr) found = pickle_.find(state, other);
      if (found == nullptr) refuse("holds a sparse matrix without its ", name);
      return found;
    };
    const std::vector<std::int64_t> extents = shape(*part("_shape", "shape"));
    const std::vector<double> values = read(*part("data", "data"), depth + 1).doubles();
    const auto indices = read(*part("indices", "indices"), depth + 1).longs();
    const auto begins = read(*part("indptr", "indptr"), depth + 1).longs();
    const std::int64_t count = count_of(extents);
    if (extents.size() != 2 || count < 0 || count > kMaxDense)
      refuse("holds a sparse matrix that is no matrix or beyond ", kMaxDense, " elements");
    const auto lines = static_cast<std::size_t>(extents[by_columns ? 1 : 0]);
    const std::int64_t across = extents[by_columns ? 0 : 1];
    if (begins.size() != lines + 1 || begins.front() != 0 || indices.size() != values.size() ||
        begins.back() != static_cast<std::int64_t>(values.size()))
      refuse("holds a sparse matrix whose parts do not fit together");
    spend(count * static_cast<std::int64_t>(sizeof(double)));
    std::vector<double> dense(static_cast<std::size_t>(count), 0.0);
    for (std::size_t line = 0; line < lines; ++line) {
      if (begins[line + 1] < begins[line] ||
          begins[line + 1] > static_cast<std::int64_t>(values.size()))
        refuse("holds a sparse matrix whose rows overlap");
      for (std::int64_t e = begins[line]; e < begins[line + 1]; ++e) {
        const std::int64_t index = indices[static_cast<std::size_t>(e)];
        if (index < 0 || index >= across) refuse("holds a sparse matrix with an index beyond it");
        const auto place = by_columns ? index * extents[1] + static_cast<std::int64_t>(line)
                                      : static_cast<std::int64_t>(line) * across + index;
        dense[static_cast<std::size_t>(place)] += values[static_cast<std::size_t>(e)];
      }
    }
    return NpyArray::of(extents, std::span<const double>(dense));
  }

  void spend(std::int64_t bytes) const {
    left_ -= bytes;
    if (left_ < 0) refuse("repeats its arrays too often");
  }

  const Pickle& pickle_;
  std::string where_;
  std::int64_t& left_;
};

/// An .npy of objects is a pickle behind a header.
std::span<const std::uint8_t> without_npy_header(std::span<const std::uint8_t> bytes,
                                                 const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kNpyMagic)) return bytes;
  constexpr std::size_t kVersionBytes = 2;
  const auto cut_off = [&] { input_error(where, ": is cut off; save it again with numpy"); };
  if (bytes.size() < kNpyMagic.size() + kVersionBytes + sizeof(std::uint32_t)) cut_off();
  const bool is_first_version = bytes[kNpyMagic.size()] == 1;
  bytes = bytes.subspan(kNpyMagic.size() + kVersionBytes);
  const std::size_t length =
      is_first_version ? load_le<std::uint16_t>(bytes, 0) : load_le<std::uint32_t>(bytes, 0);
  bytes = bytes.subspan(is_first_version ? sizeof(std::uint16_t) : sizeof(std::uint32_t));
  if (bytes.size() < length) cut_off();
  return bytes.subspan(length);
}

}  // namespace

bool looks_like_pickle(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == kOpProto && bytes[1] >= 2 && bytes[1] <= 5;
}

Npz parse_pickle_arrays(std::span<const std::uint8_t> bytes, const std::string& where) {
  const Pickle pickle = parse_pickle(bytes, where, kRules);
  auto left = static_cast<std::int64_t>(bytes.size() * kMostWidening + kMaxDense * sizeof(double));
  const PickleValue& dict = ArrayReader(pickle, where, left).unwrapped(pickle.root());
  if (dict.kind != PickleKind::kDict)
    input_error(where, ": holds no dictionary of arrays; save one with named arrays");
  Npz out;
  for (std::size_t i = 0; i < dict.items.size(); i += 2) {
    const PickleValue& name = pickle[dict.items[i]];
    if (!is_text(name)) continue;
    const std::string key = valid_utf8(name.text);
    out[key] = ArrayReader(pickle, text(where, ": ", key), left).read(pickle[dict.items[i + 1]]);
  }
  return out;
}

Npz read_pickle_arrays(const std::filesystem::path& path) {
  const Bytes file = read_file(path);
  return parse_pickle_arrays(without_npy_header(file, path.string()), path.string());
}

}  // namespace fgcn::io
