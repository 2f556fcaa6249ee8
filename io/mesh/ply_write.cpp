#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>

#include "io/byte_order.h"
#include "io/mesh/ply.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

/// Writes numbers as text or bytes; a row ends where the format wants it.
class PlyWriter {
 public:
  explicit PlyWriter(PlyFormat format) : format_(format) {}

  void line(const std::string& text) {
    out_.insert(out_.end(), text.begin(), text.end());
    out_.push_back('\n');
  }
  template <class T>
  void number(T value) {
    if (format_ != PlyFormat::kAscii) {
      io::append_in(format_ == PlyFormat::kBigEndian ? std::endian::big : std::endian::little, out_,
                    value);
      return;
    }
    std::string word(row_has_words_ ? " " : "");
    if constexpr (std::is_floating_point_v<T>) {
      io::append_number(word, value);
    } else {
      io::append_integer(word, value);
    }
    out_.insert(out_.end(), word.begin(), word.end());
    row_has_words_ = true;
  }
  void end_row() {
    if (format_ == PlyFormat::kAscii) out_.push_back('\n');
    row_has_words_ = false;
  }
  Bytes take() { return std::move(out_); }

 private:
  PlyFormat format_;
  Bytes out_;
  bool row_has_words_ = false;
};

}  // namespace

Bytes encode_ply(const RenderMesh& mesh, PlyFormat format) {
  return encode_ply(mesh,
                    PlyOptions{format, false, {"positions in decimetres, colors sRGB-encoded"}});
}

Bytes encode_ply(const RenderMesh& mesh, const PlyOptions& options) {
  check(mesh);
  const PlyFormat format = options.format;
  PlyWriter out(format);
  out.line("ply");
  out.line(text("format ",
                format == PlyFormat::kAscii          ? "ascii"
                : format == PlyFormat::kLittleEndian ? "binary_little_endian"
                                                     : "binary_big_endian",
                " 1.0"));
  for (std::string comment : options.comments) {
    std::replace_if(
        comment.begin(), comment.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out.line("comment " + comment);
  }
  out.line(text("element vertex ", mesh.vertices.size()));
  const auto properties = [&](const char* type, std::initializer_list<const char*> names) {
    for (const char* name : names) out.line(text("property ", type, " ", name));
  };
  properties(options.double_positions ? "double" : "float", {"x", "y", "z"});
  if (!mesh.normals.empty()) properties("float", {"nx", "ny", "nz"});
  if (!mesh.uvs.empty()) properties("float", {"s", "t"});
  if (!mesh.colors.empty()) properties("uchar", {"red", "green", "blue"});
  out.line(text("element face ", mesh.triangles.size()));
  out.line("property list uchar int vertex_indices");
  out.line("end_header");
  for (std::size_t v = 0; v < mesh.vertices.size(); ++v) {
    for (const double x : mesh.vertices[v]) {
      if (options.double_positions) {
        out.number(x);
      } else {
        out.number(static_cast<float>(x));
      }
    }
    if (!mesh.normals.empty())
      for (const double x : mesh.normals[v]) out.number(static_cast<float>(x));
    if (!mesh.uvs.empty())
      for (const double x : mesh.uvs[v]) out.number(static_cast<float>(x));
    if (!mesh.colors.empty())
      for (const double c : mesh.colors[v])
        out.number(static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(c, 0.0, 1.0))));
    out.end_row();
  }
  for (const Triangle& t : mesh.triangles) {
    out.number(std::uint8_t{3});
    for (const std::int32_t v : t) out.number(v);
    out.end_row();
  }
  return out.take();
}

void write_ply(const std::filesystem::path& path, const RenderMesh& mesh, PlyFormat format) {
  write_file(path, encode_ply(mesh, format));
}

}  // namespace fgcn::mesh
