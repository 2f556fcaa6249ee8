// What is written of a whole head: a neutral face that its targets bring back to the fitted one, a
// skeleton, parts, and numbers that lay the mesh over the photo.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "io/archive/zip.h"
#include "io/file.h"
#include "io/mesh/gltf.h"
#include "io/mesh/obj.h"
#include "io/mesh/vec3.h"
#include "io/number_text.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "photo/landmarks.h"
#include "recon/face_rig.h"
#include "recon/recon_output.h"
#include "recon/result_sheet.h"
#include "tests/support/glb_check.h"
#include "tests/support/rendered_photos.h"
#include "tests/support/small_head.h"

namespace fgcn::recon {
namespace {

using Json = nlohmann::json;
using mesh::FaceModel;
using mesh::Vec3;

const FaceModel& head() {
  static const FaceModel model = test::small_head();
  return model;
}

/// A turned face with an expression, in a photo of which the crop is a part.
Reconstruction result_of(const FaceModel& model, std::int64_t photo) {
  const PhotoSample sample = test::rendered_photo(model, photo);
  Reconstruction r;
  r.input = "rendered";
  r.fit = sample.fit;
  r.fit.expression[0] = 0.6;
  FitSurfaces(Context(Device::kCpu, 1), model).fill(crop_camera(kCropSize), r.fit);
  r.refined_albedo = r.fit.albedo_colors;
  r.refined_irradiance.assign(model.mean_shape.size(), 1.0F);
  r.crop = r.coarse_overlay = r.refined_overlay = Image(kCropSize, kCropSize, 3);
  r.photo_width = 1600;
  r.photo_height = 1200;
  r.to_crop = {0.3125, -101.5, -37.25};
  for (std::size_t k = 0; k < 68; ++k) r.landmarks[k] = r.to_crop.inverse()(sample.landmarks[k]);
  r.score = 1.5;
  return r;
}

OutputOptions small(WrittenPart part = WrittenPart::kHead) {
  OutputOptions options;
  options.texture_size = 256;
  options.part = part;
  return options;
}

/// The files of one result, and its JSON.
struct Written {
  TemporaryFolder folder;
  Json json;

  Written(const FaceModel& model, Reconstruction result, const OutputOptions& options) {
    json = Json::parse(write_reconstruction(folder.path(), "head", model, result, options));
  }
  mesh::ObjFile obj() const { return mesh::read_obj(folder / "head.obj"); }
  test::Glb glb() const { return test::check_glb(read_file(folder / "head.glb")); }
};

/// The positions of a GLB in metres, part by part; the targets with the file's weights or none.
std::vector<Vec3> positions_of(const test::Glb& glb, bool with_targets) {
  std::vector<Vec3> out;
  const Json& mesh = glb.root["meshes"][0];
  for (const Json& primitive : mesh["primitives"]) {
    std::vector<double> all = glb.accessor(primitive["attributes"]["POSITION"]);
    for (std::size_t t = 0; with_targets && t < mesh["weights"].size(); ++t) {
      const std::vector<double> moves = glb.accessor(primitive["targets"][t]["POSITION"]);
      for (std::size_t i = 0; i < all.size(); ++i)
        all[i] += mesh["weights"][t].get<double>() * moves[i];
    }
    for (std::size_t i = 0; i < all.size(); i += 3) out.push_back({all[i], all[i + 1], all[i + 2]});
  }
  return out;
}

double largest(const std::vector<Vec3>& metres, const std::vector<float>& decimetres) {
  REQUIRE(3 * metres.size() == decimetres.size());
  double worst = 0;
  for (std::size_t i = 0; i < decimetres.size(); ++i) {
    const double d = std::abs(metres[i / 3][i % 3] - 0.1 * static_cast<double>(decimetres[i]));
    worst = !(d <= worst) ? d : worst;
  }
  return worst;
}

std::vector<float> floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

/// Where the JSON alone says that a point of the mesh is in the photo, the centre of the first
/// pixel being (0, 0).
std::array<double, 2> in_photo(const Json& json, const Vec3& p) {
  const Json& matrix = json["camera"]["mesh_to_camera"];
  Vec3 at{0, 0, 0};
  for (std::size_t r = 0; r < 3; ++r) {
    at[r] = matrix[r][3].get<double>();
    for (std::size_t c = 0; c < 3; ++c) at[r] += matrix[r][c].get<double>() * p[c];
  }
  const double focal = json["camera"]["focal_length"];
  const double x = json["camera"]["principal_point"][0].get<double>() - focal * at[0] / at[2];
  const double y = json["camera"]["principal_point"][1].get<double>() + focal * at[1] / at[2];
  const Json& crop = json["crop"];
  const double scale = crop["scale"];
  return {(x - crop["shift"][0].get<double>()) / scale,
          (y - crop["shift"][1].get<double>()) / scale};
}

}  // namespace

TEST_CASE("head output: the GLB holds the neutral face, and its weights make the fitted one") {
  const Reconstruction result = result_of(head(), 3);
  const Written written(head(), result, small());
  const test::Glb glb = written.glb();
  const Json& mesh = glb.root["meshes"][0];
  CHECK(mesh["extras"]["targetNames"] == Json(test::small_head_units()));
  REQUIRE(mesh["weights"].size() == result.fit.expression.size());
  for (std::size_t e = 0; e < result.fit.expression.size(); ++e)
    CHECK(mesh["weights"][e].get<double>() ==
          doctest::Approx(result.fit.expression[e]).epsilon(1e-6));
  // The parts stand in the model's order here, so vertices keep their numbers.
  const std::vector<float> neutral = mesh::shape(head(), floats(result.fit.identity), {});
  CHECK(largest(positions_of(glb, false), neutral) < 1e-6);
  CHECK(largest(positions_of(glb, true), result.fit.vertices) < 1e-5);
  CHECK(largest(positions_of(glb, false), result.fit.vertices) > 1e-3);  // the jaw is open
  // The reader of this program shows it as it was fitted, too.
  std::vector<Vec3> metres;
  for (const Vec3& p : mesh::read_gltf(written.folder / "head.glb").vertices) {
    using mesh::operator*;
    metres.push_back(0.1 * p);
  }
  CHECK(largest(metres, result.fit.vertices) < 1e-5);
}

TEST_CASE("head output: targets turn the normals along") {
  const Reconstruction result = result_of(head(), 3);
  const Written written(head(), result, small());
  const mesh::RenderMesh shown = mesh::read_gltf(written.folder / "head.glb");
  const mesh::RenderMesh fitted = mesh::render_mesh(written.obj());
  REQUIRE(shown.normals.size() == fitted.normals.size());
  const test::Glb glb = written.glb();
  const std::vector<double> rest =
      glb.accessor(glb.root["meshes"][0]["primitives"][0]["attributes"]["NORMAL"]);
  double turned = 0, untouched = 0;
  std::size_t count = 0;
  for (std::size_t v = 0; 3 * v < rest.size(); ++v) {
    const Vec3 still{rest[3 * v], rest[3 * v + 1], rest[3 * v + 2]};
    const double off = mesh::dot(still, fitted.normals[v]);
    if (off > 0.995) continue;  // by less than six degrees
    ++count;
    untouched += 1 - off;
    turned += 1 - mesh::dot(shown.normals[v], fitted.normals[v]);
  }
  CHECK(count > 100);
  CHECK(turned < 0.4 * untouched);  // units turn normals one by one, and a fold is not their sum
}

TEST_CASE(
    "head output: parts have materials of their own, and joints stand where the person's are") {
  const Reconstruction result = result_of(head(), 3);
  const Written written(head(), result, small());
  const test::Glb glb = written.glb();
  const Json& primitives = glb.root["meshes"][0]["primitives"];
  REQUIRE(primitives.size() == 2);
  CHECK(glb.root["materials"][0]["name"] == "skin");
  CHECK(glb.root["materials"][1]["name"] == "left_eye");
  CHECK(glb.root["materials"][1]["pbrMetallicRoughness"]["roughnessFactor"].get<double>() < 0.2);
  CHECK(glb.root["accessors"][primitives[1]["indices"].get<std::size_t>()]["count"] == 12);
  const Json& nodes = glb.root["nodes"];
  REQUIRE(nodes.size() == 4);
  CHECK(nodes[3]["name"] == "left_eye");
  // The eye moved as one, by 2 mm a coefficient.
  double moved = 0;
  for (const double a : result.fit.identity) moved += 0.02 * a;
  REQUIRE(std::abs(moved) > 0.002);
  double x = 0;
  for (std::size_t n = 1; n < 4; ++n) x += nodes[n]["translation"][0].get<double>();
  CHECK(x == doctest::Approx(0.1 * (0.35 + moved)).epsilon(1e-5));
  // The head's joint goes with what follows both it and the neck.
  const std::vector<float> neutral = neutral_vertices(head(), result.fit);
  const std::vector<Vec3> joints = joints_of_person(head(), neutral);
  double sum = 0, weight = 0;
  for (std::size_t v = 0; v < neutral.size() / 3; ++v) {
    if (head().joints.weights[4 * v] != 0.5F) continue;
    sum += static_cast<double>(neutral[3 * v + 1] - head().mean_shape[3 * v + 1]);
    weight += 1;
  }
  REQUIRE(weight > 0);
  CHECK(joints[1][1] == doctest::Approx(-0.2 + sum / weight).epsilon(1e-4));
}

TEST_CASE("head output: OBJ and MTL have a group for each part, in metres") {
  const Reconstruction result = result_of(head(), 3);
  const Written written(head(), result, small());
  const mesh::ObjFile obj = written.obj();
  CHECK(largest(obj.vertices, result.fit.vertices) < 1e-6);
  const Bytes text = read_file(written.folder / "head.obj"),
              mtl = read_file(written.folder / "head.mtl");
  const std::string lines(text.begin(), text.end()), materials(mtl.begin(), mtl.end());
  CHECK(lines.find("\ng skin\nusemtl skin\nf ") != std::string::npos);
  CHECK(lines.find("\ng left_eye\nusemtl left_eye\nf ") != std::string::npos);
  CHECK(materials.find("newmtl left_eye\n") != std::string::npos);
}

TEST_CASE("head output: USDZ is written where it is wanted, and named in the JSON") {
  OutputOptions options = small();
  const Written without(head(), result_of(head(), 3), options);
  CHECK_FALSE(std::filesystem::exists(without.folder / "head.usdz"));
  options.usdz = true;
  const Written written(head(), result_of(head(), 3), options);
  const Bytes archive = read_file(written.folder / "head.usdz");
  CHECK(written.json["files"]["head.usdz"] == archive.size());
  const auto members = io::parse_zip(archive, "head.usdz");
  CHECK(members.at("albedo.png") == read_file(written.folder / "head_albedo.png"));
  const std::string scene(members.at("head.usda").begin(), members.at("head.usda").end());
  CHECK(scene.find("def Mesh \"left_eye\"") != std::string::npos);
  // The rig of the GLB, whole: joints, every unit with its fitted weight, what it moves.
  CHECK(scene.find("def SkelRoot \"head\"") != std::string::npos);
  CHECK(scene.find("uniform token[] joints = [\"neck\", \"neck/head\", "
                   "\"neck/head/left_eye\"]") != std::string::npos);
  std::string names, weights;
  for (std::size_t e = 0; e < test::small_head_units().size(); ++e) {
    names += (e == 0 ? "\"" : ", \"") + test::small_head_units()[e] + "\"";
    CHECK(scene.find("def BlendShape \"" + test::small_head_units()[e] + "\"") !=
          std::string::npos);
    if (e > 0) weights += ", ";
    io::append_number(weights, static_cast<float>(result_of(head(), 3).fit.expression[e]));
  }
  CHECK(scene.find("uniform token[] blendShapes = [" + names + "]") != std::string::npos);
  CHECK(scene.find("float[] blendShapeWeights = [" + weights + "]") != std::string::npos);
  const std::size_t at = scene.find("point3f[] points = [(", scene.find("def Mesh \"skin\""));
  const std::vector<float> neutral =
      mesh::shape(head(), floats(result_of(head(), 3).fit.identity), {});
  std::istringstream first(scene.substr(at + 21, 40));
  float x = 0;
  first >> x;
  CHECK(x == doctest::Approx(0.1 * static_cast<double>(neutral[0])).epsilon(1e-4));
}

TEST_CASE("head output: the JSON alone lays the mesh over the photo") {
  for (const std::int64_t photo : {3, 4}) {
    const Reconstruction result = result_of(head(), photo);
    const Written written(head(), result, small());
    const std::vector<Vec3> vertices = written.obj().vertices;
    double worst = 0;
    for (std::size_t v = 0; v < vertices.size(); ++v) {
      const photo::Point wanted =
          result.to_crop.inverse()({static_cast<double>(result.fit.screen[3 * v]),
                                    static_cast<double>(result.fit.screen[3 * v + 1])});
      const std::array<double, 2> got = in_photo(written.json, vertices[v]);
      const double off = std::hypot(got[0] + 0.5 - wanted.x, got[1] + 0.5 - wanted.y);
      worst = !(off <= worst) ? off : worst;
    }
    CHECK(worst < 1e-2);
    // The rendered photo's points are the mesh's: landmarks in 3D fall on those in 2D.
    CHECK(written.json["photo"] == Json{{"height", 1200}, {"orientation", 1}, {"width", 1600}});
    CHECK(written.json["detector_score"] == 1.5);
    const Json& flat = written.json["landmarks_2d"];
    const Json& solid = written.json["landmarks_3d"];
    REQUIRE(flat.size() == 68);
    REQUIRE(solid.size() == 68);
    for (std::size_t k = 0; k < 68; ++k) {
      CHECK(flat[k][0].get<double>() == doctest::Approx(result.landmarks[k].x - 0.5));
      CHECK(flat[k][1].get<double>() == doctest::Approx(result.landmarks[k].y - 0.5));
      const auto v = static_cast<std::size_t>(head().landmarks[k]);
      for (std::size_t c = 0; c < 3; ++c)
        CHECK(std::abs(solid[k][c].get<double>() - vertices[v][c]) < 1e-6);
    }
  }
}

TEST_CASE("head output: the face alone lacks scalp, ears and neck, and keeps its eye") {
  const Reconstruction result = result_of(head(), 3);
  const Written all(head(), result, small()), written(head(), result, small(WrittenPart::kFace));
  CHECK(all.json["part"] == "head");
  CHECK(written.json["part"] == "face");
  const mesh::ObjFile obj = written.obj();
  const auto vertices = static_cast<std::size_t>(head().vertices());
  // Every vertex that is written is the model's, in its order, or lies on the rim behind them.
  const FaceSurface surface = face_surface(head(), result, 64, WrittenPart::kFace);
  REQUIRE(obj.vertices.size() == surface.vertex.size());
  const std::size_t own = surface.vertex.size() - surface.rim.size();
  CHECK(own < vertices * 9 / 10);
  CHECK(surface.rim.size() > 20);
  CHECK(std::is_sorted(surface.vertex.begin(),
                       surface.vertex.begin() + static_cast<std::ptrdiff_t>(own)));
  const auto place = [&](std::int32_t v, std::size_t c) {
    return 0.1 * static_cast<double>(result.fit.vertices[3 * static_cast<std::size_t>(v) + c]);
  };
  for (std::size_t i = 0; i < obj.vertices.size(); ++i) {
    const RimVertex edge = surface.on_edge(i);
    CHECK((edge.t > 0) == (i >= own));
    CHECK(edge.t < 1);
    for (std::size_t c = 0; c < 3; ++c)
      REQUIRE(std::abs(obj.vertices[i][c] - (1 - edge.t) * place(surface.vertex[i], c) -
                       edge.t * place(edge.towards, c)) < 1e-6);
  }
  // The triangles that lie well within the face are all there, and none of those well beyond it:
  // a border of regions is followed to the width over which its steps are smoothed.
  std::vector<std::uint8_t> beyond(vertices, 0), used(vertices, 0);
  for (std::size_t v = 0; v < vertices; ++v)
    for (std::size_t r = 0; r < 3; ++r)
      beyond[v] = std::max(beyond[v], head().regions.inside[r * vertices + v]);
  for (std::size_t i = 0; i < own; ++i) used[static_cast<std::size_t>(surface.vertex[i])] = 1;
  const auto at = [&](std::size_t v) {
    const float* p = head().mean_shape.data() + 3 * v;
    return Vec3{p[0], p[1], p[2]};
  };
  std::size_t judged = 0;
  for (std::size_t v = 0; v < vertices; ++v) {
    using mesh::operator-;
    double nearest = 10;  // vertex on the other side
    for (std::size_t w = 0; w < vertices; ++w)
      if (beyond[w] != beyond[v]) nearest = std::min(nearest, mesh::norm(at(v) - at(w)));
    if (nearest < 0.2) continue;
    ++judged;
    CAPTURE(v);
    REQUIRE(used[v] == 1 - beyond[v]);
  }
  CHECK(judged > vertices / 3);
  CHECK(used[vertices - 1] == 1);  // of the eye
  const test::Glb glb = written.glb();
  CHECK(glb.root["meshes"][0]["weights"].size() == test::small_head_units().size());
  CHECK(glb.root["nodes"].size() == 4);

  const FaceModel embedded = mesh::make_embedded_face();
  CHECK_THROWS_WITH_AS(check_part(embedded, WrittenPart::kFace, "embedded"),
                       doctest::Contains("embedded: has no region \"scalp\""), InputError);
  CHECK_NOTHROW(check_part(embedded, WrittenPart::kHead, "embedded"));
  CHECK_NOTHROW(check_part(head(), WrittenPart::kFace, "head"));
}

TEST_CASE("head output: a model without ARKit's units is written as it was fitted") {
  FaceModel model = head();
  model.expression.names[1] = "jaw_left";
  CHECK(has_arkit_units(head()));
  CHECK_FALSE(has_arkit_units(model));
  CHECK_FALSE(has_arkit_units(mesh::make_embedded_face()));
  const Reconstruction result = result_of(model, 3);
  const Written written(model, result, small());
  const test::Glb glb = written.glb();
  CHECK_FALSE(glb.root["meshes"][0].contains("weights"));
  CHECK(glb.root.contains("skins"));
  CHECK(largest(positions_of(glb, false), result.fit.vertices) < 1e-6);
  // The sheet of a head with units has two more rows.
  const Image8 less = result_sheet(model, "head", result, Image(64, 64, 3));
  const Image8 more = result_sheet(head(), "head", result, Image(64, 64, 3));
  CHECK(more.width == less.width);
  CHECK(more.height > less.height * 19 / 10);
}

TEST_CASE("head output: photo, crop and points of a run are those of the user's file") {
  const TemporaryFolder folder;
  const PhotoSample rendered = test::rendered_photo(head(), 3);
  // The photo is larger than the crop: 50 pixels of ground on the left, 30 above.
  Image8 photo(280, 300, 3);
  const Image8 inner = to_bytes(crop_colors(rendered.crop));
  for (std::int64_t y = 0; y < photo.height; ++y)
    for (std::int64_t x = 0; x < photo.width; ++x)
      for (std::int64_t c = 0; c < 3; ++c) {
        const bool in = y >= 30 && y < 254 && x >= 50 && x < 274;
        photo.at(y, x)[c] = in ? inner.at(y - 30, x - 50)[c] : 100;
      }
  write_png(folder / "photo.png", photo);
  photo::Landmarks points = rendered.landmarks;
  for (photo::Point& p : points) p = {p.x + 50, p.y + 30};
  write_file(folder / "points.csv", photo::format_landmarks(points));
  const Reconstructor reconstructor(Context(Device::kCpu, 1), head(), {});
  const Reconstruction result = reconstructor.run(folder / "photo.png", folder / "points.csv");
  const Written written(head(), result, small());
  CHECK(written.json["detector_score"].is_null());
  CHECK(written.json["photo"]["width"] == 300);
  CHECK(written.json["photo"]["height"] == 280);
  const photo::Landmarks stored =
      photo::parse_landmarks(read_file(folder / "points.csv"), 300, 280, "points.csv");
  double off = 0;
  for (std::size_t k = 0; k < 68; ++k) {
    CHECK(written.json["landmarks_2d"][k][0].get<double>() + 0.5 == doctest::Approx(stored[k].x));
    CHECK(written.json["landmarks_2d"][k][1].get<double>() + 0.5 == doctest::Approx(stored[k].y));
    // The fit is near its photo, and the JSON says so.
    Vec3 p{};
    for (std::size_t c = 0; c < 3; ++c) p[c] = written.json["landmarks_3d"][k][c].get<double>();
    const std::array<double, 2> got = in_photo(written.json, p);
    if (k >= 17) off += std::hypot(got[0] + 0.5 - stored[k].x, got[1] + 0.5 - stored[k].y) / 51;
  }
  CHECK(off < 3);  // pixels, of a face of 150
  // A crop pixel shows the photo's pixel that the JSON names.
  const Json& crop = written.json["crop"];
  double worst = 0;
  std::size_t seen = 0;
  for (std::int64_t y = 60; y < 160; y += 7)
    for (std::int64_t x = 60; x < 160; x += 7) {
      const double u =
          (static_cast<double>(x) - crop["shift"][0].get<double>()) / crop["scale"].get<double>();
      const double v =
          (static_cast<double>(y) - crop["shift"][1].get<double>()) / crop["scale"].get<double>();
      const auto left = static_cast<std::int64_t>(std::floor(u)),
                 top = static_cast<std::int64_t>(std::floor(v));
      const double a = u - std::floor(u), b = v - std::floor(v);
      const auto value = [&](std::int64_t dy, std::int64_t dx) {
        return photo.at(top + dy, left + dx)[1] / 255.0;
      };
      const double between = (1 - b) * ((1 - a) * value(0, 0) + a * value(0, 1)) +
                             b * ((1 - a) * value(1, 0) + a * value(1, 1));
      worst += std::abs(static_cast<double>(result.crop.at(y, x)[1]) - between);
      ++seen;
    }
  CHECK(worst / static_cast<double>(seen) < 0.006);
}

}  // namespace fgcn::recon
