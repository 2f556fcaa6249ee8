#include "io/arrays/npz.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "io/arrays/element_type.h"
#include "io/arrays/npy_types.h"
#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxDimensions = 16;
constexpr std::string_view kSuffix = ".npy";

/// Reads the header, a Python literal of a fixed form: {'descr': '<f8', 'fortran_order': False,
/// 'shape': (2, 3), } with the keys in any order.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  struct Header {
    std::string descr;
    bool by_columns = false;
    std::vector<std::int64_t> shape;
  };

  Header read() {
    Header header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(has_descr, true)) {
        header.descr = quoted();
      } else if (key == "fortran_order" && !std::exchange(has_order, true)) {
        header.by_columns = boolean();
      } else if (key == "shape" && !std::exchange(has_shape, true)) {
        header.shape = tuple();
      } else {
        refuse();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty() || !has_descr || !has_order || !has_shape) refuse();
    return header;
  }

 private:
  [[noreturn]] void refuse() const {
    input_error(where_, ": has a malformed or unknown NumPy header; save plain numeric arrays");
  }
  void skip_space() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_space();
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse();
  }
  std::string quoted() {
    expect('\'');
    const std::size_t end = text_.find('\'');
    if (end == std::string_view::npos) refuse();
    std::string out(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return out;
  }
  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(std::string_view(word).size());
      return value;
    }
    refuse();
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> out;
    expect('(');
    while (!accept(')')) {
      if (out.size() == kMaxDimensions) refuse();
      out.push_back(number());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }
  std::int64_t number() {
    skip_space();
    if (text_.empty() || std::isdigit(static_cast<unsigned char>(text_[0])) == 0) refuse();
    std::int64_t value = 0;
    while (!text_.empty() && std::isdigit(static_cast<unsigned char>(text_[0])) != 0) {
      if (__builtin_mul_overflow(value, std::int64_t{10}, &value) ||
          __builtin_add_overflow(value, std::int64_t{text_[0] - '0'}, &value))
        refuse();
      text_.remove_prefix(1);
    }
    return value;
  }

  std::string_view text_;
  const std::string& where_;
};

/// Strings of a fixed width, padded with zeros: S is one byte a character, U four.
std::vector<std::string> read_texts(std::span<const std::uint8_t> data, std::int64_t texts,
                                    std::int64_t characters, std::int64_t width,
                                    const std::string& where) {
  std::vector<std::string> out(static_cast<std::size_t>(texts));
  for (std::int64_t i = 0; i < texts; ++i) {
    for (std::int64_t c = 0; c < characters; ++c) {
      const auto at = static_cast<std::size_t>((i * characters + c) * width);
      const std::uint32_t code = width == 1 ? data[at] : load_le<std::uint32_t>(data, at);
      if (code == 0) break;
      if (code > 0x7f) input_error(where, ": holds a text that is not ASCII; use plain names");
      out[i].push_back(static_cast<char>(code));
    }
  }
  return out;
}

}  // namespace

Bytes turned_over(std::span<const std::uint8_t> data, const std::vector<std::int64_t>& shape,
                  std::int64_t width) {
  Bytes out(data.size());
  if (out.empty()) return out;  // with an extent of zero the others are unbounded
  const std::size_t dims = shape.size();
  std::vector<std::int64_t> stride(dims, width);  // in `data`
  for (std::size_t d = 1; d < dims; ++d) stride[d] = stride[d - 1] * shape[d - 1];
  std::vector<std::int64_t> index(dims, 0);
  std::int64_t from = 0;
  for (std::size_t to = 0; to < out.size(); to += static_cast<std::size_t>(width)) {
    std::copy_n(data.data() + from, width, out.data() + to);
    for (std::size_t d = dims; d-- > 0;) {
      from += stride[d];
      if (++index[d] < shape[d]) break;
      from -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

NpyArray parse_npy(std::span<const std::uint8_t> bytes, const std::string& where) {
  const auto refuse = [&](const char* what) {
    input_error(where, ": ", what, "; save it again with numpy");
  };
  constexpr std::size_t kVersionAt = kMagic.size();
  if (bytes.size() < kVersionAt + 4 ||
      !std::equal(kMagic.begin(), kMagic.end(), bytes.begin(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
    refuse("is not a NumPy array");
  const std::uint8_t version = bytes[kVersionAt];
  if (version < 1 || version > 3) refuse("has an unknown version of NumPy's format");
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (bytes.size() < kVersionAt + 2 + length_bytes) refuse("is cut off");
  const std::size_t header_bytes = version == 1 ? load_le<std::uint16_t>(bytes, kVersionAt + 2)
                                                : load_le<std::uint32_t>(bytes, kVersionAt + 2);
  bytes = bytes.subspan(kVersionAt + 2 + length_bytes);
  if (bytes.size() < header_bytes) refuse("is cut off");
  const std::string header_text(bytes.begin(),
                                bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes));
  const HeaderReader::Header header = HeaderReader(header_text, where).read();
  const auto data = bytes.subspan(header_bytes);

  NpyArray out;
  out.shape = header.shape;
  const std::int64_t elements = count_of(out.shape);
  const bool in_order = header.descr.starts_with('<') || header.descr.starts_with('|');
  const ElementType element =
      in_order ? element_type(std::string_view(header.descr).substr(1)) : ElementType();
  const std::optional<NpyType> known = read_as(element);
  std::int64_t characters = 1;
  std::int64_t width = 0;
  if (known) {
    out.type = *known;
    width = element.bytes;
  } else if (const std::string& d = header.descr;
             (d.starts_with("|S") || d.starts_with("<U")) && d.size() >= 3 && d.size() <= 6 &&
             std::all_of(d.begin() + 2, d.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    out.type = NpyType::kText;
    characters = std::stoi(d.substr(2));
    width = d[1] == 'S' ? 1 : 4;
    if (out.shape.size() > 1 || characters == 0) refuse("holds texts in an unknown arrangement");
  } else {
    input_error(where, ": has the type ", d, "; use f2, f4, f8, i1 to i8, u1 to u8, b1, S or U");
  }
  std::int64_t total = 0;
  if (elements < 0 || __builtin_mul_overflow(elements, width * characters, &total) ||
      static_cast<std::uint64_t>(total) != data.size())
    refuse("has a shape that does not fit its bytes");

  if (out.type == NpyType::kText) {
    out.texts = read_texts(data, elements, characters, width, where);
    return out;
  }
  out.data = widened(element, data, where);
  if (header.by_columns && out.shape.size() > 1)
    out.data = turned_over(out.data, out.shape, bytes_of(out.type));
  return out;
}

Bytes encode_npy(const NpyArray& array) {
  FGCN_CHECK(array.type != NpyType::kUnread, "npy: an array that was not read is not written");
  std::string descr;
  Bytes data = array.data;
  if (array.type == NpyType::kText) {
    FGCN_CHECK(
        array.shape.size() <= 1 && static_cast<std::int64_t>(array.texts.size()) == array.size(),
        "npy: the texts do not fill the shape, of one axis at most");
    std::size_t width = 1;
    for (const std::string& one : array.texts) width = std::max(width, one.size());
    descr = text("|S", width);
    data.clear();
    for (const std::string& one : array.texts) {
      data.insert(data.end(), one.begin(), one.end());
      data.resize(data.size() + width - one.size(), 0);
    }
  } else {
    for (const NpyTypeInfo& t : kNpyTypes)
      if (t.type == array.type) descr = t.descr;
    FGCN_CHECK(static_cast<std::int64_t>(data.size()) == array.size() * bytes_of(array.type),
               "npy: the data do not fill the shape");
  }
  std::string shape;
  for (const std::int64_t extent : array.shape) shape += text(extent, ", ");
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);
  if (array.shape.size() == 1) shape.pop_back();  // "(3,)"
  std::string header =
      text("{'descr': '", descr, "', 'fortran_order': False, 'shape': (", shape, "), }");
  constexpr std::size_t kBefore = kMagic.size() + 4;
  header.resize((kBefore + header.size() + 1 + 63) / 64 * 64 - kBefore - 1, ' ');
  header += '\n';

  Bytes out(kMagic.begin(), kMagic.end());
  out.push_back(1);
  out.push_back(0);
  append_le(out, static_cast<std::uint16_t>(header.size()));
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

namespace {

/// Folders, notes and arrays of other types may lie beside those that are wanted.
NpyArray parse_member(std::span<const std::uint8_t> bytes, const std::string& where,
                      const std::string& name) {
  try {
    return parse_npy(bytes, text(where, ": ", name));
  } catch (const InputError& error) {
    return NpyArray{NpyType::kUnread, {}, {}, {error.what()}};
  }
}

}  // namespace

Npz parse_npz(std::span<const std::uint8_t> bytes, const std::string& where) {
  Npz out;
  for (const auto& [name, member] : parse_zip(bytes, where)) {
    std::string_view key = name;
    if (key.ends_with(kSuffix)) key.remove_suffix(kSuffix.size());
    if (!out.emplace(std::string(key), parse_member(member, where, name)).second)
      input_error(where, ": two arrays have one name; save it again with numpy");
  }
  return out;
}

Bytes encode_npz(const Npz& arrays, ZipMethod method) {
  std::map<std::string, Bytes> members;
  for (const auto& [name, array] : arrays)
    members.emplace(name + std::string(kSuffix), encode_npy(array));
  return encode_zip(members, method);
}

Npz read_npz(const std::filesystem::path& path) {
  return parse_npz(read_file(path), path.string());
}

void write_npz(const std::filesystem::path& path, const Npz& arrays, ZipMethod method) {
  write_file(path, encode_npz(arrays, method));
}

const NpyArray& at(const Npz& arrays, const std::string& name, const std::string& where) {
  const auto found = arrays.find(name);
  if (found == arrays.end())
    input_error(where, ": holds no array \"", name, "\"; use a file written for this purpose");
  check_read(found->second);
  return found->second;
}

}  // namespace fgcn::io
