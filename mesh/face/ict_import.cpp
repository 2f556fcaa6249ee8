#include "mesh/face/ict_import.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "io/arrays/npz.h"
#include "io/file.h"
#include "io/mesh/obj.h"
#include "io/mesh/polygon.h"
#include "kernels/core/error.h"
#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/ict_kit.h"

namespace fgcn::mesh {
namespace {

using ict::IndexFile;
using ict::kDecimetresPerCentimetre;
using ict::kFaceVertices;
using ict::kIndexFile;
using ict::kLandmarks;

constexpr std::int64_t kMostVertices = 100'000;  // of an archive's face region
constexpr double kLargestCoordinate = 1e3;       // cm; a head is 30

// The kit in its own unit, whichever way it was stored.
struct Kit {
  std::vector<Vec3> neutral;
  std::vector<std::vector<float>> identity;    // each [V, 3], differences to neutral
  std::vector<std::vector<float>> expression;  // each [V, 3]
  std::vector<std::string> identity_names;
  std::vector<std::string> expression_names;
  std::vector<Triangle> triangles;
  std::vector<Vec2> uv;  // [V]
  std::vector<std::int32_t> landmarks;
};

// Adds the polygon's triangles and remembers the texture coordinates of its corners.
struct Corner {
  std::int32_t vertex;
  std::int32_t uv;
};
void add_polygon(Kit& kit, const std::vector<Corner>& corners, const std::vector<Vec2>& uvs,
                 const std::string& where) {
  for (const Corner& c : corners) {
    if (c.uv >= 0) kit.uv[static_cast<std::size_t>(c.vertex)] = uvs[static_cast<std::size_t>(c.uv)];
  }
  std::vector<std::int32_t> vertices;
  vertices.reserve(corners.size());
  for (const Corner& c : corners) vertices.push_back(c.vertex);
  if (!PolygonCutter(kit.neutral).cut(vertices, vertices, kit.triangles))
    input_error(where, ": has a concave polygon of ", corners.size(),
                " corners; copy the kit again");
}

Kit read_folder(const std::filesystem::path& folder) {
  Kit kit;
  const IndexFile index = ict::read_index_file(folder / kIndexFile);
  const std::string where = (folder / "generic_neutral_mesh.obj").string();
  const ObjFile obj = ict::read_kit_obj(where, kFaceVertices);
  kit.neutral = obj.vertices;
  kit.landmarks = index.landmarks;
  kit.uv.assign(kit.neutral.size(), Vec2{});
  for (std::int64_t f = 0; f < obj.faces(); ++f) {
    std::vector<Corner> corners;
    for (std::int64_t i = obj.face_begin[static_cast<std::size_t>(f)];
         i < obj.face_begin[static_cast<std::size_t>(f) + 1]; ++i) {
      const ObjCorner& c = obj.corners[static_cast<std::size_t>(i)];
      if (c.vertex < kFaceVertices) corners.push_back({c.vertex, c.uv});
    }
    const std::int64_t size = obj.face_begin[static_cast<std::size_t>(f) + 1] -
                              obj.face_begin[static_cast<std::size_t>(f)];
    // A polygon that reaches beyond the face belongs to the head.
    if (static_cast<std::int64_t>(corners.size()) == size)
      add_polygon(kit, corners, obj.uvs, where);
  }
  auto [identity, identity_names] = ict::read_identities(folder, kit.neutral);
  kit.identity = std::move(identity);
  kit.identity_names = std::move(identity_names);
  auto [expression, expression_names] = ict::read_expressions(folder, index, kit.neutral);
  kit.expression = std::move(expression);
  kit.expression_names = std::move(expression_names);
  return kit;
}

const io::NpyArray& shaped(const io::Npz& file, const std::string& name,
                           const std::vector<std::int64_t>& shape, const std::string& where) {
  const io::NpyArray& array = at(file, name, where);
  bool fits = array.shape.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i)
    fits = shape[i] < 0 || array.shape[i] == shape[i];
  if (!fits)
    input_error(where, ": the array ", name, " has another shape than the ICT face region's; ",
                "make the file again from the kit");
  return array;
}

std::vector<std::vector<float>> read_deltas(const io::Npz& file, const std::string& name,
                                            std::int64_t vertices, const std::string& where) {
  const io::NpyArray& array = shaped(file, name, {-1, vertices, 3}, where);
  const std::vector<double> values = array.doubles();
  const auto stride = static_cast<std::size_t>(vertices) * 3;
  std::vector<std::vector<float>> list(static_cast<std::size_t>(array.shape[0]));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * stride);
    list[i].assign(begin, begin + static_cast<std::ptrdiff_t>(stride));
  }
  return list;
}

std::vector<std::int32_t> read_indices(const io::NpyArray& array, std::int64_t end,
                                       const std::string& name, const std::string& where) {
  std::vector<std::int32_t> values = array.ints();
  for (const std::int32_t value : values)
    if (value < 0 || value >= end)
      input_error(where, ": the array ", name, " holds ", value, ", expected 0 to ", end - 1,
                  "; make the file again from the kit");
  return values;
}

Kit read_archive(const std::filesystem::path& path) {
  const std::string where = path.string();
  const io::Npz file = io::read_npz(path);
  Kit kit;
  const io::NpyArray& neutral = shaped(file, "neutral", {-1, 3}, where);
  const std::int64_t vertices = neutral.shape[0];
  if (vertices > kMostVertices)
    input_error(where, ": the array neutral has ", vertices, " vertices, expected at most ",
                kMostVertices, "; make the file again from the kit's face region");
  const std::vector<double> xyz = neutral.doubles();
  for (std::size_t i = 0; i + 2 < xyz.size(); i += 3)
    kit.neutral.push_back({xyz[i], xyz[i + 1], xyz[i + 2]});
  kit.identity = read_deltas(file, "id_delta", vertices, where);
  kit.expression = read_deltas(file, "exp_delta", vertices, where);
  const io::NpyArray& uv = shaped(file, "uv", {-1, 2}, where);
  const std::vector<double> flat = uv.doubles();
  std::vector<Vec2> uvs;
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2) uvs.push_back({flat[i], flat[i + 1]});
  const io::NpyArray& quads = shaped(file, "quads", {-1, 4}, where);
  const std::vector<std::int32_t> corner = read_indices(quads, vertices, "quads", where);
  const std::vector<std::int32_t> corner_uv =
      read_indices(shaped(file, "quads_uv", quads.shape, where),
                   static_cast<std::int64_t>(uvs.size()), "quads_uv", where);
  kit.uv.assign(kit.neutral.size(), Vec2{});
  for (std::size_t q = 0; q + 3 < corner.size(); q += 4) {
    std::vector<Corner> corners;
    for (std::size_t k = 0; k < 4; ++k) corners.push_back({corner[q + k], corner_uv[q + k]});
    add_polygon(kit, corners, uvs, where);
  }
  kit.landmarks =
      read_indices(shaped(file, "landmarks68", {static_cast<std::int64_t>(kLandmarks)}, where),
                   vertices, "landmarks68", where);
  for (std::size_t i = 0; i < kit.identity.size(); ++i) {
    const std::string number = std::to_string(i);
    const std::size_t zeros = number.size() < 3 ? 3 - number.size() : 0;
    kit.identity_names.push_back(text("identity", std::string(zeros, '0'), number));
  }
  const std::filesystem::path beside = path.parent_path() / kIndexFile;
  if (std::filesystem::exists(beside)) {
    const IndexFile index = ict::read_index_file(beside);
    if (index.expressions.size() == kit.expression.size()) kit.expression_names = index.expressions;
  }
  return kit;
}

/// The vertex nearest to each one's mirror image; it must be so both ways. Linear in the number of
/// vertices, for no cell may hold more than a few.
std::vector<std::int32_t> mirror_pairs(const std::vector<Vec3>& vertices,
                                       const std::string& where) {
  constexpr double kCell = 0.25;  // cm; the pairs of the kit lie within 0.006 of their images
  constexpr std::size_t kMostInCell = 200;
  using Cell = std::array<std::int32_t, 3>;
  struct Hash {
    std::size_t operator()(const Cell& c) const {
      return static_cast<std::size_t>(c[0]) * 73856093u ^
             static_cast<std::size_t>(c[1]) * 19349663u ^
             static_cast<std::size_t>(c[2]) * 83492791u;
    }
  };
  const auto cell = [](const Vec3& p) {
    Cell c{};
    for (std::size_t k = 0; k < 3; ++k) c[k] = static_cast<std::int32_t>(std::floor(p[k] / kCell));
    return c;
  };
  std::unordered_map<Cell, std::vector<std::int32_t>, Hash> grid;
  for (std::size_t v = 0; v < vertices.size(); ++v) {
    std::vector<std::int32_t>& there = grid[cell(vertices[v])];
    there.push_back(static_cast<std::int32_t>(v));
    if (there.size() > kMostInCell)
      input_error(where, ": the neutral face has more than ", kMostInCell,
                  " vertices within 2.5 mm, of which vertex ", v,
                  " is one; give the kit's own neutral mesh");
  }
  std::vector<std::int32_t> pairs(vertices.size(), -1);
  for (std::size_t v = 0; v < vertices.size(); ++v) {
    const Vec3 image{-vertices[v][0], vertices[v][1], vertices[v][2]};
    const Cell middle = cell(image);
    double nearest = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 27; ++i) {
      const Cell c{middle[0] + i % 3 - 1, middle[1] + i / 3 % 3 - 1, middle[2] + i / 9 - 1};
      const auto found = grid.find(c);
      if (found == grid.end()) continue;
      for (const std::int32_t w : found->second) {
        const Vec3& p = vertices[static_cast<std::size_t>(w)];
        const double d = std::hypot(p[0] - image[0], p[1] - image[1], p[2] - image[2]);
        if (d < nearest) {
          nearest = d;
          pairs[v] = w;
        }
      }
    }
  }
  for (std::size_t v = 0; v < pairs.size(); ++v) {
    const bool mutual =
        pairs[v] >= 0 && pairs[static_cast<std::size_t>(pairs[v])] == static_cast<std::int32_t>(v);
    if (!mutual)
      input_error(where, ": the neutral face is not symmetric, vertex ", v,
                  " has no partner; give the kit's own neutral mesh");
  }
  return pairs;
}

void check_values(const Kit& kit, const std::string& where) {
  for (const Vec3& p : kit.neutral)
    for (const double value : p)
      if (!(std::abs(value) <= kLargestCoordinate))
        input_error(where, ": the neutral face has the coordinate ", value,
                    ", not that of a head in centimetres; copy the kit again");
  if (kit.triangles.empty()) input_error(where, ": the neutral face has no polygons");
}

}  // namespace

FaceModel import_ict(const std::filesystem::path& source) {
  const std::string where = source.string();
  const Kit kit =
      std::filesystem::is_directory(source) ? read_folder(source) : read_archive(source);
  check_values(kit, where);
  FaceModel model;
  model.name = "ICT-FaceKit";
  Vec3 mean{};
  for (const Vec3& p : kit.neutral)
    for (std::size_t k = 0; k < 3; ++k) mean[k] += p[k] / static_cast<double>(kit.neutral.size());
  for (const Vec3& p : kit.neutral)
    for (std::size_t k = 0; k < 3; ++k)
      model.mean_shape.push_back(static_cast<float>((p[k] - mean[k]) * kDecimetresPerCentimetre));
  model.identity = ict::stacked(kit.identity, kit.identity_names);
  model.expression = ict::stacked(kit.expression, kit.expression_names);
  model.expression_low.assign(kit.expression.size(), 0.0f);
  model.expression_high.assign(kit.expression.size(), 1.0f);
  model.triangles = kit.triangles;
  for (const Vec2& uv : kit.uv)
    for (const double value : uv) model.uv.push_back(static_cast<float>(value));
  model.landmarks = kit.landmarks;
  ict::check_landmarks(kit.landmarks, where);
  check_mean_face(model, where);  // colors are painted by it
  model.mirror = mirror_pairs(kit.neutral, where);
  transfer_colors(make_embedded_face(), model);
  check(model, where);
  return model;
}

}  // namespace fgcn::mesh
