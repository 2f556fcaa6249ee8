#include "io/mesh/ply.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "io/byte_order.h"
#include "io/mesh/color_range.h"
#include "io/mesh/ply_faces.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

enum class Kind { kI8, kU8, kI16, kU16, kI32, kU32, kF32, kF64 };

struct KindName {
  std::string_view name;
  Kind kind;
};
constexpr KindName kKinds[] = {
    {"char", Kind::kI8},    {"int8", Kind::kI8},     {"uchar", Kind::kU8},
    {"uint8", Kind::kU8},   {"short", Kind::kI16},   {"int16", Kind::kI16},
    {"ushort", Kind::kU16}, {"uint16", Kind::kU16},  {"int", Kind::kI32},
    {"int32", Kind::kI32},  {"uint", Kind::kU32},    {"uint32", Kind::kU32},
    {"float", Kind::kF32},  {"float32", Kind::kF32}, {"double", Kind::kF64},
    {"float64", Kind::kF64}};

std::size_t bytes_of(Kind kind) {
  constexpr std::array<std::size_t, 8> kBytes{1, 1, 2, 2, 4, 4, 4, 8};
  return kBytes[static_cast<std::size_t>(kind)];
}
bool is_integer(Kind kind) { return kind != Kind::kF32 && kind != Kind::kF64; }

struct Property {
  std::string name;
  Kind kind = Kind::kF32;
  std::optional<Kind> list_length;  // of a list: the kind of its length
};
struct Element {
  std::string name;
  std::int64_t count = 0;
  std::vector<Property> properties;
};

// The meaning of a vertex property: a place in one row of numbers.
enum Slot : std::size_t { kX, kY, kZ, kNx, kNy, kNz, kU, kV, kRed, kGreen, kBlue, kSlots };
struct SlotName {
  std::string_view name;
  Slot slot;
};
constexpr SlotName kSlotNames[] = {{"x", kX},         {"y", kY},
                                   {"z", kZ},         {"nx", kNx},
                                   {"ny", kNy},       {"nz", kNz},
                                   {"s", kU},         {"u", kU},
                                   {"texture_u", kU}, {"t", kV},
                                   {"v", kV},         {"texture_v", kV},
                                   {"red", kRed},     {"diffuse_red", kRed},
                                   {"green", kGreen}, {"diffuse_green", kGreen},
                                   {"blue", kBlue},   {"diffuse_blue", kBlue},
                                   {"r", kRed},       {"g", kGreen},
                                   {"b", kBlue}};

class PlyReader {
 public:
  PlyReader(std::span<const std::uint8_t> bytes, const std::string& where)
      : rest_(io::without_mark({reinterpret_cast<const char*>(bytes.data()), bytes.size()})),
        where_(where) {}

  RenderMesh read() {
    read_header();
    for (const Element& element : elements_) {
      if (element.name == "vertex") {
        read_vertices(element);
      } else {
        read_others(element);
      }
    }
    bring_into_unit_range(out_.colors, where_);
    faces_.write_to(out_, where_);
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const char* what) const {
    input_error(where_, ": ", what, "; it is not a proper PLY file");
  }

  void read_header() {
    // Bytes follow the header: a "\n" after its last "\r" may be one of them.
    const bool lone_returns = rest_.starts_with("ply\r") && !rest_.starts_with("ply\r\n");
    if (io::next_line(rest_) != "ply") refuse("does not begin with \"ply\"");
    bool has_format = false;
    for (;;) {
      if (rest_.empty()) refuse("has a header without an end");
      constexpr std::string_view kEnd = "end_header\r";
      if (lone_returns && rest_.starts_with(kEnd)) {
        rest_.remove_prefix(kEnd.size());
        break;
      }
      std::string_view line = io::next_line(rest_);
      const std::string_view keyword = io::next_word(line);
      if (keyword == "end_header") break;
      if (keyword == "format") {
        const std::string_view format = io::next_word(line);
        has_format = true;
        if (format == "ascii") {
          format_ = PlyFormat::kAscii;
        } else if (format == "binary_little_endian") {
          format_ = PlyFormat::kLittleEndian;
        } else if (format == "binary_big_endian") {
          format_ = PlyFormat::kBigEndian;
        } else {
          refuse("has an unknown format");
        }
      } else if (keyword == "element") {
        Element& element = elements_.emplace_back();
        element.name = io::next_word(line);
        const auto count = io::parse_integer(io::next_word(line));
        if (!count || *count < 0 || *count > std::numeric_limits<std::int32_t>::max())
          refuse("has a bad number of elements");
        element.count = *count;
      } else if (keyword == "property") {
        read_property(line);
      } else if (keyword != "comment" && keyword != "obj_info" && !keyword.empty()) {
        refuse("has an unknown line in its header");
      }
    }
    if (!has_format) refuse("does not say its format");
  }

  void read_property(std::string_view line) {
    if (elements_.empty()) refuse("has a property outside an element");
    Property property;
    std::string_view word = io::next_word(line);
    if (word == "list") {
      property.list_length = kind_of(io::next_word(line));
      if (!is_integer(*property.list_length)) refuse("has a list of a length that is no integer");
      word = io::next_word(line);
    }
    property.kind = kind_of(word);
    property.name = io::next_word(line);
    elements_.back().properties.push_back(std::move(property));
  }

  Kind kind_of(std::string_view name) const {
    for (const KindName& k : kKinds)
      if (k.name == name) return k.kind;
    refuse("has a property of an unknown type");
  }

  double next(Kind kind) {
    double value = 0;
    if (format_ == PlyFormat::kAscii) {
      const std::string_view word = io::next_word(rest_);
      if (word.empty()) refuse("is cut off");
      const auto number = io::parse_number(word);
      if (!number) refuse("holds something other than numbers");
      if (kind != Kind::kF32) return *number;
      // Rounded, as the same number in a binary file would be.
      if (std::abs(*number) > std::numeric_limits<float>::max()) refuse("has a number too large");
      return static_cast<float>(*number);
    }
    const std::size_t bytes = bytes_of(kind);
    if (rest_.size() < bytes) refuse("is cut off");
    const std::span data(reinterpret_cast<const std::uint8_t*>(rest_.data()), bytes);
    const std::endian order =
        format_ == PlyFormat::kBigEndian ? std::endian::big : std::endian::little;
    switch (kind) {
      case Kind::kI8:
        value = io::load_in<std::int8_t>(order, data, 0);
        break;
      case Kind::kU8:
        value = data[0];
        break;
      case Kind::kI16:
        value = io::load_in<std::int16_t>(order, data, 0);
        break;
      case Kind::kU16:
        value = io::load_in<std::uint16_t>(order, data, 0);
        break;
      case Kind::kI32:
        value = io::load_in<std::int32_t>(order, data, 0);
        break;
      case Kind::kU32:
        value = io::load_in<std::uint32_t>(order, data, 0);
        break;
      case Kind::kF32:
        value = io::load_in<float>(order, data, 0);
        break;
      case Kind::kF64:
        value = io::load_in<double>(order, data, 0);
        break;
    }
    rest_.remove_prefix(bytes);
    if (!std::isfinite(value)) refuse("holds a number that is not finite");
    return value;
  }

  /// A number that nobody reads: it need not be finite.
  void skip(Kind kind) {
    if (format_ == PlyFormat::kAscii) {
      if (io::next_word(rest_).empty()) refuse("is cut off");
      return;
    }
    if (rest_.size() < bytes_of(kind)) refuse("is cut off");
    rest_.remove_prefix(bytes_of(kind));
  }

  void skip(const Property& property) {
    if (!property.list_length) return skip(property.kind);
    for (std::int64_t n = next_length(*property.list_length); n > 0; --n) skip(property.kind);
  }

  std::int64_t next_length(Kind kind) {
    const double value = next(kind);
    if (!(value >= 0 && value <= std::numeric_limits<std::int32_t>::max()) ||
        value != std::floor(value))
      refuse("has a list of an impossible length");
    return static_cast<std::int64_t>(value);
  }

  void read_vertices(const Element& element) {
    if (!out_.vertices.empty()) refuse("has two lists of vertices");
    constexpr std::size_t kUnused = kSlots;
    std::vector<std::size_t> slot;
    std::array<bool, kSlots + 1> present{};
    std::array<double, kSlots + 1> scale;
    scale.fill(1.0);
    for (const Property& p : element.properties) {
      const auto found = std::find_if(std::begin(kSlotNames), std::end(kSlotNames),
                                      [&](const SlotName& s) { return s.name == p.name; });
      slot.push_back(found == std::end(kSlotNames) || p.list_length ? kUnused : found->slot);
      present[slot.back()] = true;
      // Integers of four bytes have no usual range: judged as reals are.
      if (slot.back() >= kRed && slot.back() <= kBlue && is_integer(p.kind) && bytes_of(p.kind) < 4)
        scale[slot.back()] = 1.0 / (bytes_of(p.kind) == 2 ? 65535.0 : 255.0);
    }
    const auto all = [&](std::initializer_list<Slot> slots) {
      return std::all_of(slots.begin(), slots.end(), [&](Slot s) { return present[s]; });
    };
    if (!all({kX, kY, kZ})) refuse("has vertices without x, y and z");
    for (std::int64_t i = read_plain_vertices(element, slot); i < element.count; ++i) {
      std::array<double, kSlots + 1> row{};
      for (std::size_t p = 0; p < slot.size(); ++p) {
        const Property& property = element.properties[p];
        if (slot[p] == kUnused) {
          skip(property);
        } else {
          row[slot[p]] = next(property.kind) * scale[slot[p]];
        }
      }
      out_.vertices.push_back({row[kX], row[kY], row[kZ]});
      if (all({kNx, kNy, kNz})) out_.normals.push_back({row[kNx], row[kNy], row[kNz]});
      if (all({kU, kV})) out_.uvs.push_back({row[kU], row[kV]});
      if (all({kRed, kGreen, kBlue})) out_.colors.push_back({row[kRed], row[kGreen], row[kBlue]});
    }
  }

  /// Vertices that are three floats and nothing else; all that the file holds, or none.
  std::int64_t read_plain_vertices(const Element& element, const std::vector<std::size_t>& slot) {
    constexpr std::size_t kBytes = 12;
    const bool plain = format_ == PlyFormat::kLittleEndian &&
                       slot == std::vector<std::size_t>{kX, kY, kZ} &&
                       std::all_of(element.properties.begin(), element.properties.end(),
                                   [](const Property& p) { return p.kind == Kind::kF32; });
    if (!plain || rest_.size() / kBytes < static_cast<std::size_t>(element.count)) return 0;
    const std::size_t bytes = kBytes * static_cast<std::size_t>(element.count);
    const std::span data(reinterpret_cast<const std::uint8_t*>(rest_.data()), bytes);
    out_.vertices.resize(static_cast<std::size_t>(element.count));
    for (std::size_t v = 0; v < out_.vertices.size(); ++v) {
      for (std::size_t k = 0; k < 3; ++k) {
        const auto x = io::load_in<float>(std::endian::little, data, kBytes * v + 4 * k);
        if (!std::isfinite(x)) refuse("holds a number that is not finite");
        out_.vertices[v][k] = static_cast<double>(x);
      }
    }
    rest_.remove_prefix(bytes);
    return element.count;
  }

  /// Triangles of the form that most programs write, up to the first face that is none.
  std::int64_t read_plain_triangles(const Element& element) {
    constexpr std::size_t kBytes = 13;  // a length of one byte and three indices of four
    const Property& p = element.properties.front();
    if (format_ != PlyFormat::kLittleEndian || element.properties.size() != 1 ||
        p.list_length != Kind::kU8 || p.kind != Kind::kI32 ||
        (p.name != "vertex_indices" && p.name != "vertex_index"))
      return 0;
    std::int64_t done = 0;
    for (; done < element.count && rest_.size() >= kBytes && rest_.front() == 3; ++done) {
      const std::span data(reinterpret_cast<const std::uint8_t*>(rest_.data()), kBytes);
      std::array<std::int32_t, 3> corner;
      for (std::size_t k = 0; k < 3; ++k) {
        corner[k] = io::load_in<std::int32_t>(std::endian::little, data, 1 + 4 * k);
        if (corner[k] < 0) refuse("has a face with a bad vertex");
      }
      faces_.add(corner, {});
      rest_.remove_prefix(kBytes);
    }
    return done;
  }

  /// Faces, strips, and elements that are passed over.
  void read_others(const Element& element) {
    if (element.properties.empty()) return;  // takes no bytes, however many there are
    const bool face = element.name == "face";
    const bool strip = element.name == "tristrips";
    std::vector<std::int32_t> corners;
    std::vector<double> texcoord;
    const std::int64_t done = face ? read_plain_triangles(element) : 0;
    for (std::int64_t i = done; i < element.count; ++i) {
      corners.clear();
      texcoord.clear();
      for (const Property& p : element.properties) {
        if ((face || strip) && p.list_length &&
            (p.name == "vertex_indices" || p.name == "vertex_index")) {
          for (std::int64_t n = next_length(*p.list_length); n > 0; --n)
            corners.push_back(next_vertex(p.kind, strip ? -1 : 0));
        } else if (face && p.list_length && p.name == "texcoord") {
          for (std::int64_t n = next_length(*p.list_length); n > 0; --n)
            texcoord.push_back(next(p.kind));
        } else {
          skip(p);
        }
      }
      if (strip) {
        faces_.add_strip(corners);
      } else if (face && !faces_.add(corners, texcoord)) {
        refuse("has a face whose texture coordinates are not two a corner");
      }
    }
  }

  std::int32_t next_vertex(Kind kind, std::int32_t least) {
    const double value = next(kind);
    if (!(value >= least && value <= std::numeric_limits<std::int32_t>::max()) ||
        value != std::floor(value))
      refuse("has a face with a bad vertex");
    return static_cast<std::int32_t>(value);
  }

  std::string_view rest_;
  const std::string& where_;
  PlyFormat format_ = PlyFormat::kAscii;
  std::vector<Element> elements_;
  PlyFaces faces_;
  RenderMesh out_;
};

}  // namespace

RenderMesh parse_ply(std::span<const std::uint8_t> bytes, const std::string& where) {
  return PlyReader(bytes, where).read();
}

RenderMesh read_ply(const std::filesystem::path& path) {
  return parse_ply(read_file(path), path.string());
}

}  // namespace fgcn::mesh
