#include "mesh/face/ict_head_import.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "io/mesh/polygon.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/ict_kit.h"
#include "mesh/face/part_colors.h"

namespace fgcn::mesh {
namespace {

using part_colors::Color;

enum Part : std::uint8_t { kSkin, kLeftEye, kRightEye, kMouthInside, kTeeth, kPartCount };
constexpr std::array<const char*, kPartCount> kPartNames{"skin", "left_eye", "right_eye",
                                                         "gums_and_tongue", "teeth"};

/// A range of the kit's vertices that the model takes, and where its texture's tile goes.
struct Group {
  std::int32_t first, end;  // vertices
  Part part;
  Vec2 corner;  // of the tile in the square
  double size;
};
constexpr std::int32_t kMouthSocket = 11248, kEyeSockets = 13294;
/// Tiles by group; the face's is the largest.
constexpr std::array<Group, 6> kGroups{{{0, 9409, kSkin, {0.005, 0.305}, 0.69},
                                        {9409, 14062, kSkin, {0.705, 0.705}, 0.29},
                                        {14062, 17039, kMouthInside, {0.705, 0.405}, 0.29},
                                        {17039, 21451, kTeeth, {0.705, 0.105}, 0.29},
                                        {21451, 22221, kLeftEye, {0.355, 0.005}, 0.29},
                                        {23021, 23791, kRightEye, {0.005, 0.005}, 0.29}}};

struct Head {
  std::vector<std::int32_t> number;  // [kit vertices] in the model, or -1
  std::vector<std::int32_t> vertex;  // [model vertices] in the kit
  std::vector<std::uint8_t> group;   // [model vertices]
};

Head kept_vertices() {
  Head out{std::vector<std::int32_t>(static_cast<std::size_t>(ict::kHeadVertices), -1), {}, {}};
  for (std::size_t g = 0; g < kGroups.size(); ++g)
    for (std::int32_t v = kGroups[g].first; v < kGroups[g].end; ++v) {
      out.number[static_cast<std::size_t>(v)] = static_cast<std::int32_t>(out.vertex.size());
      out.vertex.push_back(v);
      out.group.push_back(static_cast<std::uint8_t>(g));
    }
  return out;
}

/// A tile is chosen by the polygon's own coordinates, whose whole part numbers the kit's tiles: the
/// face's border belongs to the tile of the head as well.
void add_faces(const ObjFile& obj, const Head& head, const std::string& where, FaceModel& model) {
  std::vector<std::int32_t> row_of;  // [kit rows * groups]
  row_of.assign(obj.uvs.size() * kGroups.size(), -1);
  PolygonCutter cutter(obj.vertices);
  for (std::int64_t f = 0; f < obj.faces(); ++f) {
    std::vector<std::int32_t> vertices, rows, places;
    std::size_t group = 0;
    bool kept = true, textured = true;
    for (std::int64_t i = obj.face_begin[static_cast<std::size_t>(f)];
         i < obj.face_begin[static_cast<std::size_t>(f) + 1]; ++i) {
      const ObjCorner& c = obj.corners[static_cast<std::size_t>(i)];
      const std::int32_t number = head.number[static_cast<std::size_t>(c.vertex)];
      kept = kept && number >= 0;
      textured = textured && c.uv >= 0;
      if (!kept || !textured) continue;
      // The last group that a corner belongs to: border vertices are listed with the face.
      group = std::max<std::size_t>(group, head.group[static_cast<std::size_t>(number)]);
      vertices.push_back(c.vertex);
      rows.push_back(c.uv);
      places.push_back(static_cast<std::int32_t>(places.size()));
    }
    if (!kept) continue;
    if (!textured)
      input_error(where, ": face ", f, " has no texture coordinates; copy the kit again");
    std::vector<Triangle> triangles;
    if (!cutter.cut(vertices, places, triangles))
      input_error(where, ": has a concave polygon of ", vertices.size(),
                  " corners; copy the kit again");
    for (const Triangle& t : triangles) {
      Triangle corners{}, uvs{};
      for (std::size_t k = 0; k < 3; ++k) {
        const auto c = static_cast<std::size_t>(t[k]);
        corners[k] = head.number[static_cast<std::size_t>(vertices[c])];
        std::int32_t& row = row_of[static_cast<std::size_t>(rows[c]) * kGroups.size() + group];
        if (row < 0) {
          row = static_cast<std::int32_t>(model.uv.size() / 2);
          const Vec2& uv = obj.uvs[static_cast<std::size_t>(rows[c])];
          for (std::size_t a = 0; a < 2; ++a)
            model.uv.push_back(static_cast<float>(
                kGroups[group].corner[a] + kGroups[group].size * (uv[a] - std::floor(uv[a]))));
        }
        uvs[k] = row;
      }
      model.triangles.push_back(corners);
      model.uv_triangles.push_back(uvs);
    }
  }
}

/// The part across: eyes change sides.
std::uint8_t across(std::uint8_t part) {
  if (part == kLeftEye) return kRightEye;
  return part == kRightEye ? std::uint8_t{kLeftEye} : part;
}

/// Each vertex' nearest free partner at its mirror image, part by part. Vertices in one place are
/// taken in their order.
std::vector<std::int32_t> mirror_pairs(const std::vector<Vec3>& position,
                                       const std::vector<std::uint8_t>& part,
                                       const std::string& where) {
  constexpr double kFar = 0.05;  // cm; the kit's pairs lie within 0.03 of their images
  const auto count = static_cast<std::int32_t>(position.size());
  std::vector<std::int32_t> by_height(position.size()), out(position.size(), -1);
  for (std::int32_t v = 0; v < count; ++v) by_height[static_cast<std::size_t>(v)] = v;
  const auto height = [&](std::int32_t v) { return position[static_cast<std::size_t>(v)][1]; };
  std::stable_sort(by_height.begin(), by_height.end(),
                   [&](std::int32_t a, std::int32_t b) { return height(a) < height(b); });
  for (std::int32_t v = 0; v < count; ++v) {
    const auto own = static_cast<std::size_t>(v);
    if (out[own] >= 0) continue;
    const Vec3 image{-position[own][0], position[own][1], position[own][2]};
    auto at = std::lower_bound(by_height.begin(), by_height.end(), image[1] - kFar,
                               [&](std::int32_t w, double y) { return height(w) < y; });
    double nearest = kFar;
    std::int32_t best = -1;
    for (; at != by_height.end() && height(*at) <= image[1] + kFar; ++at) {
      const auto w = static_cast<std::size_t>(*at);
      const double d = norm(position[w] - image);
      if (out[w] < 0 && part[w] == across(part[own]) && d < nearest) {
        nearest = d;
        best = *at;
      }
    }
    if (best < 0)
      input_error(where, ": the neutral head is not symmetric, vertex ", v,
                  " has no partner; give the kit's own neutral mesh");
    out[own] = best;
    out[static_cast<std::size_t>(best)] = v;
  }
  return out;
}

void paint(const Head& head, FaceModel& model) {
  constexpr double kReach = 0.02, kFade = 0.15;  // dm from the embedded face's border
  const std::vector<double> distance = transfer_colors(make_embedded_face(), model);
  const auto vertices = static_cast<std::size_t>(model.vertices());
  std::vector<float> blend(vertices, 0.0f);
  for (std::size_t v = 0; v < vertices; ++v)
    if (model.parts.part[v] == kSkin)
      blend[v] = std::max(part_colors::smooth(kReach, kFade, distance[v]),
                          part_colors::beyond_face(model, part_colors::at(model, v)));
  part_colors::fade_to_plain_skin(model, kSkin, blend);
  const std::array<Color, kPartCount> plain{part_colors::kLining, part_colors::kSclera,
                                            part_colors::kSclera, part_colors::kGum,
                                            part_colors::kTooth};
  for (std::size_t v = 0; v < vertices; ++v) {
    const std::uint8_t part = model.parts.part[v];
    const std::int32_t kit = head.vertex[v];
    const bool lining = part == kSkin && kit >= kMouthSocket;
    if (part == kSkin && !lining) {
      if (blend[v] >= 0.5f) model.skin[v] = 1;
      continue;
    }
    model.skin[v] = 0;
    part_colors::set(model, v, lining && kit >= kEyeSockets ? part_colors::kSocket : plain[part]);
  }
  part_colors::paint_eye(kLeftEye, model);
  part_colors::paint_eye(kRightEye, model);
}

/// Rows of a kit's shape that the model keeps.
std::vector<std::vector<float>> kept(const std::vector<std::vector<float>>& deltas,
                                     const Head& head) {
  std::vector<std::vector<float>> out;
  for (const std::vector<float>& delta : deltas) {
    out.emplace_back();
    for (const std::int32_t v : head.vertex)
      for (std::size_t c = 0; c < 3; ++c)
        out.back().push_back(delta[3 * static_cast<std::size_t>(v) + c]);
  }
  return out;
}

void add_regions(const Head& head, FaceModel& model) {
  model.regions.names = {"face", "skin", "mouth"};
  const std::size_t count = head.vertex.size();
  model.regions.inside.assign(3 * count, 0);
  for (std::size_t v = 0; v < count; ++v) {
    model.regions.inside[v] = head.vertex[v] < ict::kFaceVertices ? 1 : 0;
    model.regions.inside[count + v] = model.skin[v];
    const bool lining = head.vertex[v] >= kMouthSocket && head.vertex[v] < kEyeSockets;
    model.regions.inside[2 * count + v] = lining ? 1 : 0;
  }
}

}  // namespace

FaceModel import_ict_head(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder))
    input_error(folder.string(),
                ": is no folder; give the ICT-FaceKit's folder FaceXModel for the whole head");
  const ict::IndexFile index = ict::read_index_file(folder / ict::kIndexFile);
  const std::string where = (folder / "generic_neutral_mesh.obj").string();
  const ObjFile obj = ict::read_kit_obj(where, ict::kHeadVertices);
  const Head head = kept_vertices();
  FaceModel model;
  model.name = "ICT-FaceKit head";
  add_faces(obj, head, where, model);
  Vec3 mean{};
  std::vector<Vec3> position;
  for (const std::int32_t v : head.vertex) {
    position.push_back(obj.vertices[static_cast<std::size_t>(v)]);
    mean = mean + 1.0 / static_cast<double>(head.vertex.size()) * position.back();
  }
  for (const Vec3& p : position)
    for (const double x : ict::kDecimetresPerCentimetre*(p - mean))
      model.mean_shape.push_back(static_cast<float>(x));
  model.landmarks = index.landmarks;
  ict::check_landmarks(model.landmarks, where);
  check_mean_face(model, where);  // colors are painted by it
  model.parts.names.assign(kPartNames.begin(), kPartNames.end());
  for (const std::uint8_t group : head.group)
    model.parts.part.push_back(static_cast<std::uint8_t>(kGroups[group].part));
  model.mirror = mirror_pairs(position, model.parts.part, where);
  const ict::Shapes identity = ict::read_identities(folder, obj.vertices);
  model.identity = ict::stacked(kept(identity.deltas, head), identity.names);
  const ict::Shapes expression = ict::read_expressions(folder, index, obj.vertices);
  model.expression = ict::stacked(kept(expression.deltas, head), expression.names);
  model.expression_low.assign(expression.deltas.size(), 0.0f);
  model.expression_high.assign(expression.deltas.size(), 1.0f);
  paint(head, model);
  add_regions(head, model);
  check(model, where);
  return model;
}

}  // namespace fgcn::mesh
