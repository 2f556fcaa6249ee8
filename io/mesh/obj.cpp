#include "io/mesh/obj.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "io/file.h"
#include "io/mesh/color_range.h"
#include "io/mesh/polygon.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

class ObjReader {
 public:
  ObjReader(std::string_view text, const std::string& where) : rest_(text), where_(where) {}

  ObjFile read() {
    file_.face_begin.push_back(0);
    while (!rest_.empty()) {
      ++line_;
      statement(io::next_line(rest_));
    }
    if (colored_ != file_.vertices.size()) file_.colors.clear();
    if (file_.faces() == 0)
      input_error(where_, ": holds no face (a line \"f 1 2 3\"); export it as an OBJ mesh");
    bring_into_unit_range(file_.colors, where_);
    std::erase_if(file_.landmarks, [&](const ObjLandmark& l) {
      return static_cast<std::size_t>(l.vertex) >= file_.vertices.size();  // no v follows
    });
    check_ranges();
    check_polygons();
    return std::move(file_);
  }

 private:
  [[noreturn]] void refuse(const char* what) const {
    input_error(where_, ": line ", line_, " ", what, "; it is not a proper OBJ file");
  }

  void statement(std::string_view line) {
    const std::string_view keyword = io::next_word(line);
    if (keyword == "g") {
      const std::string_view name = io::next_word(line);
      file_.groups.push_back({std::string(name.empty() ? "default" : name), file_.faces()});
    } else if (keyword == "#landmark") {
      const auto next = static_cast<std::int32_t>(file_.vertices.size());
      file_.landmarks.push_back({std::string(io::trimmed(line)), next});
    } else if (keyword == "mtllib" && file_.material_file.empty()) {
      file_.material_file = io::trimmed(line);
    } else if (keyword == "usemtl" && file_.material.empty()) {
      file_.material = io::trimmed(line);
    }
    if (keyword != "v" && keyword != "vt" && keyword != "vn" && keyword != "f") return;
    std::string joined;
    if (line.find('#') != std::string_view::npos || io::trimmed(line).ends_with('\\')) {
      joined = continued(line);
      line = joined;
    }
    if (keyword == "v") {
      vertex(line);
    } else if (keyword == "vt") {
      const Numbers n = numbers(line);
      if (n.count < 1) refuse("has a texture coordinate without numbers");
      file_.uvs.push_back({n.value[0], n.count > 1 ? n.value[1] : 0.0});
    } else if (keyword == "vn") {
      const Numbers n = numbers(line);
      if (n.count != 3) refuse("has a normal that is not three numbers");
      file_.normals.push_back({n.value[0], n.value[1], n.value[2]});
    } else {
      face(line);
    }
  }

  /// The statement without its comment, and with the lines after it while a backslash ends it. A
  /// comment goes to the end of its own line: names in it may end in a backslash.
  std::string continued(std::string_view line) {
    std::string joined;
    for (;;) {
      const std::size_t comment = line.find('#');
      line = io::trimmed(line.substr(0, comment));
      const bool more = comment == std::string_view::npos && line.ends_with('\\');
      if (more) line.remove_suffix(1);
      joined += line;
      if (!more || rest_.empty()) return joined;
      joined += ' ';
      ++line_;
      line = io::next_line(rest_);
    }
  }

  struct Numbers {
    std::array<double, 8> value{};
    std::size_t count = 0;
  };
  Numbers numbers(std::string_view line) const {
    Numbers out;
    for (std::string_view word = io::next_word(line); !word.empty(); word = io::next_word(line)) {
      const auto value = io::parse_number(word);
      if (!value || out.count == out.value.size()) refuse("holds something other than numbers");
      out.value[out.count++] = *value;
    }
    return out;
  }

  void vertex(std::string_view line) {
    const Numbers n = numbers(line);
    if (n.count < 3) refuse("has a vertex of fewer than three numbers");
    if (file_.vertices.size() >= std::numeric_limits<std::int32_t>::max())
      refuse("has a vertex too many");
    file_.vertices.push_back({n.value[0], n.value[1], n.value[2]});
    if (n.count < 6) return;
    file_.colors.push_back({n.value[3], n.value[4], n.value[5]});
    ++colored_;
  }

  /// From 1, or from the end backwards; returned from 0. Ranges are checked at the end of the file.
  std::int32_t index(std::string_view word, std::size_t so_far) const {
    const auto value = io::parse_integer(word);
    constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
    if (!value || *value == 0 || *value > kMax) refuse("has a face with a bad index");
    const std::int64_t from_zero =
        *value > 0 ? *value - 1 : static_cast<std::int64_t>(so_far) + *value;
    if (from_zero < 0) refuse("has a face with an index before the first");
    return static_cast<std::int32_t>(from_zero);
  }

  void face(std::string_view line) {
    const std::size_t first = file_.corners.size();
    for (std::string_view word = io::next_word(line); !word.empty(); word = io::next_word(line)) {
      std::array<std::string_view, 3> part;
      std::size_t parts = 0;
      for (bool more = true; more;) {
        if (parts == part.size()) refuse("has a face with a bad index");
        const std::size_t slash = word.find('/');
        more = slash != std::string_view::npos;
        part[parts++] = word.substr(0, slash);
        word.remove_prefix(more ? slash + 1 : word.size());
      }
      ObjCorner corner;
      corner.vertex = index(part[0], file_.vertices.size());
      if (!part[1].empty()) corner.uv = index(part[1], file_.uvs.size());
      if (!part[2].empty()) corner.normal = index(part[2], file_.normals.size());
      file_.corners.push_back(corner);
    }
    if (file_.corners.size() - first < 3) refuse("has a face of fewer than three corners");
    file_.face_begin.push_back(static_cast<std::int64_t>(file_.corners.size()));
  }

  void check_ranges() const {
    const auto inside = [](std::int32_t i, std::size_t size) {
      return i < 0 || static_cast<std::size_t>(i) < size;  // -1 is none
    };
    for (const ObjCorner& c : file_.corners)
      if (!inside(c.vertex, file_.vertices.size()) || !inside(c.uv, file_.uvs.size()) ||
          !inside(c.normal, file_.normals.size()))
        input_error(where_, ": a face names a vertex, texture coordinate or normal that the file ",
                    "does not have; it may be cut off");
  }

  void check_polygons() const {
    PolygonCutter cutter(file_.vertices);
    std::vector<std::int32_t> corners;
    std::vector<Triangle> triangles;
    for (std::int64_t f = 0; f < file_.faces(); ++f) {
      if (file_.face_begin[f + 1] - file_.face_begin[f] <= std::int64_t{kMaxConcaveCorners})
        continue;
      corners.clear();
      for (std::int64_t c = file_.face_begin[f]; c < file_.face_begin[f + 1]; ++c)
        corners.push_back(file_.corners[c].vertex);
      if (!cutter.cut(corners, corners, triangles))
        input_error(where_, ": has a concave face of more than ", kMaxConcaveCorners,
                    " corners; cut its faces into triangles");
      triangles.clear();
    }
  }

  std::string_view rest_;
  const std::string& where_;
  std::int64_t line_ = 0;
  std::size_t colored_ = 0;
  ObjFile file_;
};

std::vector<Triangle> triangles_of(const ObjFile& file, const std::vector<std::int32_t>& place) {
  std::vector<Triangle> out;
  PolygonCutter cutter(file.vertices);
  std::vector<std::int32_t> corners;
  for (std::int64_t f = 0; f < file.faces(); ++f) {
    const auto first = static_cast<std::size_t>(file.face_begin[f]);
    const auto count = static_cast<std::size_t>(file.face_begin[f + 1]) - first;
    corners.clear();
    for (std::size_t c = first; c < first + count; ++c) corners.push_back(file.corners[c].vertex);
    FGCN_CHECK(cutter.cut(corners, std::span(place).subspan(first, count), out), "obj: face ", f,
               " has ", count, " corners and is concave");
  }
  return out;
}

}  // namespace

ObjFile parse_obj(std::span<const std::uint8_t> bytes, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return ObjReader(io::without_mark(text), where).read();
}

ObjFile read_obj(const std::filesystem::path& path) {
  return parse_obj(read_file(path), path.string());
}

TriangleMesh triangle_mesh(const ObjFile& file) {
  std::vector<std::int32_t> place;
  for (const ObjCorner& c : file.corners) place.push_back(c.vertex);
  return {file.vertices, triangles_of(file, place)};
}

RenderMesh render_mesh(const ObjFile& file) {
  const auto& corners = file.corners;
  const bool has_uv = !corners.empty() && std::all_of(corners.begin(), corners.end(),
                                                      [](const auto& c) { return c.uv >= 0; });
  const bool has_normal =
      !corners.empty() &&
      std::all_of(corners.begin(), corners.end(), [](const auto& c) { return c.normal >= 0; });
  RenderMesh out;
  out.vertices = file.vertices;
  out.colors = file.colors;
  if (has_uv) out.uvs.resize(file.vertices.size(), Vec2{0, 0});
  if (has_normal) out.normals.resize(file.vertices.size(), Vec3{0, 0, 0});

  using Attributes = std::pair<std::int32_t, std::int32_t>;
  std::vector<Attributes> first(file.vertices.size(), Attributes{-1, -1});
  std::vector<std::uint8_t> seen(file.vertices.size(), 0);
  std::map<std::pair<std::int32_t, Attributes>, std::int32_t> repeated;
  std::vector<std::int32_t> place;
  for (const ObjCorner& c : corners) {
    const Attributes attributes{has_uv ? c.uv : -1, has_normal ? c.normal : -1};
    std::int32_t at = c.vertex;
    bool fresh = seen[c.vertex] == 0;
    if (fresh) {
      seen[c.vertex] = 1;
      first[c.vertex] = attributes;
    } else if (first[c.vertex] != attributes) {
      const auto next = static_cast<std::int32_t>(out.vertices.size());
      const auto [found, added] = repeated.emplace(std::pair(c.vertex, attributes), next);
      at = found->second;
      fresh = added;
      if (added) {
        out.vertices.push_back(file.vertices[c.vertex]);
        if (!file.colors.empty()) out.colors.push_back(file.colors[c.vertex]);
        if (has_uv) out.uvs.emplace_back();
        if (has_normal) out.normals.emplace_back();
      }
    }
    if (fresh && has_uv) out.uvs[at] = file.uvs[c.uv];
    if (fresh && has_normal) out.normals[at] = file.normals[c.normal];
    place.push_back(at);
  }
  out.triangles = triangles_of(file, place);
  return out;
}

}  // namespace fgcn::mesh
