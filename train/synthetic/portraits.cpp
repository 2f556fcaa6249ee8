#include "train/synthetic/portraits.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "recon/fit/face_frame.h"
#include "train/synthetic/backgrounds.h"
#include "train/synthetic/camera_effects.h"
#include "train/synthetic/face_drawer.h"
#include "train/synthetic/occluders.h"
#include "train/synthetic/random_expression.h"
#include "train/synthetic/synthetic_detail.h"
#include "train/synthetic/synthetic_light.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kShadowMap = 160;
constexpr double kDegree = std::numbers::pi / 180;

/// Streams of a portrait's random numbers: a change in one part leaves the others as they were.
enum Stream : std::uint64_t {
  kIdentity = 1,
  kExpression,
  kAlbedo,
  kDetail,
  kPose,
  kLight,
  kBackground,
  kHead,
  kEffects,
};

std::vector<float> normal_values(std::int64_t count, Rng rng) {
  std::vector<float> out;
  for (std::int64_t i = 0; i < count; ++i) out.push_back(static_cast<float>(rng.normal()));
  return out;
}

}  // namespace

struct PortraitSynthesizer::Impl {
  Impl(const mesh::FaceModel& face_model, const PortraitOptions& chosen)
      : model(face_model),
        options(chosen),
        ctx(Device::kCpu, 1),
        frame(recon::face_frame(face_model)),
        poser(ctx, face_model),
        shadows(ctx, face_model.triangles, kShadowMap),
        draw(ctx, face_model, chosen.size),
        sky(sky_visible(face_model, shadows)) {}

  const mesh::FaceModel& model;
  PortraitOptions options;
  Context ctx;
  recon::FaceFrame frame;
  recon::FacePoser poser;
  recon::DepthMap shadows;
  FaceDrawer draw;
  std::vector<float> sky;
};

PortraitSynthesizer::PortraitSynthesizer(const mesh::FaceModel& model,
                                         const PortraitOptions& options)
    : impl_(std::make_unique<Impl>(model, options)) {}
PortraitSynthesizer::PortraitSynthesizer(PortraitSynthesizer&&) noexcept = default;
PortraitSynthesizer::~PortraitSynthesizer() = default;

Portrait PortraitSynthesizer::operator()(std::uint64_t seed, std::uint64_t index) {
  Impl& my = *impl_;
  const mesh::FaceModel& model = my.model;
  const Rng rng = Rng(seed).split(index);
  Portrait out;
  out.identity = normal_values(model.identity.count, rng.split(kIdentity));
  Rng expression_rng = rng.split(kExpression);
  out.expression = random_expression(model, my.options.expression, expression_rng);

  Rng pose_rng = rng.split(kPose);
  out.pose.angles = {6 * kDegree * pose_rng.normal(), my.options.yaw,
                     4 * kDegree * pose_rng.normal()};
  for (std::size_t i = 0; i < 2; ++i) out.pose.translation[i] = 0.1 * pose_rng.normal();
  out.camera.height = out.camera.width = my.options.size;
  out.camera.distance = 5 * std::pow(3.2, pose_rng.uniform());
  const double focal = my.options.pixels_per_dm * out.camera.distance;
  out.camera.field_of_view = 2 * std::atan(static_cast<double>(my.options.size) / 2 / focal);
  out.face = my.poser(out.identity, out.expression, out.pose, out.camera);

  const std::vector<float> albedo = paint_detail(
      my.frame, mesh::albedo(model, normal_values(model.albedo.count, rng.split(kAlbedo))),
      rng.split(kDetail));
  const Shading light = random_light(
      out.face.positions, out.face.normals, my.sky, model.skin,
      metered_skin(model, out.face.screen, out.face.normals, static_cast<double>(my.options.size)),
      my.shadows, rng.split(kLight));
  std::vector<float> colors(albedo.size());
  std::array<double, 3> mean{};
  for (std::size_t i = 0; i < colors.size(); ++i) {
    colors[i] = std::min(albedo[i] * light.vertex_irradiance[i] + light.gloss[i], 1.0F);
    mean[i % 3] += static_cast<double>(colors[i]) / static_cast<double>(model.vertices());
  }
  std::vector<Pixel> points;
  for (const std::int32_t v : model.landmarks) {
    const auto at = static_cast<std::size_t>(v) * 3;
    points.push_back({out.face.screen[at], out.face.screen[at + 1]});
  }
  Image behind = background(my.options.size, rng.split(kBackground));
  add_head(behind, points, mean, rng.split(kHead));
  Image picture = my.draw(out.face.screen, colors, std::move(behind)).color;
  camera_effects(picture, rng.split(kEffects));
  out.picture = to_bytes(picture);
  return out;
}

}  // namespace fgcn::train
