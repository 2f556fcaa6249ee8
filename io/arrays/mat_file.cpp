#include "io/arrays/mat_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "io/arrays/mat_stream.h"
#include "io/input_file.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::uint64_t kHeader = 128;
constexpr std::uint64_t kTag = 8;
constexpr std::int64_t kMostValues = std::int64_t{1} << 28;  // of a variable; BFM 2009 has 3.2e7
constexpr std::size_t kMostVariables = 1000;
constexpr std::uint64_t kMostName = 4096;
constexpr std::uint32_t kMatrix = 14, kCompressed = 15;          // elements
constexpr std::uint32_t kStruct = 2, kDouble = 6, kUInt64 = 15;  // classes
constexpr std::uint32_t kComplex = 0x800;

/// A tag; what a small element holds lies in its second word.
struct Element {
  std::uint32_t type = 0;
  std::uint64_t size = 0;
  bool small = false;
  std::array<std::uint8_t, 4> value{};
};

Element element_of(const MatStream::Words& tag) {
  Element out{tag[0], tag[1], false, {}};
  if ((tag[0] >> 16) != 0) {
    out.type = tag[0] & 0xffff;
    out.size = tag[0] >> 16;
    out.small = true;
    std::memcpy(out.value.data(), &tag[1], sizeof tag[1]);
  }
  return out;
}

/// Adds the values of one stored type; the conversion to what is asked for is C++'s.
template <class From, class To>
void read_values(MatStream& stream, const Element& element, std::size_t count,
                 std::vector<To>& out) {
  constexpr std::size_t kChunk = 8192;
  std::array<From, kChunk> chunk;
  if (element.small) {
    std::memcpy(chunk.data(), element.value.data(), element.size);
    for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<To>(chunk[i]));
    return;
  }
  while (count > 0) {
    const std::size_t now = std::min(count, kChunk);
    stream.read({reinterpret_cast<std::uint8_t*>(chunk.data()), now * sizeof(From)});
    for (std::size_t i = 0; i < now; ++i) out.push_back(static_cast<To>(chunk[i]));
    count -= now;
  }
}

template <class To>
using Reader = void (*)(MatStream&, const Element&, std::size_t, std::vector<To>&);

/// Of each type its width and reader; nothing for one that is no number.
template <class To>
std::optional<std::pair<std::size_t, Reader<To>>> reader_of(std::uint32_t type) {
  switch (type) {
    case 1:
      return std::pair(std::size_t{1}, &read_values<std::int8_t, To>);
    case 2:
      return std::pair(std::size_t{1}, &read_values<std::uint8_t, To>);
    case 3:
      return std::pair(std::size_t{2}, &read_values<std::int16_t, To>);
    case 4:
      return std::pair(std::size_t{2}, &read_values<std::uint16_t, To>);
    case 5:
      return std::pair(std::size_t{4}, &read_values<std::int32_t, To>);
    case 6:
      return std::pair(std::size_t{4}, &read_values<std::uint32_t, To>);
    case 7:
      return std::pair(std::size_t{4}, &read_values<float, To>);
    case 9:
      return std::pair(std::size_t{8}, &read_values<double, To>);
    case 12:
      return std::pair(std::size_t{8}, &read_values<std::int64_t, To>);
    case 13:
      return std::pair(std::size_t{8}, &read_values<std::uint64_t, To>);
    default:
      return std::nullopt;
  }
}

}  // namespace

/// Notes the variables of one top element.
class MatWalk {
 public:
  MatWalk(MatFile& file, MatStream& stream, const MatFile::Variable& place)
      : file_(file), stream_(stream), place_(place) {}

  void matrix() {
    const MatStream::Words tag = stream_.words();
    if (tag[0] != kMatrix) stream_.damaged();
    std::uint64_t left = tag[1];
    const std::uint32_t flags = flags_of(left);
    const std::vector<std::int32_t> dims = dims_of(left);
    const std::string name = characters(left);
    if ((flags & 0xff) != kStruct) return note(name, flags, dims);
    if (dims != std::vector<std::int32_t>{1, 1}) return;
    fields(name, left);
  }

 private:
  void fields(const std::string& name, std::uint64_t left) {
    const Element length = element(left);
    std::int32_t width = 0;
    if (!length.small || length.size != sizeof width) stream_.damaged();
    std::memcpy(&width, length.value.data(), sizeof width);
    const std::string names = characters(left);
    if (width < 1 || names.size() % static_cast<std::size_t>(width) != 0) stream_.damaged();
    for (std::size_t at = 0; at < names.size(); at += static_cast<std::size_t>(width)) {
      const Element field = element(left);
      if (field.small || field.type != kMatrix || field.size > left) stream_.damaged();
      left -= field.size;
      const std::uint64_t end = stream_.position() + field.size;
      std::uint64_t inside = field.size;
      if (inside > 0) {
        const std::uint32_t flags = flags_of(inside);
        const std::vector<std::int32_t> dims = dims_of(inside);
        characters(inside);
        const std::string own = names.substr(at, static_cast<std::size_t>(width));
        std::string full = name + ".";
        full.append(own, 0, own.find('\0'));
        note(full, flags, dims);
      }
      // The values of the last field are read when they are asked for.
      if (at + static_cast<std::size_t>(width) < names.size())
        stream_.skip(end - stream_.position());
    }
  }

  Element element(std::uint64_t& left) {
    if (left < kTag) stream_.damaged();
    left -= kTag;
    const Element out = element_of(stream_.words());
    if (out.small && out.size > out.value.size()) stream_.damaged();
    return out;
  }

  std::uint32_t flags_of(std::uint64_t& left) {
    const Element tag = element(left);
    if (tag.type != 6 || tag.size != 8 || left < kTag) stream_.damaged();
    left -= kTag;
    return stream_.words()[0];
  }

  /// The bytes of an element, without what fills it up to a multiple of eight.
  std::vector<std::uint8_t> content(std::uint64_t& left, std::uint64_t most) {
    const Element tag = element(left);
    if (tag.small)
      return {tag.value.begin(), tag.value.begin() + static_cast<std::ptrdiff_t>(tag.size)};
    const std::uint64_t padded = (tag.size + 7) / 8 * 8;
    if (tag.size > most || padded > left) stream_.damaged();
    left -= padded;
    std::vector<std::uint8_t> out(static_cast<std::size_t>(padded));
    stream_.read(out);
    out.resize(static_cast<std::size_t>(tag.size));
    return out;
  }

  std::vector<std::int32_t> dims_of(std::uint64_t& left) {
    constexpr std::uint64_t kMostDims = 256;
    const std::vector<std::uint8_t> bytes = content(left, kMostDims);
    std::vector<std::int32_t> out(bytes.size() / sizeof(std::int32_t));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(std::int32_t));
    return out;
  }

  std::string characters(std::uint64_t& left) {
    const std::vector<std::uint8_t> bytes = content(left, kMostName);
    return {bytes.begin(), bytes.end()};
  }

  void note(const std::string& name, std::uint32_t flags, const std::vector<std::int32_t>& dims) {
    const std::uint32_t kind = flags & 0xff;
    if (kind < kDouble || kind > kUInt64 || (flags & kComplex) != 0 || dims.size() != 2 ||
        dims[0] < 0 || dims[1] < 0 || std::int64_t{dims[0]} * dims[1] > kMostValues)
      return;
    MatFile::Variable found = place_;
    found.size = {dims[0], dims[1]};
    found.data = stream_.position();
    if (file_.variables_.size() < kMostVariables) file_.variables_[name] = found;
  }

  MatFile& file_;
  MatStream& stream_;
  const MatFile::Variable& place_;
};

MatFile::MatFile(const std::filesystem::path& path) : path_(path), where_(path.string()) {
  const InputFile file(path);
  std::array<std::uint8_t, kHeader> head{};
  if (file.size() >= kHeader) file.read(0, head);
  if (std::memcmp(head.data(), "MATL", 4) != 0 || std::memcmp(head.data() + 124, "\0\1IM", 4) != 0)
    input_error(where_, ": is not a little-endian MAT 5 file; save it again from MATLAB with -v7");
  std::size_t elements = 0;
  for (std::uint64_t at = kHeader; at < file.size(); ++elements) {
    const std::uint64_t left = file.size() - at;
    MatStream::Words tag{};
    if (left >= kTag)
      tag = MatStream(file, at, file.size(), MatStream::Packing::kNone, where_).words();
    const std::uint64_t size = left < kTag ? kTag : kTag + tag[1];
    if (size > left)
      input_error(where_, ": has ", file.size(), " bytes, expected at least ", at + size,
                  ": its end is missing; copy the file again");
    if (elements == kMostVariables)
      input_error(where_, ": has more than ", kMostVariables,
                  " variables, no face model has so many");
    Variable place;
    place.packed = tag[0] == kCompressed;
    place.begin = place.packed ? at + kTag : at;
    place.end = at + size;
    MatStream stream(file, place.begin, place.end,
                     place.packed ? MatStream::Packing::kZlib : MatStream::Packing::kNone, where_);
    MatWalk(*this, stream, place).matrix();
    at += size;
  }
}

const MatFile::Variable& MatFile::variable(const std::string& name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end())
    input_error(where_, ": has no numeric matrix ", name, "; copy the file again");
  return found->second;
}

template <class T>
std::vector<T> MatFile::read(const std::string& name, std::int64_t columns) const {
  const Variable& found = variable(name);
  const auto count = static_cast<std::size_t>(found.size.rows * columns);
  const auto all = static_cast<std::uint64_t>(found.size.count());
  std::vector<T> out;
  if (count == 0 && all > 0) return out;
  const InputFile file(path_);
  MatStream stream(file, found.begin, found.end,
                   found.packed ? MatStream::Packing::kZlib : MatStream::Packing::kNone, where_);
  stream.skip(found.data);
  const Element element = element_of(stream.words());
  const auto reader = reader_of<T>(element.type);
  // A matrix without cells has no values either, unless its size is what was damaged.
  if (all == 0 && element.size == 0) return out;
  // zlib packs a thousand bytes into one, and no more.
  const std::uint64_t most_unpacked = found.packed ? 1100 : 1;
  if (!reader || element.size != all * reader->first ||
      (element.small && element.size > element.value.size()) ||
      element.size / most_unpacked > found.end - found.begin)
    input_error(where_, ": the values of ", name, " are damaged; copy the file again");
  out.reserve(count);
  reader->second(stream, element, count, out);
  if (!element.small) stream.skip((all - count) * reader->first);
  if (found.packed && name.find('.') == std::string::npos) stream.finish();
  for (const T x : out)
    if (!std::isfinite(x))
      input_error(where_, ": ", name, " holds a value that is not finite; copy the file again");
  return out;
}

namespace {

std::int64_t fitting(const MatFile::Size& size, const std::string& name, std::int64_t rows,
                     std::int64_t columns, const std::string& where) {
  if (size.rows != rows || size.columns < (columns < 0 ? 0 : columns))
    input_error(where, ": ", name, " is ", size.rows, " by ", size.columns, ", expected ", rows,
                " by ", columns < 0 ? std::string("any number") : text(columns, " or more"),
                "; give the published file");
  return columns < 0 ? size.columns : columns;
}

}  // namespace

std::vector<float> MatFile::floats(const std::string& name, std::int64_t rows,
                                   std::int64_t columns) const {
  return read<float>(name, fitting(size(name), name, rows, columns, where_));
}

std::vector<double> MatFile::doubles(const std::string& name, std::int64_t rows,
                                     std::int64_t columns) const {
  return read<double>(name, fitting(size(name), name, rows, columns, where_));
}

std::vector<double> MatFile::list(const std::string& name, std::int64_t count) const {
  const Size found = size(name);
  if ((found.rows != 1 && found.columns != 1) || (count >= 0 && found.count() != count))
    input_error(where_, ": ", name, " is ", found.rows, " by ", found.columns, ", expected ",
                count < 0 ? std::string("a row or column") : text(count, " values"),
                "; give the published file");
  return read<double>(name, found.columns);
}

}  // namespace fgcn::io
