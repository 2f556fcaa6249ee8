#include "train/synthetic/synthetic_faces.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "recon/fit/depth_map.h"
#include "recon/fit/face_frame.h"
#include "recon/fit/posed_face.h"
#include "train/synthetic/backgrounds.h"
#include "train/synthetic/camera_effects.h"
#include "train/synthetic/face_drawer.h"
#include "train/synthetic/occluders.h"
#include "train/synthetic/random_expression.h"
#include "train/synthetic/simulated_fit.h"
#include "train/synthetic/synthetic_detail.h"
#include "train/synthetic/synthetic_light.h"
#include "train/synthetic/value_noise.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kShadowMap = 160;
constexpr double kDegree = std::numbers::pi / 180;

/// Streams of a face's random numbers: a change in one part leaves the others as they were.
enum Stream : std::uint64_t {
  kShape = 1,
  kAlbedo,
  kDetail,
  kPose,
  kLight,
  kBackground,
  kHead,
  kOccluders,
  kCamera,
  kMask,
  kMisfit,
  kAppearance,
};

/// Normal with heavier tails: the scale itself varies.
double heavy(Rng& rng) { return rng.normal() * std::exp(0.3 * rng.normal()); }

struct Coefficients {
  std::vector<float> identity;
  std::vector<float> expression;
};

Coefficients random_shape(const mesh::FaceModel& model, Rng rng) {
  Coefficients out;
  for (std::int64_t i = 0; i < model.identity.count; ++i) {
    out.identity.push_back(static_cast<float>(0.8 * heavy(rng)));
  }
  out.expression = random_expression(model, 1, rng);
  return out;
}

/// Coefficients of albedo modes. A mode called melanin goes evenly from the fairest skin to the
/// darkest (L* of 72 to 24 on the head's cheek): with a bell about a middling tone a network learns
/// to pull both ends there, dark skin most.
std::vector<float> random_albedo(const mesh::FaceModel& model, Rng rng) {
  constexpr double kFairest = -1.5, kDarkest = 2.4;
  Rng tone = rng.split(1);
  std::vector<float> out;
  for (std::int64_t i = 0; i < model.albedo.count; ++i)
    out.push_back(static_cast<float>(heavy(rng)));
  const auto& names = model.albedo.names;
  const auto melanin = std::find(names.begin(), names.end(), "melanin");
  if (melanin != names.end())
    out.at(static_cast<std::size_t>(melanin - names.begin())) =
        static_cast<float>(tone.uniform(kFairest, kDarkest));
  return out;
}

Pose random_pose(Rng rng) {
  Pose pose;
  const bool wide = rng.uniform() < 0.3;
  const double narrow_yaw = 14 * rng.normal();
  const double wide_yaw = rng.uniform(-60, 60);
  pose.angles[0] = 7 * kDegree * rng.normal();
  pose.angles[1] = kDegree * std::clamp(wide ? wide_yaw : narrow_yaw, -65.0, 65.0);
  pose.angles[2] = 5 * kDegree * rng.normal();
  for (std::size_t i = 0; i < 2; ++i) pose.translation[i] = 0.05 * rng.normal();
  pose.translation[2] = 0.5 * rng.normal();
  return pose;
}

/// Shape and pose as a fit would find them: near the truth, but not there.
void disturb(Coefficients& shape, Pose& pose, Rng rng) {
  const double amount = std::exp(0.5 * rng.normal());
  for (float& c : shape.identity) c += static_cast<float>(0.22 * amount * rng.normal());
  for (float& c : shape.expression) {
    if (rng.uniform() < 0.3) c += static_cast<float>(0.05 * amount * rng.normal());
  }
  for (double& angle : pose.angles) angle += 0.9 * kDegree * amount * rng.normal();
  // A hundredth of a decimetre is a pixel, nearly.
  for (std::size_t i = 0; i < 2; ++i) pose.translation[i] += 0.006 * amount * rng.normal();
  pose.translation[2] += 0.06 * amount * rng.normal();
}

std::vector<Pixel> landmark_pixels(const mesh::FaceModel& model, const recon::PosedFace& face) {
  std::vector<Pixel> out;
  for (const std::int32_t v : model.landmarks) {
    const auto at = static_cast<std::size_t>(v) * 3;
    out.push_back({face.screen[at], face.screen[at + 1]});
  }
  return out;
}

float bilinear(const Image& image, double x, double y, std::int64_t channel) {
  const double px = std::clamp(x - 0.5, 0.0, static_cast<double>(image.width - 1));
  const double py = std::clamp(y - 0.5, 0.0, static_cast<double>(image.height - 1));
  const auto x0 = static_cast<std::int64_t>(px);
  const auto y0 = static_cast<std::int64_t>(py);
  const std::int64_t x1 = std::min(x0 + 1, image.width - 1);
  const std::int64_t y1 = std::min(y0 + 1, image.height - 1);
  const double tx = px - static_cast<double>(x0);
  const double ty = py - static_cast<double>(y0);
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return static_cast<double>(image.at(row, column)[channel]);
  };
  return static_cast<float>((1 - ty) * ((1 - tx) * at(y0, x0) + tx * at(y0, x1)) +
                            ty * ((1 - tx) * at(y1, x0) + tx * at(y1, x1)));
}

/// The least value within `radius` pixels along both axes; 0 beyond the border.
void erode(Image& mask, std::int64_t radius) {
  const auto pass = [radius](const Image& from, Image& to, std::int64_t dy, std::int64_t dx) {
    for (std::int64_t y = 0; y < from.height; ++y) {
      for (std::int64_t x = 0; x < from.width; ++x) {
        float least = 1;
        for (std::int64_t i = -radius; i <= radius; ++i) {
          const std::int64_t py = y + i * dy;
          const std::int64_t px = x + i * dx;
          const bool within = py >= 0 && px >= 0 && py < from.height && px < from.width;
          least = std::min(least, within ? *from.at(py, px) : 0.0f);
        }
        *to.at(y, x) = least;
      }
    }
  };
  if (radius == 0) return;
  Image middle(mask.height, mask.width, 1);
  pass(mask, middle, 0, 1);
  pass(middle, mask, 1, 0);
}

}  // namespace

struct FaceSynthesizer::Impl {
  explicit Impl(const mesh::FaceModel& face_model)
      : model(&face_model),
        ctx(Device::kCpu, 1),
        frame(recon::face_frame(face_model)),
        poser(ctx, face_model),
        shadows(ctx, face_model.triangles, kShadowMap),
        draw(ctx, face_model, recon::kCropSize),
        depths(ctx, face_model.triangles, recon::kCropSize),
        sky(sky_visible(face_model, shadows)) {}

  const mesh::FaceModel* model;
  Context ctx;
  recon::FaceFrame frame;
  recon::FacePoser poser;
  recon::DepthMap shadows;
  FaceDrawer draw;
  recon::DepthMap depths;
  std::vector<float> sky;

  /// The mask a segmenter would give: without what it notices, ragged, now and then with holes.
  Image skin_mask(const FaceDrawing& drawing, const Occlusion& occlusion, Rng rng) const {
    const bool skin_only = rng.uniform() < 0.5;
    const Image& source = skin_only ? drawing.skin : drawing.coverage;
    const ValueNoise noise(rng.next());
    const double ragged = rng.uniform(0, 0.5);
    const double holes = rng.uniform() < 0.2 ? rng.uniform(0.05, 0.35) : 0;
    Image out(recon::kCropSize, recon::kCropSize, 1);
    for (std::int64_t y = 0; y < recon::kCropSize; ++y) {
      for (std::int64_t x = 0; x < recon::kCropSize; ++x) {
        const auto px = static_cast<double>(x);
        const auto py = static_cast<double>(y);
        const double kept =
            static_cast<double>(*source.at(y, x) * (1 - *occlusion.noticed.at(y, x)));
        const double edge = 0.5 + ragged * noise({0.15 * px, 0.15 * py, 0});
        bool inside = kept > std::clamp(edge, 0.02, 0.98);
        if (holes > 0 && noise.fractal({0.03 * px, 0.03 * py, 7}, 2) > 1 - 2 * holes) {
          inside = false;
        }
        *out.at(y, x) = inside ? 1.0f : 0.0f;
      }
    }
    return out;
  }
};

FaceSynthesizer::FaceSynthesizer(const mesh::FaceModel& model)
    : impl_(std::make_unique<Impl>(model)) {}
FaceSynthesizer::FaceSynthesizer(FaceSynthesizer&&) noexcept = default;
FaceSynthesizer::~FaceSynthesizer() = default;

SyntheticFace FaceSynthesizer::operator()(std::uint64_t seed, std::uint64_t index) {
  Impl& my = *impl_;
  const mesh::FaceModel& model = *my.model;
  const auto vertices = static_cast<std::size_t>(model.vertices());
  const Rng rng = Rng(seed).split(index);

  // The truth.
  Coefficients shape = random_shape(model, rng.split(kShape));
  Pose pose = random_pose(rng.split(kPose));
  const recon::PosedFace face = my.poser(shape.identity, shape.expression, pose);
  SyntheticFace out;
  out.albedo = paint_detail(my.frame, mesh::albedo(model, random_albedo(model, rng.split(kAlbedo))),
                            rng.split(kDetail));

  // The photograph.
  const Shading shading =
      random_light(face.positions, face.normals, my.sky, model.skin,
                   metered_skin(model, face.screen, face.normals, recon::kCropSize), my.shadows,
                   rng.split(kLight));
  std::vector<float> colors(out.albedo.size());
  std::array<double, 3> mean{};
  for (std::size_t i = 0; i < colors.size(); ++i) {
    colors[i] = std::min(out.albedo[i] * shading.vertex_irradiance[i] + shading.gloss[i], 1.0f);
    mean[i % 3] += static_cast<double>(colors[i]) / static_cast<double>(vertices);
  }
  const std::vector<Pixel> landmarks = landmark_pixels(model, face);
  Image behind = background(recon::kCropSize, rng.split(kBackground));
  add_head(behind, landmarks, mean, rng.split(kHead));
  FaceDrawing drawing = my.draw(face.screen, colors, std::move(behind));
  const Occlusion occlusion = add_occluders(drawing.color, landmarks, rng.split(kOccluders));
  camera_effects(drawing.color, rng.split(kCamera));

  // The mask and the fit, as reconstruction would have them.
  Rng mask_rng = rng.split(kMask);
  Image mask = my.skin_mask(drawing, occlusion, mask_rng.split(1));
  recon::Observation& shown = out.observation;
  shown.crop = Image(recon::kCropSize, recon::kCropSize, 4);
  erode(mask, mask_rng.below(5));  // as reconstruction shrinks its own
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      shown.crop.pixels[4 * i + c] = drawing.color.pixels[3 * i + c];
    }
    shown.crop.pixels[4 * i + 3] = mask.pixels[i];
  }

  disturb(shape, pose, rng.split(kMisfit));
  const recon::PosedFace fitted = my.poser(shape.identity, shape.expression, pose);
  my.depths.draw(fitted.screen);
  shown.photo_color.resize(3 * vertices);
  shown.visible.resize(vertices);
  shown.facing.resize(vertices);
  out.unoccluded.resize(vertices);
  for (std::size_t v = 0; v < vertices; ++v) {
    const float x = fitted.screen[3 * v];
    const float y = fitted.screen[3 * v + 1];
    const float facing = fitted.normals[3 * v + 2];
    constexpr float kMargin = 0.04f;  // dm: a pixel's slant at the edge of the face
    const bool within = x >= 0 && y >= 0 && x < static_cast<float>(recon::kCropSize) &&
                        y < static_cast<float>(recon::kCropSize);
    const bool visible = within && facing > 0 && bilinear(mask, x, y, 0) > 0.5f &&
                         my.depths.reaches(x, y, fitted.screen[3 * v + 2], kMargin);
    shown.visible[v] = visible ? 1.0f : 0.0f;
    shown.facing[v] = facing;
    for (std::int64_t c = 0; c < 3; ++c) {
      shown.photo_color[3 * v + static_cast<std::size_t>(c)] = bilinear(drawing.color, x, y, c);
    }
    const bool unoccluded = visible && bilinear(occlusion.hidden, x, y, 0) < 0.1f &&
                            bilinear(drawing.coverage, x, y, 0) > 0.9f;
    out.unoccluded[v] = unoccluded ? 1.0f : 0.0f;
  }
  FittedAppearance appearance =
      simulate_fit(model, {shown.photo_color, shown.visible, fitted.normals, fitted.screen},
                   rng.split(kAppearance));
  shown.coarse_albedo = std::move(appearance.albedo);
  shown.vertex_irradiance = std::move(appearance.vertex_irradiance);
  shown.sh_coefficients = appearance.sh_coefficients;
  out.normals = fitted.normals;
  out.screen = fitted.screen;
  return out;
}

}  // namespace fgcn::train
