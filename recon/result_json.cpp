#include "recon/result_json.h"

#include <array>
#include <cstdio>
#include <vector>

#include "io/utf8.h"
#include "recon/face_surface.h"
#include "recon/fit/fit_surfaces.h"
#include "render/camera.h"

namespace fgcn::recon {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kDecimetres = 10;  // a metre

Json measures(const Agreement& agreement) {
  return {{"l1", agreement.l1},
          {"psnr", agreement.psnr},
          {"ssim", agreement.ssim},
          {"mouth_psnr", agreement.mouth_psnr ? Json(*agreement.mouth_psnr) : Json()}};
}

// Pixels are counted as most programs do: (0, 0) is the centre of the first. In memory it is the
// picture's corner.
constexpr double kCentre = 0.5;

Json pixels(const photo::Landmarks& landmarks) {
  Json out = Json::array();
  for (const photo::Point& p : landmarks) out.push_back({p.x - kCentre, p.y - kCentre});
  return out;
}

Json metres(const std::vector<mesh::Vec3>& points) {
  Json out = Json::array();
  for (const mesh::Vec3& p : points)
    out.push_back({p[0] / kDecimetres, p[1] / kDecimetres, p[2] / kDecimetres});
  return out;
}

Json photo_of(const Reconstruction& result) {
  return {{"width", result.photo_width},
          {"height", result.photo_height},
          {"orientation", result.photo_orientation}};
}

Json crop_of(const Reconstruction& result) {
  const photo::ScaleShift& map = result.to_crop;
  const auto shift = [&](double t) { return t + (map.scale - 1) * kCentre; };
  return {{"width", result.crop.width},
          {"height", result.crop.height},
          {"scale", map.scale},
          {"shift", {shift(map.tx), shift(map.ty)}}};
}

/// The axes of glTF's cameras: x right, y up, and the camera looks along -z.
Json camera_of(const Reconstruction& result) {
  const Camera camera = crop_camera(result.crop.height);
  const Pose pose = result.fit.pose();
  const std::array<double, 3> origin = to_camera_space(pose, {0, 0, 0});
  std::array<std::array<double, 4>, 4> matrix{};
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<double, 3> axis{};
    axis[c] = 1;
    const std::array<double, 3> to = to_camera_space(pose, axis);
    for (std::size_t r = 0; r < 3; ++r) matrix[r][c] = to[r] - origin[r];
  }
  for (std::size_t r = 0; r < 3; ++r) matrix[r][3] = origin[r] / kDecimetres;
  matrix[2][3] -= camera.distance / kDecimetres;
  matrix[3][3] = 1;
  const double middle_x = static_cast<double>(camera.width) / 2 - kCentre;
  const double middle_y = static_cast<double>(camera.height) / 2 - kCentre;
  return {{"focal_length", camera.focal()},
          {"principal_point", {middle_x, middle_y}},
          {"mesh_to_camera", matrix}};
}

const char* name_of(SkinMaker maker) {
  switch (maker) {
    case SkinMaker::kAlpha:
      return "alpha";
    case SkinMaker::kParser:
      return "parser";
    case SkinMaker::kColor:
      return "color";
    case SkinMaker::kOutline:
      return "outline";
  }
  return "";
}

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += digits;
  }
  return out;
}

}  // namespace

std::string result_json(const std::string& name, const Json& files, const mesh::FaceModel& model,
                        const Reconstruction& result, const OutputOptions& options) {
  const FitResult& fit = result.fit;
  const StageTimes& times = result.times;
  Json json{
      {"input", result.input},
      {"name", name},
      {"files", files},
      {"face", result.face},
      {"faces", result.faces},
      {"face_model", options.face_model},
      {"weights", options.weights},
      {"start", result.origin == FitOrigin::kLandmarks ? "landmarks" : "regressor"},
      {"fitted", result.origin != FitOrigin::kAsIs},
      {"skin_mask", name_of(result.mask)},
      {"vertices", model.vertices()},
      {"triangles", model.triangles.size()},
      {"coefficients",
       {{"identity", fit.identity},
        {"expression", fit.expression},
        {"albedo", fit.albedo},
        {"angles_rad", fit.angles_rad},
        {"light", fit.sh_coefficients},
        {"refined_light", result.refined_light},
        {"translation_dm", fit.translation_dm}}},
      {"part", options.part == WrittenPart::kFace ? "face" : "head"},
      {"photo", photo_of(result)},
      {"crop", crop_of(result)},
      {"camera", camera_of(result)},
      {"detector_score", result.score ? Json(*result.score) : Json()},
      {"landmarks_2d", pixels(result.landmarks)},
      {"landmarks_3d", metres(landmarks_on(model, fit.vertices))},
      {"landmark_error", fit.landmark_error},
      {"coarse", measures(result.coarse)},
      {"projected", measures(result.projected)},
      {"refined", measures(result.refined)},
      {"notes", result.notes},
      {"timing_ms",
       {{"decode", times.decode},
        {"detect", times.detect},
        {"fit", times.fit},
        {"refine", times.refine},
        {"render", times.render},
        {"write", times.write},
        {"total", times.total}}},
  };
  if (!result.shaded.empty())
    json["normal_map"] = {{"grid", result.shaded.tilt.width},
                          {"shading_held_by_albedo", result.shaded.held}};
  // The text of such a path does not lead back to the photo.
  if (io::valid_utf8(result.input) != result.input) json["input_bytes"] = hex(result.input);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fgcn::recon
