#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/mesh/gltf.h"
#include "io/mesh/gltf_constants.h"
#include "io/mesh/gltf_document.h"
#include "io/mesh/gltf_picture.h"
#include "io/mesh/gltf_placement.h"
#include "io/mesh/tangents.h"
#include "io/mesh/vec3.h"
#include "io/srgb.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

using gltf::Document;
using gltf::Placement;
using gltf::placement_of;
using gltf::TextureTransform;
using gltf::transform_of;
using gltf::Values;
using nlohmann::json;

// A scene may show one mesh many times over; this bounds what a small file can ask for.
constexpr std::size_t kMaxVertices = std::size_t{1} << 24;
constexpr std::size_t kMaxMoves = std::size_t{1} << 26;  // vertices times targets
constexpr std::size_t kMaxPrimitives = std::size_t{1} << 16;
constexpr std::size_t kMaxNodeDepth = 64;

class SceneReader {
 public:
  explicit SceneReader(const Document& document)
      : document_(document), visited_(document.member(document.root(), "nodes").size(), 0) {}

  RenderMesh read() {
    const json& root = document_.root();
    if (!document_.member(root, "scenes").empty()) {
      const json& scene = document_.item("scenes", document_.number(root, "scene", 0));
      for (const json& node : document_.member(scene, "nodes")) visit(index_of(node), {}, 0);
    } else {  // a library of meshes
      for (std::size_t m = 0; m < document_.member(root, "meshes").size(); ++m)
        draw(document_.item("meshes", m), {}, {});
    }
    if (out_.triangles.empty()) document_.refuse("shows no triangle");
    if (lacks_normals_) out_.normals.clear();
    if (lacks_uvs_) out_.uvs.clear();
    if (lacks_colors_) out_.colors.clear();
    finish_normal_map();
    return std::move(out_);
  }
  /// Of what was read: what was left out, as ends of sentences.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::size_t index_of(const json& value) const {
    if (!value.is_number_unsigned()) document_.refuse("has a malformed list of nodes");
    return value.get<std::size_t>();
  }

  void visit(std::size_t index, const Placement& parent, std::size_t depth) {
    const json& node = document_.item("nodes", index);
    if (depth > kMaxNodeDepth || std::exchange(visited_[index], 1) != 0)
      document_.refuse("has nodes that do not form a tree");
    const Placement placement = parent.then(placement_of(document_, node));
    // Joints place a skinned mesh, and in the pose it is stored in they leave it where it is.
    if (node.contains("mesh"))
      draw(document_.item("meshes", document_.number(node, "mesh")), node,
           node.contains("skin") ? Placement{} : placement);
    for (const json& child : document_.member(node, "children"))
      visit(index_of(child), placement, depth + 1);
  }

  void draw(const json& mesh, const json& node, const Placement& placement) {
    const std::vector<double> weights = weights_of(node.contains("weights") ? node : mesh);
    for (const json& primitive : document_.member(mesh, "primitives")) {
      if (!primitive.is_object()) document_.refuse("has a malformed mesh");
      if (++primitives_ > kMaxPrimitives) document_.refuse("has too many parts");
      if (document_.number(primitive, "mode", gltf::kTriangles) != gltf::kTriangles)
        document_.refuse("has points, lines or strips where triangles are needed");
      add(primitive, weights, placement);
    }
  }

  /// Of a mesh's targets; empty: all 0.
  std::vector<double> weights_of(const json& object) const {
    std::vector<double> out;
    if (!object.contains("weights")) return out;
    for (const json& weight : document_.member(object, "weights")) {
      if (!weight.is_number() || !(std::abs(weight.get<double>()) <= 1e9))
        document_.refuse("has malformed weights");
      out.push_back(weight.get<double>());
    }
    return out;
  }

  /// Adds what the targets of weights other than 0 add to an attribute.
  void morph(const json& primitive, const std::vector<double>& weights, const char* name,
             Values& values) {
    const json& targets = document_.member(primitive, "targets");
    std::size_t number = 0;
    for (const json& target : targets) {
      if (!target.is_object()) document_.refuse("has malformed targets");
      const double weight = number < weights.size() ? weights[number] : 0;
      ++number;
      if (weight == 0) continue;
      const std::optional<Values> moves = attribute(target, name, 3, 3, values.count);
      if (!moves) continue;
      if (values.count > kMaxMoves - moves_) document_.refuse("has too many morph targets");
      moves_ += values.count;
      for (std::size_t i = 0; i < values.number.size(); ++i)
        values.number[i] += weight * moves->number[i];
    }
  }

  std::optional<Values> attribute(const json& attributes, const char* name, std::size_t least,
                                  std::size_t most, std::size_t count) const {
    if (!attributes.contains(name)) return {};
    Values values = document_.accessor(document_.number(attributes, name));
    if (values.components < least || values.components > most || values.count != count)
      document_.refuse(text("has a malformed ", name));
    return values;
  }

  void add(const json& primitive, const std::vector<double>& weights, const Placement& placement) {
    const json& attributes = document_.member(primitive, "attributes");
    const json& extensions = document_.member(primitive, "extensions");
    if (!extensions.empty() && !extensions.is_object()) document_.refuse("has a malformed mesh");
    if (extensions.contains("KHR_draco_mesh_compression")) document_.refuse("is compressed");
    if (!attributes.contains("POSITION")) document_.refuse("has a mesh without positions");
    Values position = document_.accessor(document_.number(attributes, "POSITION"));
    if (position.components != 3) document_.refuse("has malformed positions");
    morph(primitive, weights, "POSITION", position);
    const std::size_t count = position.count;
    const std::size_t base = out_.vertices.size();
    if (count > kMaxVertices - base) document_.refuse("shows more than 2^24 vertices");
    for (std::size_t i = 0; i < count; ++i) {
      const Vec3 p = placement.point(
          {position.number[3 * i], position.number[3 * i + 1], position.number[3 * i + 2]});
      if (!finite(p)) document_.refuse("places a vertex too far away");
      out_.vertices.push_back(gltf::kDecimetresPerMetre * p);
    }
    add_indices(primitive, placement, base, count);

    auto normal = attribute(attributes, "NORMAL", 3, 3, count);
    if (normal) morph(primitive, weights, "NORMAL", *normal);
    lacks_normals_ = lacks_normals_ || !normal;
    out_.normals.resize(out_.vertices.size(), Vec3{0, 0, 0});
    for (std::size_t i = 0; normal && i < count; ++i)
      out_.normals[base + i] = placement.normal(
          {normal->number[3 * i], normal->number[3 * i + 1], normal->number[3 * i + 2]});

    const json& texture = base_texture(primitive);
    const json& normal_map = normal_texture(primitive);
    const TextureTransform transform =
        transform_of(document_, texture.empty() ? normal_map : texture);
    const auto uv = attribute(attributes, text("TEXCOORD_", transform.set).c_str(), 2, 2, count);
    lacks_uvs_ = lacks_uvs_ || !uv;
    out_.uvs.resize(out_.vertices.size(), Vec2{0, 0});
    for (std::size_t i = 0; uv && i < count; ++i) {
      const Vec2 moved = transform.point({uv->number[2 * i], uv->number[2 * i + 1]});
      if (!std::isfinite(moved[0]) || !std::isfinite(moved[1]))
        document_.refuse("moves a texture too far away");
      out_.uvs[base + i] = {moved[0], 1.0 - moved[1]};
    }

    add_colors(attributes, base, count);
    add_texture(texture);
    check_factor(primitive);
    add_normal_map(normal_map, transform);
    add_tangents(attributes, placement, base, count);
    lacks_tangents_ = lacks_tangents_ || !transform.keeps_directions();
  }

  void add_indices(const json& primitive, const Placement& placement, std::size_t base,
                   std::size_t count) {
    std::vector<std::size_t> corners;
    if (primitive.contains("indices")) {
      const Values values = document_.accessor(document_.number(primitive, "indices"));
      if (values.components != 1) document_.refuse("has malformed indices");
      for (const double v : values.number) {
        if (!(v >= 0 && v < static_cast<double>(count)))
          document_.refuse("has a triangle with a vertex that is not there");
        corners.push_back(static_cast<std::size_t>(v));
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) corners.push_back(i);
    }
    if (corners.size() % 3 != 0) document_.refuse("has a triangle of fewer than three corners");
    if (corners.size() > 3 * (2 * kMaxVertices - out_.triangles.size()))
      document_.refuse("shows more than 2^25 triangles");
    const bool mirrored = placement.determinant() < 0;
    for (std::size_t i = 0; i < corners.size(); i += 3) {
      Triangle t;
      for (std::size_t k = 0; k < 3; ++k) t[k] = static_cast<std::int32_t>(base + corners[i + k]);
      if (mirrored) std::swap(t[1], t[2]);
      out_.triangles.push_back(t);
    }
  }

  void add_colors(const json& attributes, std::size_t base, std::size_t count) {
    auto color = attribute(attributes, "COLOR_0", 3, 4, count);
    const bool white = color && std::all_of(color->number.begin(), color->number.end(),
                                            [](double c) { return c == 1.0; });
    if (white)
      if (auto second = attribute(attributes, "COLOR_1", 3, 4, count)) color = std::move(second);
    lacks_colors_ = lacks_colors_ || !color;
    out_.colors.resize(out_.vertices.size(), Vec3{1, 1, 1});
    for (std::size_t i = 0; color && i < count; ++i)
      for (std::size_t k = 0; k < 3; ++k)
        out_.colors[base + i][k] =
            srgb_from_linear(std::clamp(color->number[i * color->components + k], 0.0, 1.0));
  }

  /// The base color's textureInfo; empty when there is none.
  const json& base_texture(const json& primitive) const {
    static const json kNone = json::object();
    if (!primitive.contains("material")) return kNone;
    const json& material = document_.item("materials", document_.number(primitive, "material"));
    const json& surface = document_.member(material, "pbrMetallicRoughness");
    if (!surface.contains("baseColorTexture")) return kNone;
    const json& info = document_.member(surface, "baseColorTexture");
    if (!info.is_object()) document_.refuse("has a malformed baseColorTexture");
    return info;
  }

  /// The normal map's textureInfo; empty when there is none.
  const json& normal_texture(const json& primitive) const {
    static const json kNone = json::object();
    if (!primitive.contains("material")) return kNone;
    const json& material = document_.item("materials", document_.number(primitive, "material"));
    if (!material.contains("normalTexture")) return kNone;
    const json& info = document_.member(material, "normalTexture");
    if (!info.is_object()) document_.refuse("has a malformed normalTexture");
    return info;
  }

  /// The first part's. A mesh has one texture, and other parts would be seen in the wrong one.
  void add_texture(const json& info) {
    const json index = info.value("index", json());
    if (primitives_ > 1) {
      if (index != texture_index_ && !textures_differ_) {
        textures_differ_ = true;
        note("has parts with other textures, or none; that of its first part is read for all");
      }
      return;
    }
    texture_index_ = index;
    if (info.empty()) return;
    gltf::Picture picture = gltf::picture_of(document_, info);
    if (!picture.fault.empty()) document_.refuse(picture.fault);
    out_.texture_png = std::move(picture.png);
    out_.texture_jpeg = std::move(picture.jpeg);
  }

  void check_factor(const json& primitive) {
    if (factors_ || !primitive.contains("material")) return;
    const json& material = document_.item("materials", document_.number(primitive, "material"));
    const json& surface = document_.member(material, "pbrMetallicRoughness");
    if (!surface.contains("baseColorFactor")) return;
    const json& factor = document_.member(surface, "baseColorFactor");
    factors_ =
        std::any_of(factor.begin(), factor.end(), [](const json& c) { return c != json(1); });
    if (factors_) note("the color that a material multiplies its texture with is not read");
  }

  /// The first part's map. What a mesh does not show without is left out and told: the surface is
  /// whole without its wrinkles.
  void add_normal_map(const json& info, const TextureTransform& of_mesh) {
    if (primitives_ > 1) {
      if (info.value("index", json()) != normal_index_ && !parts_differ_) {
        parts_differ_ = true;
        note("has parts with other normal maps, or none; that of its first part is read");
      }
      return;
    }
    normal_index_ = info.value("index", json());
    if (info.empty()) return;
    gltf::Picture picture = gltf::picture_of(document_, info);
    if (!picture.fault.empty()) {
      note("the normal map is left out: the file " + picture.fault);
    } else if (!(transform_of(document_, info) == of_mesh)) {
      note("the normal map is left out: it has texture coordinates of its own");
    } else {
      out_.normal_png = std::move(picture.png);
      out_.normal_jpeg = std::move(picture.jpeg);
    }
    if (info.contains("scale") && info["scale"] != json(1) && out_.has_normal_map())
      note("the normal map's scale of " + info["scale"].dump() + " is not kept; it is taken as 1");
  }

  void add_tangents(const json& attributes, const Placement& placement, std::size_t base,
                    std::size_t count) {
    if (!out_.has_normal_map()) return;  // the first part decides
    const auto tangent = attribute(attributes, "TANGENT", 4, 4, count);
    lacks_tangents_ = lacks_tangents_ || !tangent;
    out_.tangents.resize(out_.vertices.size(), {0, 0, 0, 1});
    const double side = placement.determinant() < 0 ? -1 : 1;
    for (std::size_t i = 0; tangent && i < count; ++i) {
      const double* t = tangent->number.data() + 4 * i;
      const Vec3 along = normalised(placement.direction({t[0], t[1], t[2]}));
      if (!(norm(along) > 0.5) || !finite(along)) lacks_tangents_ = true;
      out_.tangents[base + i] = {along[0], along[1], along[2], t[3] < 0 ? -side : side};
    }
  }

  /// Tangents as the file has them, or where they do not hold for the mesh that was made of it, by
  /// the rule that the format names.
  void finish_normal_map() {
    if (!out_.has_normal_map()) {
      out_.tangents.clear();
      return;
    }
    if (out_.uvs.empty()) note("the normal map is left out: some part has no texture coordinates");
    if (lacks_tangents_ || lacks_normals_ || lacks_uvs_ || moves_ > 0) make_frames(out_);
  }

  void note(const std::string& what) { notes_.push_back(what); }

  const Document& document_;
  std::vector<std::uint8_t> visited_;
  std::size_t primitives_ = 0;
  std::size_t moves_ = 0;
  bool lacks_normals_ = false;
  bool lacks_uvs_ = false;
  bool lacks_colors_ = false;
  bool lacks_tangents_ = false;
  bool textures_differ_ = false;
  bool factors_ = false;
  json texture_index_;  // of the first part; null: none
  json normal_index_;   // of the first part's map; null: none
  bool parts_differ_ = false;
  std::vector<std::string> notes_;
  RenderMesh out_;
};

}  // namespace

RenderMesh parse_gltf(std::span<const std::uint8_t> bytes, const std::string& where,
                      std::vector<std::string>& notes) {
  const Document document(bytes, where);
  SceneReader reader(document);
  RenderMesh out = reader.read();
  for (const std::string& note : reader.notes()) notes.push_back(text(where, ": ", note));
  return out;
}

RenderMesh parse_gltf(std::span<const std::uint8_t> bytes, const std::string& where) {
  std::vector<std::string> unused;
  return parse_gltf(bytes, where, unused);
}

RenderMesh read_gltf(const std::filesystem::path& path) {
  return parse_gltf(read_file(path), path.string());
}

}  // namespace fgcn::mesh
