#include "recon/fit/fit_photo.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/interpolate/interpolate.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/fit/host_adam.h"
#include "recon/fit/photo_energy.h"
#include "recon/fit/triangle_list.h"
#include "render/projected_colors.h"

namespace fgcn::recon {
namespace {

/// Standard deviations by which steps are measured.
constexpr std::size_t kFirstNosePoint = 27;
constexpr double kAngleScale = 0.05;        // radians
constexpr double kTranslationScale = 0.05;  // dm
constexpr double kLightScale = 0.15;
constexpr double kExpressionScale = 0.3;

/// What the fit reads of a photo.
struct FitInput {
  const Image& crop;    // [S, S, 3 or 4]
  const Image& hidden;  // [S, S, 1] above 0 where no face is seen; or empty

  bool hidden_at(std::int64_t y, std::int64_t x) const {
    if (y < 0 || x < 0 || y >= hidden.height || x >= hidden.width) return false;
    return hidden.pixels[static_cast<std::size_t>(y * hidden.width + x)] > 0;
  }
};

/// Means over `factor` x `factor` pixels.
Image shrunk(const Image& image, std::int64_t factor) {
  Image out(image.height / factor, image.width / factor, image.channels);
  const auto share = 1.0F / static_cast<float>(factor * factor);
  for (std::int64_t y = 0; y < out.height * factor; ++y)
    for (std::int64_t x = 0; x < out.width * factor; ++x)
      for (std::int64_t c = 0; c < image.channels; ++c)
        out.at(y / factor, x / factor)[c] += share * image.at(y, x)[c];
  return out;
}

void check_input(const Image& crop, const Image& hidden) {
  FGCN_CHECK(crop.height == crop.width && (crop.channels == 3 || crop.channels == 4),
             "fit_photo: the crop is ", crop.height, " x ", crop.width, " x ", crop.channels,
             ", expected square with 3 or 4 channels");
  FGCN_CHECK(hidden.pixels.empty() || (hidden.height == crop.height && hidden.width == crop.width &&
                                       hidden.channels == 1),
             "fit_photo: hidden is ", hidden.height, " x ", hidden.width, " x ", hidden.channels,
             " on a crop of ", crop.height, " x ", crop.width);
}

}  // namespace

struct PhotoFitter::Parts {
  Context ctx;
  mesh::FaceModel model;
  PhotoFitOptions options;
  LandmarkFitter landmarks;
  MorphableFace face;
  std::vector<std::int32_t> faces;
  FitSurfaces surfaces;

  Parts(const Context& context, const mesh::FaceModel& face_model, const PhotoFitOptions& chosen)
      : ctx(context),
        model(face_model),
        options(chosen),
        landmarks(model, chosen.landmarks),
        face(ctx, model),
        faces(flat(model.triangles)),
        surfaces(ctx, model) {}

  SurfaceColors colors(const FitInput& input, const FitResult& fit) const;
  void refit_light(const FitInput& input, FitResult& fit, std::vector<float>& trust) const;
  LightFit light(const FitInput& input, const FitResult& fit) const {
    return fit_light(model, colors(input, fit), options.light);
  }
  void match(FitResult& fit) const;
  FitResult started(const FaceStart& start, const Camera& camera) const;
  EnergyTarget target(const FitInput& input, const photo::Landmarks& points,
                      const LandmarkFit& start, const FitResult& fit,
                      const std::vector<float>& trust, std::int64_t factor) const;
  void descend(const EnergyTarget& target, int iterations, FitResult& fit) const;
};

/// Colors where the vertices are seen, weighted by mask and picture.
SurfaceColors PhotoFitter::Parts::colors(const FitInput& input, const FitResult& fit) const {
  const ProjectedColors visible = project_colors(input.crop, fit.screen, fit.normals, faces);
  SurfaceColors out{visible.color, visible.visible, fit.normals};
  const std::vector<float> share = picture_weights(model, fit.screen, fit.normals);
  for (std::size_t v = 0; v < share.size(); ++v) {
    // Eyes and lips are no skin: there the mesh itself says where the face is.
    const bool behind =
        input.hidden_at(static_cast<std::int64_t>(std::floor(fit.screen[3 * v + 1])),
                        static_cast<std::int64_t>(std::floor(fit.screen[3 * v])));
    const float inner = behind ? 0.0F : 1.0F;
    out.weight[v] *= (model.skin[v] != 0 ? visible.mask[v] : inner) * share[v];
  }
  return out;
}

void PhotoFitter::Parts::refit_light(const FitInput& input, FitResult& fit,
                                     std::vector<float>& trust) const {
  LightFit light = this->light(input, fit);
  fit.sh_coefficients = light.sh_coefficients;
  fit.albedo = std::move(light.albedo);
  trust = std::move(light.trust);
}

EnergyTarget PhotoFitter::Parts::target(const FitInput& input, const photo::Landmarks& points,
                                        const LandmarkFit& start, const FitResult& fit,
                                        const std::vector<float>& trust,
                                        std::int64_t factor) const {
  const Image& crop = input.crop;
  const Image small = shrunk(crop, factor);
  EnergyTarget out;
  out.camera.height = small.height;
  out.camera.width = small.width;
  const auto pixels = static_cast<std::size_t>(small.height * small.width);
  std::vector<float> color(3 * pixels), weight(pixels, 0.0F);
  for (std::size_t i = 0; i < pixels; ++i)
    for (std::size_t c = 0; c < 3; ++c) color[3 * i + c] = small.pixels[i * small.channels + c];
  // Trust is known at vertices; draw it, and the model's own mask of what is no skin.
  const Shape shape{1, model.vertices(), 2};
  std::vector<float> attributes;
  for (std::size_t v = 0; v < trust.size(); ++v) {
    attributes.push_back(trust[v]);
    attributes.push_back(model.skin[v] != 0 ? 0.0F : 1.0F);
  }
  std::vector<float> screen = fit.screen;
  const auto shrink = static_cast<float>(1.0 / static_cast<double>(factor));
  for (std::size_t i = 0; i < screen.size(); ++i)
    if (i % 3 != 2) screen[i] *= shrink;
  Tensor raster(ctx, {1, small.height, small.width, 4});
  Tensor rendered(ctx, {1, small.height, small.width, 2});
  kernels::rasterize(ctx, Tensor::of(ctx, {1, model.vertices(), 3}, screen).view(),
                     surfaces.mesh().index().view(), {.cull = kernels::Cull::kBack}, raster.view());
  kernels::interpolate(ctx, raster.view(), Tensor::of(ctx, shape, attributes).view(),
                       surfaces.mesh().index().view(), rendered.view());
  const std::vector<real> host = rendered.to_host();
  for (std::size_t i = 0; i < pixels; ++i) {
    const float mask = small.channels == 4 ? small.pixels[4 * i + 3] : 1.0F;
    const auto pixel = static_cast<std::int64_t>(i);
    const bool behind = input.hidden_at(factor * (pixel / small.width) + factor / 2,
                                        factor * (pixel % small.width) + factor / 2);
    const float inner = behind ? 0.0F : static_cast<float>(host[2 * i + 1]);
    weight[i] = std::max(mask, inner) * static_cast<float>(host[2 * i]);
  }
  out.photo = Tensor::of(ctx, {1, small.height, small.width, 3}, color);
  out.weight = Tensor::of(ctx, {1, small.height, small.width, 1}, weight);

  out.landmark_vertices =
      RowIndex(ctx, model.vertices(), {fit.landmark_vertices.begin(), fit.landmark_vertices.end()});
  const double size = static_cast<double>(small.height) / static_cast<double>(crop.height);
  const double pixel = static_cast<double>(small.height) / 224;
  std::vector<double> places, certainty;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const PointNoise* noise = start.noise ? &*start.noise : nullptr;
    places.push_back(points[k].x * size);
    places.push_back(points[k].y * size);
    const double sigma = noise != nullptr
                             ? noise->sigma[k] * size
                             : pixel * (k < kOutlinePoints    ? options.landmarks.outline_sigma
                                        : k < kFirstNosePoint ? options.landmarks.brow_sigma
                                                              : options.tracked_sigma);
    certainty.push_back(1 / (sigma * sigma));
  }
  out.landmarks = Tensor::of(ctx, {1, 68, 2}, places);
  out.landmark_weight = Tensor::of(ctx, {1, 68, 1}, certainty);
  out.photo_strength = options.observations / options.color_sigma;

  const auto rows = [](const std::vector<double>& like, double value) {
    return std::vector<double>(like.size(), value);
  };
  const std::vector<double> light(fit.sh_coefficients.begin(), fit.sh_coefficients.end());
  const std::vector<double> angles(fit.angles_rad.begin(), fit.angles_rad.end());
  const std::vector<double> translation(fit.translation_dm.begin(), fit.translation_dm.end());
  out.prior = {rows(fit.identity, 0), rows(fit.expression, 0),
               rows(fit.albedo, 0),   angles,
               translation,           light};
  out.sigma = {rows(fit.identity, options.landmarks.identity_sigma),
               rows(fit.expression, options.landmarks.expression_sigma),
               rows(fit.albedo, 1),
               rows(angles, options.angle_sigma),
               {0.1, 0.1, 0.3},
               rows(light, 0.05)};
  if (start.noise) {
    // The landmarks have said what they know, all together. Colors may only touch it up: what they
    // would do freely, with the wrong skin and light, spoils the shape.
    out.prior[kIdentity] = start.identity;
    out.prior[kExpression] = start.expression;
    out.sigma[kIdentity] = rows(fit.identity, options.touched_up_identity);
    out.sigma[kExpression] = rows(fit.expression, options.touched_up_expression);
  }
  return out;
}

void PhotoFitter::Parts::descend(const EnergyTarget& target, int iterations, FitResult& fit) const {
  FitVector x{fit.identity,
              fit.expression,
              fit.albedo,
              {fit.angles_rad.begin(), fit.angles_rad.end()},
              {fit.translation_dm.begin(), fit.translation_dm.end()},
              {fit.sh_coefficients.begin(), fit.sh_coefficients.end()}};
  const std::array<double, kFitUnknowns> scale{1,           kExpressionScale,  1,
                                               kAngleScale, kTranslationScale, kLightScale};
  std::vector<HostAdam> adam;
  adam.reserve(kFitUnknowns);
  for (int i = 0; i < kFitUnknowns; ++i) adam.emplace_back(x[i].size(), scale[i]);
  for (int iteration = 1; iteration <= iterations; ++iteration) {
    const Energy energy = photo_energy(ctx, face, surfaces.mesh(), target, x);
    // The step falls to a tenth along a half cosine.
    const double phase = static_cast<double>(iteration - 1) / std::max(1, iterations - 1);
    const double step = options.step * (0.55 + 0.45 * std::cos(phase * 3.14159265358979));
    for (int i = 0; i < kFitUnknowns; ++i) adam[i].step(x[i], energy.gradient[i], step);
    for (std::size_t e = 0; e < x[kExpression].size(); ++e)
      x[kExpression][e] = std::clamp(x[kExpression][e], double{model.expression_low[e]},
                                     double{model.expression_high[e]});
  }
  fit.identity = x[kIdentity];
  fit.expression = x[kExpression];
  fit.albedo = x[kAlbedo];
  std::copy_n(x[kAngles].begin(), 3, fit.angles_rad.begin());
  std::copy_n(x[kTranslation].begin(), 3, fit.translation_dm.begin());
  std::copy_n(x[kLight].begin(), 27, fit.sh_coefficients.begin());
}

PhotoFitter::PhotoFitter(const Context& ctx, const mesh::FaceModel& model,
                         const PhotoFitOptions& options)
    : parts_(std::make_unique<const Parts>(ctx, model, options)) {}
PhotoFitter::PhotoFitter(PhotoFitter&&) noexcept = default;
PhotoFitter& PhotoFitter::operator=(PhotoFitter&&) noexcept = default;
PhotoFitter::~PhotoFitter() = default;

/// The vertices of the 68 points: of the jaw those that the placed face's outline shows.
void PhotoFitter::Parts::match(FitResult& fit) const {
  const FaceOutline& outline = landmarks.outline();
  std::vector<std::array<double, 2>> screen;
  for (const std::int32_t v : outline.vertices()) {
    const float* at = &fit.screen[3 * static_cast<std::size_t>(v)];
    screen.push_back({double{at[0]}, double{at[1]}});
  }
  for (int k = 0; k < static_cast<int>(fit.landmark_vertices.size()); ++k) {
    const auto point = static_cast<std::size_t>(k);
    fit.landmark_vertices[point] = k < kOutlinePoints
                                       ? outline.vertices()[static_cast<std::size_t>(
                                             outline.choose(k, screen, fit.angles_rad[2]))]
                                       : model.landmarks[point];
  }
}

FitResult PhotoFitter::Parts::started(const FaceStart& start, const Camera& camera) const {
  const auto all = [](const std::vector<double>& got, const mesh::Modes& modes) {
    return static_cast<std::int64_t>(got.size()) == modes.count;
  };
  FGCN_CHECK(all(start.identity, model.identity) && all(start.expression, model.expression) &&
                 all(start.albedo, model.albedo),
             "fit_photo: a start of ", start.identity.size(), ", ", start.expression.size(),
             " and ", start.albedo.size(), " coefficients for ", model.identity.count, ", ",
             model.expression.count, " and ", model.albedo.count, " modes");
  FitResult out;
  out.identity = start.identity;
  out.expression = start.expression;
  out.albedo = start.albedo;
  out.angles_rad = start.angles_rad;
  out.translation_dm = start.translation_dm;
  out.sh_coefficients = start.sh_coefficients;
  surfaces.place(camera, out);
  match(out);
  return out;
}

FitResult PhotoFitter::placed(const FaceStart& start, const photo::Landmarks& landmarks,
                              std::int64_t size) const {
  FitResult out = parts_->started(start, crop_camera(size));
  parts_->surfaces.shade(out);
  out.landmark_error = landmark_error(out, landmarks);
  return out;
}

FitResult PhotoFitter::fit_from(const FaceStart& start, const Image& crop,
                                const photo::Landmarks& landmarks, const Image& hidden) const {
  check_input(crop, hidden);
  const Parts& parts = *parts_;
  const FitInput input{crop, hidden};
  const Camera camera = crop_camera(crop.height);
  FitResult out = parts.started(start, camera);
  LandmarkFit matched;
  matched.vertices = out.landmark_vertices;
  for (const std::int64_t factor : {4, 2}) {
    const int iterations =
        factor == 4 ? parts.options.coarse_iterations : parts.options.fine_iterations;
    if (iterations == 0) continue;
    const std::vector<float> trust = parts.light(input, out).trust;
    parts.descend(parts.target(input, landmarks, matched, out, trust, factor), iterations, out);
    parts.surfaces.place(camera, out);
  }
  parts.surfaces.shade(out);
  out.landmark_error = landmark_error(out, landmarks);
  return out;
}

FitResult PhotoFitter::fit(const Image& crop, const photo::Landmarks& landmarks,
                           const Image& hidden, const PointSource& source) const {
  check_input(crop, hidden);
  const Parts& parts = *parts_;
  const FitInput input{crop, hidden};
  const Camera camera = crop_camera(crop.height);
  const LandmarkFit start = parts.landmarks.fit(landmarks, camera, source);
  FitResult out;
  out.identity = start.identity;
  out.expression = start.expression;
  out.angles_rad = start.pose.angles;
  out.translation_dm = start.pose.translation;
  out.landmark_vertices = start.vertices;
  const photo::Landmarks points = start.noise ? start.noise->without_mean(landmarks) : landmarks;
  parts.surfaces.place(camera, out);
  std::vector<float> trust;
  parts.refit_light(input, out, trust);
  for (const std::int64_t factor : {4, 2}) {
    const int iterations =
        factor == 4 ? parts.options.coarse_iterations : parts.options.fine_iterations;
    if (iterations == 0) continue;
    parts.descend(parts.target(input, points, start, out, trust, factor), iterations, out);
    parts.surfaces.place(camera, out);
    parts.refit_light(input, out, trust);
  }
  parts.surfaces.shade(out);
  out.landmark_error = landmark_error(out, points);
  return out;
}

}  // namespace fgcn::recon
