#include "recon/fit/fit_photo.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autograd/triangles.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "kernels/vertex_normals/vertex_normals.h"
#include "mesh/face/embedded/embedded_face.h"
#include "render/metrics.h"
#include "render/views.h"

namespace fgcn::recon {
namespace {

/// A picture of the model with known coefficients, and where its landmarks are.
struct Subject {
  Image crop;
  photo::Landmarks landmarks{};
  std::vector<float> vertices, albedo;
};

std::vector<std::int32_t> flat(const mesh::FaceModel& model) {
  std::vector<std::int32_t> out;
  for (const mesh::Triangle& t : model.triangles) out.insert(out.end(), t.begin(), t.end());
  return out;
}

std::vector<float> normals(const std::vector<float>& vertices,
                           const std::vector<std::int32_t>& faces) {
  const Context ctx;
  const auto count = static_cast<std::int64_t>(vertices.size() / 3);
  const Triangles mesh(ctx, count, faces);
  const Tensor x = Tensor::of(ctx, {1, count, 3}, vertices);
  Tensor y(ctx, x.shape());
  kernels::vertex_normals(ctx, mesh.index().view(), mesh.corners(count), x.view(), y.view());
  const std::vector<real> host = y.to_host();
  return {host.begin(), host.end()};
}

Subject make_subject(const mesh::FaceModel& model, const Pose& pose, Rng& rng) {
  std::vector<float> identity, albedo;
  for (std::int64_t i = 0; i < model.identity.count; ++i)
    identity.push_back(static_cast<float>(0.5 * std::clamp(rng.normal(), -2.0, 2.0)));
  for (std::int64_t i = 0; i < model.albedo.count; ++i)
    albedo.push_back(static_cast<float>(0.6 * std::clamp(rng.normal(), -2.0, 2.0)));
  Subject out;
  out.vertices = mesh::shape(model, identity, {});
  out.albedo = mesh::albedo(model, albedo);
  const std::vector<std::int32_t> faces = flat(model);
  const std::vector<float> unit = normals(out.vertices, faces);
  std::vector<float> lit(out.albedo.size());
  for (std::size_t v = 0; v < unit.size() / 3; ++v) {
    const auto n =
        to_camera_space({pose.angles, {}}, {unit[3 * v], unit[3 * v + 1], unit[3 * v + 2]});
    // Light from the upper left, a little warm.
    const double shade = 0.75 + 0.25 * n[2] + 0.15 * n[1] - 0.2 * n[0];
    const double tint[3] = {1.02, 1.0, 0.97};
    for (std::size_t c = 0; c < 3; ++c)
      lit[3 * v + c] = static_cast<float>(
          std::clamp(shade * tint[c] * static_cast<double>(out.albedo[3 * v + c]), 0.0, 1.0));
  }
  const Image rendered = render_colors({out.vertices, faces}, lit, pose);
  const Image ground(224, 224, 3, 0.3F);
  const Image flat_picture = lay_over(rendered, ground);
  out.crop = Image(224, 224, 4);
  for (std::size_t i = 0; i < 224 * 224; ++i) {
    std::copy_n(&flat_picture.pixels[3 * i], 3, &out.crop.pixels[4 * i]);
    out.crop.pixels[4 * i + 3] = rendered.pixels[4 * i + 3];
  }
  for (std::size_t k = 0; k < 68; ++k) {
    const float* p = &out.vertices[3 * static_cast<std::size_t>(model.landmarks[k])];
    const auto at = to_screen({}, to_camera_space(pose, {p[0], p[1], p[2]}));
    out.landmarks[k] = {at[0], at[1]};
  }
  return out;
}

PhotoFitOptions descents(int coarse, int fine) {
  PhotoFitOptions out;
  out.coarse_iterations = coarse;
  out.fine_iterations = fine;
  return out;
}

/// The fit rendered over its crop, against the crop, where the crop's mask is.
ImageError picture_error(const mesh::FaceModel& model, const FitResult& fit, const Image& crop) {
  std::vector<float> lit(fit.albedo_colors.size());
  for (std::size_t i = 0; i < lit.size(); ++i)
    lit[i] = std::clamp(fit.albedo_colors[i] * fit.vertex_irradiance[i], 0.0F, 1.0F);
  const Image rendered = render_colors({fit.vertices, flat(model)}, lit, fit.pose());
  Image mask(224, 224, 1);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    mask.pixels[i] =
        std::min(rendered.pixels[4 * i + 3], crop.pixels[4 * i + 3]) > 0.99F ? 1.0F : 0.0F;
  return compare(rendered, crop, mask);
}

TEST_CASE("the picture of a face of the model is fitted closely, from the front and turned") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const PhotoFitter fitter(Context(), model);
  Rng rng(11);
  for (const double yaw : {0.0, 0.4}) {
    CAPTURE(yaw);
    const Subject subject = make_subject(model, {{0.05, yaw, -0.08}, {0, 0, 0}}, rng);
    const FitResult fit = fitter.fit(subject.crop, subject.landmarks);
    const ImageError error = picture_error(model, fit, subject.crop);
    MESSAGE("PSNR " << error.psnr << " dB, landmarks " << fit.landmark_error);
    CHECK(error.psnr > 34);
    CHECK(fit.landmark_error < 0.02);
    CHECK(std::abs(fit.angles_rad[1] - yaw) < 0.1);
  }
}

TEST_CASE("a block over the cheek does not change the skin beside it, and grey photos stay grey") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const PhotoFitter fitter(Context(), model, descents(8, 0));
  Rng rng(12);
  const Subject subject = make_subject(model, {}, rng);
  const FitResult clean = fitter.fit(subject.crop, subject.landmarks);
  Image covered = subject.crop;
  for (std::int64_t y = 120; y < 150; ++y)
    for (std::int64_t x = 60; x < 90; ++x) {
      covered.at(y, x)[0] = 0.1F;
      covered.at(y, x)[1] = 0.9F;
      covered.at(y, x)[2] = 0.2F;
    }
  const FitResult fit = fitter.fit(covered, subject.landmarks);
  double difference = 0;
  for (std::size_t i = 0; i < fit.albedo_colors.size(); ++i)
    difference += std::abs(double{fit.albedo_colors[i] * fit.vertex_irradiance[i]} -
                           double{clean.albedo_colors[i] * clean.vertex_irradiance[i]}) /
                  static_cast<double>(fit.albedo_colors.size());
  CHECK(difference < 0.03);

  Image grey = subject.crop;
  for (std::size_t i = 0; i < 224 * 224; ++i) {
    const float mean = (grey.pixels[4 * i] + grey.pixels[4 * i + 1] + grey.pixels[4 * i + 2]) / 3;
    std::fill_n(&grey.pixels[4 * i], 3, mean);
  }
  const FitResult flat_fit = fitter.fit(grey, subject.landmarks);
  CHECK(picture_error(model, flat_fit, grey).psnr > 24);
}

TEST_CASE("a fit has the same bits for one thread and for three") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  Rng rng(13);
  const Subject subject = make_subject(model, {}, rng);
  const PhotoFitOptions few = descents(4, 2);
  const FitResult one =
      PhotoFitter(Context(Device::kCpu, 1), model, few).fit(subject.crop, subject.landmarks);
  const FitResult three =
      PhotoFitter(Context(Device::kCpu, 3), model, few).fit(subject.crop, subject.landmarks);
  CHECK(one.identity == three.identity);
  CHECK(one.albedo == three.albedo);
  CHECK(one.sh_coefficients == three.sh_coefficients);
  CHECK(one.vertices == three.vertices);
}

TEST_CASE("a photo's color without its light is kept where it is seen, the model's elsewhere") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const PhotoFitter fitter(Context(), model, descents(0, 0));
  Rng rng(14);
  const Subject subject = make_subject(model, {{0, 0.7, 0}, {}}, rng);
  const FitResult fit = fitter.fit(subject.crop, subject.landmarks);
  const std::vector<float> projected =
      projected_albedo(fit, project_colors(subject.crop, fit.screen, fit.normals, flat(model)));
  std::int64_t kept = 0, taken = 0;
  for (std::size_t v = 0; v < projected.size() / 3; ++v) {
    const bool hidden = fit.normals[3 * v + 2] <= 0;
    const bool same = projected[3 * v] == fit.albedo_colors[3 * v];
    if (hidden) CHECK(same);
    kept += hidden;
    taken += !same;
  }
  CHECK(kept > 100);
  CHECK(taken > 1000);
  CHECK_THROWS_AS(fitter.fit(Image(10, 20, 3), subject.landmarks), Error);
}

}  // namespace
}  // namespace fgcn::recon
