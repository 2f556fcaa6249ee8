#include "io/mesh/off.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <vector>

#include "io/mesh/color_range.h"
#include "io/mesh/polygon.h"
#include "io/mesh/text_numbers.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

class OffReader {
 public:
  OffReader(std::string_view text, const std::string& where) : rest_(text), where_(where) {}

  RenderMesh read() {
    read_header();
    for (std::int64_t v = 0; v < vertices_; ++v) read_vertex();
    bring_into_unit_range(out_.colors, where_);
    PolygonCutter cutter(out_.vertices);
    std::vector<std::int32_t> corners;
    for (std::int64_t f = 0; f < faces_; ++f) {
      read_face(corners);
      if (corners.size() < 3) continue;  // has no area
      if (!cutter.cut(corners, corners, out_.triangles))
        refuse("has a concave face of too many corners");
    }
    if (out_.triangles.empty())
      input_error(where_, ": holds no triangle; export it as an OFF mesh");
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const char* what) const {
    input_error(where_, ": line ", number_, " ", what, "; it is not a proper OFF file");
  }

  /// The next line that holds anything but a comment.
  std::string_view line() {
    while (!rest_.empty()) {
      std::string_view next = io::next_line(rest_);
      ++number_;
      next = io::trimmed(next.substr(0, next.find('#')));
      if (!next.empty()) return next;
    }
    refuse("is the last; the file is cut off");
  }

  void read_header() {
    std::string_view words = line();
    std::string_view keyword = io::next_word(words);
    if (!keyword.ends_with("OFF")) refuse("does not begin with \"OFF\"");
    keyword.remove_suffix(3);
    has_uv_ = keyword.starts_with("ST");
    if (has_uv_) keyword.remove_prefix(2);
    has_color_ = keyword.starts_with("C");
    if (has_color_) keyword.remove_prefix(1);
    has_normal_ = keyword.starts_with("N");
    if (has_normal_) keyword.remove_prefix(1);
    if (!keyword.empty()) refuse("names a form of OFF that is not read");
    words = io::trimmed(words);
    if (words.starts_with("BINARY")) refuse("says binary, which is not read; export it as text");
    if (words.empty()) words = line();
    vertices_ = count(words);
    faces_ = count(words);
    // A vertex takes six bytes at least, a face two: a count beyond that is a lie.
    if (vertices_ > static_cast<std::int64_t>(rest_.size()) ||
        faces_ > static_cast<std::int64_t>(rest_.size()))
      refuse("promises more than the file holds");
  }
  std::int64_t count(std::string_view& words) const {
    const auto value = io::parse_integer(io::next_word(words));
    if (!value || *value < 0 || *value > std::numeric_limits<std::int32_t>::max())
      refuse("has a bad number of vertices or faces");
    return *value;
  }

  void read_vertex() {
    std::string_view words = line();
    std::array<double, 13> row{};
    std::size_t size = 0;
    for (std::string_view word = io::next_word(words); !word.empty(); word = io::next_word(words)) {
      const auto value = io::parse_number(word);
      if (!value || size == row.size()) refuse("has a vertex that is not a row of finite numbers");
      row[size++] = *value;
    }
    const std::size_t normal = has_normal_ ? 3 : 0, uv = has_uv_ ? 2 : 0;
    const std::size_t plain = 3 + normal + uv;
    const std::size_t color =
        has_color_ ? size - std::min(size, plain) : 0;  // with alpha or without
    if (size != plain + color || (has_color_ && color != 3 && color != 4))
      refuse("has a vertex of too few or too many numbers");
    out_.vertices.push_back({row[0], row[1], row[2]});
    if (has_normal_) out_.normals.push_back({row[3], row[4], row[5]});
    if (has_color_) out_.colors.push_back({row[3 + normal], row[4 + normal], row[5 + normal]});
    if (has_uv_) out_.uvs.push_back({row[3 + normal + color], row[4 + normal + color]});
  }

  void read_face(std::vector<std::int32_t>& corners) {
    std::string_view words = line();
    corners.clear();
    for (std::int64_t n = count(words); n > 0; --n) {
      const auto value = io::parse_integer(io::next_word(words));
      if (!value || *value < 0 || *value >= vertices_) refuse("has a face with a bad vertex");
      corners.push_back(static_cast<std::int32_t>(*value));
    }
  }

  std::string_view rest_;
  const std::string& where_;
  std::int64_t number_ = 0;
  bool has_uv_ = false, has_color_ = false, has_normal_ = false;
  std::int64_t vertices_ = 0, faces_ = 0;
  RenderMesh out_;
};

}  // namespace

RenderMesh parse_off(std::span<const std::uint8_t> bytes, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return OffReader(io::without_mark(text), where).read();
}

std::string encode_off(const RenderMesh& mesh) {
  check(mesh);
  std::string out = mesh.colors.empty() ? "OFF\n" : "COFF\n";
  io::append_integer(out, static_cast<std::int64_t>(mesh.vertices.size()));
  out += ' ';
  io::append_integer(out, static_cast<std::int64_t>(mesh.triangles.size()));
  out += " 0\n";
  const bool single = is_single_precision(mesh.vertices);
  for (std::size_t v = 0; v < mesh.vertices.size(); ++v) {
    append_row(out, mesh.vertices[v], single);
    if (!mesh.colors.empty()) {
      out += ' ';
      append_row(out, mesh.colors[v], true);
      out += " 1";
    }
    out += '\n';
  }
  for (const Triangle& t : mesh.triangles) {
    out += '3';
    for (const std::int32_t v : t) {
      out += ' ';
      io::append_integer(out, v);
    }
    out += '\n';
  }
  return out;
}

}  // namespace fgcn::mesh
