#include "io/mesh/stl.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include "io/byte_order.h"
#include "io/mesh/vec3.h"
#include "io/mesh/weld.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

constexpr std::size_t kHeader = 80;
constexpr std::size_t kRecord = 50;  // a normal, three corners, two bytes of no use
constexpr std::size_t kMostCorners = std::numeric_limits<std::int32_t>::max();

TriangleMesh welded_mesh(const std::vector<Vec3>& corners) {
  const Welded welded = weld(corners);
  TriangleMesh out{welded.points, {}};
  out.triangles.reserve(corners.size() / 3);
  for (std::size_t i = 0; i + 2 < corners.size(); i += 3)
    out.triangles.push_back({welded.place[i], welded.place[i + 1], welded.place[i + 2]});
  return out;
}

StlFile parse_binary(std::span<const std::uint8_t> bytes, std::size_t triangles,
                     const std::string& where) {
  if (3 * triangles > kMostCorners) input_error(where, ": has too many triangles to be numbered");
  std::vector<Vec3> corners;
  corners.reserve(3 * triangles);
  for (std::size_t t = 0; t < triangles; ++t) {
    const std::size_t record = kHeader + 4 + t * kRecord;
    for (std::size_t k = 1; k < 4; ++k) {
      Vec3 p;
      for (std::size_t c = 0; c < 3; ++c)
        p[c] = io::load_in<float>(std::endian::little, bytes, record + 12 * k + 4 * c);
      if (!finite(p))
        input_error(where, ": triangle ", t,
                    " has a coordinate that is not finite; export it again");
      corners.push_back(p);
    }
  }
  return {welded_mesh(corners), {}};
}

class AsciiReader {
 public:
  AsciiReader(std::string_view text, const std::string& where) : rest_(text), where_(where) {}

  StlFile read() {
    StlFile out;
    while (!io::trimmed(rest_).empty()) {
      line();
      std::string_view words = line_;
      const std::string_view keyword = io::next_word(words);
      if (keyword == "solid") {
        out.solids.push_back(
            {std::string(io::trimmed(words)), static_cast<std::int64_t>(corners_.size() / 3)});
      } else if (keyword == "facet") {
        facet();
      } else if (keyword != "endsolid" && !keyword.empty()) {
        refuse("is neither \"facet\" nor \"endsolid\"");
      }
    }
    if (corners_.empty()) input_error(where_, ": holds no triangle; export it as an STL mesh");
    out.mesh = welded_mesh(corners_);
    return out;
  }

 private:
  [[noreturn]] void refuse(const char* what) const {
    input_error(where_, ": line ", number_, " ", what, "; it is not a proper STL file");
  }
  void line() {
    if (rest_.empty()) refuse("is the last, and a facet is not closed");
    line_ = io::next_line(rest_);
    ++number_;
  }
  void expect(std::string_view first, std::string_view second) {
    line();
    std::string_view words = line_;
    if (io::next_word(words) != first || (!second.empty() && io::next_word(words) != second))
      refuse("stands where a facet goes on");
  }
  void facet() {
    expect("outer", "loop");
    if (corners_.size() + 3 > kMostCorners) refuse("has a triangle too many");
    for (int k = 0; k < 3; ++k) {
      line();
      std::string_view words = line_;
      if (io::next_word(words) != "vertex") refuse("stands where a vertex is expected");
      Vec3 p;
      for (double& x : p) {
        const auto value = io::parse_number(io::next_word(words));
        if (!value) refuse("has a vertex that is not three finite numbers");
        x = *value;
      }
      corners_.push_back(p);
    }
    expect("endloop", {});
    expect("endfacet", {});
  }

  std::string_view rest_, line_;
  const std::string& where_;
  std::int64_t number_ = 0;
  std::vector<Vec3> corners_;
};

}  // namespace

StlFile parse_stl(std::span<const std::uint8_t> bytes, const std::string& where) {
  std::size_t triangles = 0;
  if (bytes.size() >= kHeader + 4) {
    triangles = io::load_in<std::uint32_t>(std::endian::little, bytes, kHeader);
    if (triangles > 0 && bytes.size() == kHeader + 4 + kRecord * triangles)
      return parse_binary(bytes, triangles, where);
  }
  const std::string_view text =
      io::without_mark({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const bool names_itself = io::trimmed(text.substr(0, 256)).starts_with("solid");
  if (names_itself && text.substr(0, 4096).find('\0') == std::string_view::npos)
    return AsciiReader(text, where).read();
  if (bytes.size() < kHeader + 4)
    input_error(where, ": has ", bytes.size(),
                " bytes and does not begin with \"solid\"; it is "
                "not an STL file");
  input_error(where, ": has ", bytes.size(), " bytes; with its ", triangles,
              " triangles a binary "
              "STL file has ",
              kHeader + 4 + kRecord * triangles, "; it may be cut off, copy it again");
}

Bytes encode_stl(const TriangleMesh& mesh) {
  check(mesh);
  FGCN_CHECK(mesh.triangles.size() <= std::numeric_limits<std::uint32_t>::max(),
             "stl: ", mesh.triangles.size(), " triangles are too many");
  Bytes out;
  out.reserve(kHeader + 4 + kRecord * mesh.triangles.size());
  constexpr std::string_view kName = "binary STL";  // never "solid": readers look for it
  out.assign(kName.begin(), kName.end());
  out.resize(kHeader, 0);
  io::append_in(std::endian::little, out, static_cast<std::uint32_t>(mesh.triangles.size()));
  Bytes corners;
  for (const Triangle& t : mesh.triangles) {
    corners.clear();
    for (const std::int32_t v : t)
      for (const double x : mesh.vertices[static_cast<std::size_t>(v)])
        io::append_in(std::endian::little, corners, static_cast<float>(x));
    // The normal of what is written, so that a file that was read is written as it was. Out of the
    // bytes: g++ 12 leaves out a rounding to float and back where it makes vectors of numbers.
    std::array<Vec3, 3> p;
    for (std::size_t k = 0; k < 9; ++k)
      p[k / 3][k % 3] = io::load_in<float>(std::endian::little, corners, 4 * k);
    for (const double x : normalised(cross(p[1] - p[0], p[2] - p[0])))
      io::append_in(std::endian::little, out, static_cast<float>(x));
    out.insert(out.end(), corners.begin(), corners.end());
    out.insert(out.end(), {0, 0});
  }
  return out;
}

}  // namespace fgcn::mesh
