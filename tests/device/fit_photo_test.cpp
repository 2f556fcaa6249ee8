// The fit to a photograph with its renderer on a GPU.
#include "recon/fit/fit_photo.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "autograd/triangles.h"
#include "recon/fit/photo_energy.h"
#include "recon/fit/triangle_list.h"
#include "render/views.h"
#include "tests/device/gpus.h"
#include "tests/device/small_face.h"
#include "tests/support/op_check.h"

namespace fgcn::train {
namespace {

/// The mean face, turned, in plain light, and where its landmarks are.
struct Subject {
  Image crop;
  photo::Landmarks landmarks{};
};

Subject make_subject(const mesh::FaceModel& model, std::int64_t size) {
  const Pose pose{{0.05, 0.2, -0.08}, {}};
  Camera camera;
  camera.height = camera.width = size;
  const std::vector<std::int32_t> faces = recon::flat(model.triangles);
  std::vector<float> lit = model.mean_albedo;
  for (std::size_t i = 0; i < lit.size(); ++i)
    lit[i] *= 0.8F + 0.1F * model.mean_shape[i - i % 3];  // lighter on one side
  const Image rendered = render_colors({model.mean_shape, faces}, lit, pose, camera);
  const Image flat_picture = lay_over(rendered, Image(size, size, 3, 0.3F));
  Subject out;
  out.crop = Image(size, size, 4);
  for (std::size_t i = 0; i < flat_picture.pixels.size() / 3; ++i) {
    std::copy_n(&flat_picture.pixels[3 * i], 3, &out.crop.pixels[4 * i]);
    out.crop.pixels[4 * i + 3] = rendered.pixels[4 * i + 3];
  }
  for (std::size_t k = 0; k < out.landmarks.size(); ++k) {
    const float* p = &model.mean_shape[3 * static_cast<std::size_t>(model.landmarks[k])];
    const auto at = to_screen(camera, to_camera_space(pose, {p[0], p[1], p[2]}));
    out.landmarks[k] = {at[0], at[1]};
  }
  return out;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - b[i]) <= out)) out = std::abs(a[i] - b[i]);
  return out;
}

recon::EnergyTarget make_target(const Context& ctx, const mesh::FaceModel& model,
                                const Subject& subject) {
  recon::EnergyTarget out;
  out.camera.height = out.camera.width = subject.crop.height;
  const std::int64_t size = subject.crop.height;
  std::vector<float> photo, weight;
  for (std::int64_t i = 0; i < size * size; ++i) {
    for (std::int64_t c = 0; c < 3; ++c) photo.push_back(subject.crop.pixels[4 * i + c]);
    weight.push_back(subject.crop.pixels[4 * i + 3]);
  }
  out.photo = Tensor::of(ctx, {1, size, size, 3}, photo);
  out.weight = Tensor::of(ctx, {1, size, size, 1}, weight);
  out.landmark_vertices = RowIndex(ctx, model.vertices(), model.landmarks);
  std::vector<double> places;
  for (const photo::Point& p : subject.landmarks) {
    places.push_back(p.x + 0.7);
    places.push_back(p.y - 0.4);
  }
  out.landmarks = Tensor::of(ctx, {1, 68, 2}, places);
  out.landmark_weight = Tensor::full(ctx, {1, 68, 1}, real(0.3));
  out.photo_strength = 100;
  return out;
}

TEST_CASE("the energy of a fit and its gradient are the CPU's") {
  const mesh::FaceModel model = test::small_face();
  const Subject subject = make_subject(model, 48);
  const auto rows = [](std::int64_t count, double value) {
    return std::vector<double>(static_cast<std::size_t>(count), value);
  };
  recon::FitVector x{rows(model.identity.count, 0.1),
                     rows(model.expression.count, 0.05),
                     rows(model.albedo.count, 0.2),
                     {0.05, 0.19, -0.07},
                     {0.01, 0.0, -0.02},
                     rows(27, 0.1)};
  x[recon::kLight][0] = x[recon::kLight][9] = x[recon::kLight][18] = 0.8;
  const auto energy = [&](const Context& ctx) {
    recon::EnergyTarget target = make_target(ctx, model, subject);
    for (int i = 0; i < recon::kFitUnknowns; ++i) {
      target.prior[i].assign(x[i].size(), 0.0);
      target.sigma[i].assign(x[i].size(), 1.0);
    }
    return recon::photo_energy(ctx, MorphableFace(ctx, model),
                               Triangles(ctx, model.vertices(), recon::flat(model.triangles)),
                               target, x);
  };
  const recon::Energy expected = energy(Context());
  test::on_every_gpu(
      [&](const Context& ctx) {
        const recon::Energy actual = energy(ctx);
        CHECK(std::abs(actual.value - expected.value) <= 1e-5 * expected.value);
        for (int i = 0; i < recon::kFitUnknowns; ++i) {
          CAPTURE(i);
          // Sums over some thousand pixels, of both signs.
          CHECK(test::relative_error(actual.gradient[i], expected.gradient[i]) <= 1e-4);
        }
      },
      {.needs = {"cublas"}, .random_orders = 1});
}

TEST_CASE("a photograph is fitted on a GPU as on the CPU") {
  const mesh::FaceModel model = test::small_face();
  const Subject subject = make_subject(model, 96);
  recon::PhotoFitOptions few;
  few.coarse_iterations = 3;
  few.fine_iterations = 2;
  const recon::FitResult expected =
      recon::PhotoFitter(Context(), model, few).fit(subject.crop, subject.landmarks);
  test::on_every_gpu(
      [&](const Context& ctx) {
        const recon::FitResult actual =
            recon::PhotoFitter(ctx, model, few).fit(subject.crop, subject.landmarks);
        // Five of Adam's steps of 0.04 standard deviations: a thousandth of one.
        constexpr double kBound = 4e-5;
        CHECK(largest_difference(actual.identity, expected.identity) <= kBound);
        CHECK(largest_difference(actual.expression, expected.expression) <= kBound);
        CHECK(largest_difference(actual.albedo, expected.albedo) <= 10 * kBound);  // solved anew
        CHECK(largest_difference({actual.angles_rad.begin(), actual.angles_rad.end()},
                                 {expected.angles_rad.begin(), expected.angles_rad.end()}) <=
              kBound);
        CHECK(largest_difference({actual.vertices.begin(), actual.vertices.end()},
                                 {expected.vertices.begin(), expected.vertices.end()}) <= kBound);
        CHECK(largest_difference({actual.vertex_irradiance.begin(), actual.vertex_irradiance.end()},
                                 {expected.vertex_irradiance.begin(),
                                  expected.vertex_irradiance.end()}) <= 10 * kBound);
      },
      {.needs = {"cublas"}});
}

}  // namespace
}  // namespace fgcn::train
