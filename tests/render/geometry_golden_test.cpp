// Pose, normals, light, projection and color sampling against the original system's own figures.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autograd/ops/binary.h"
#include "autograd/ops/project.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/rigid.h"
#include "autograd/ops/unary.h"
#include "autograd/ops/vertex_normals.h"
#include "io/arrays/npz.h"
#include "render/face_renderer.h"
#include "render/projected_colors.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

// The golden figures are in double precision. Normals lose digits where two near vertices subtract.
constexpr double kBound = sizeof(real) == sizeof(double) ? 1e-12 : 3e-5;

struct Golden {
  io::Npz arrays;
  Shape vertex_shape;

  std::vector<double> at(const char* name) const {
    return io::at(arrays, name, "geom.npz").doubles();
  }
  Tensor tensor(const Context& ctx, const char* name, const Shape& shape) const {
    return Tensor::of(ctx, shape, at(name));
  }
};

std::optional<Golden> golden() {
  const auto path = test::shared_data("golden/geometry/geom.npz");
  if (!path) return std::nullopt;
  Golden out{io::read_npz(*path), {}};
  const std::vector<std::int64_t> shape = at(out.arrays, "vert", "geom.npz").shape;
  out.vertex_shape = {shape[0], shape[1], shape[2]};
  return out;
}

TEST_CASE("normals, their gradient, pose, light and projection are the original's") {
  const auto data = golden();
  if (!data) return;
  const Context ctx;
  const std::int64_t batch = data->vertex_shape[0], vertices = data->vertex_shape[1];
  const Triangles mesh(ctx, vertices, at(data->arrays, "faces", "geom.npz").ints());
  Tape tape(ctx);
  const Var x = tape.leaf(data->tensor(ctx, "vert", data->vertex_shape));
  const Var angles = tape.leaf(data->tensor(ctx, "angles", {batch, 3}));
  const Var translation = tape.leaf(data->tensor(ctx, "translation", {batch, 3}));
  const Var sh_coefficients = tape.leaf(data->tensor(ctx, "gamma", {batch, 27}));
  const Var albedo = tape.leaf(data->tensor(ctx, "tex", data->vertex_shape));

  const Var normals = ops::vertex_normals(mesh, x);
  const double normal_error =
      test::relative_error(test::to_double(normals.value()), data->at("norm"));
  const Vars grads =
      tape.grad(normals, {x},
                {.seed = tape.constant(data->tensor(ctx, "norm_R", data->vertex_shape)),
                 .create_graph = false});
  const double gradient_error =
      test::relative_error(test::to_double(grads[0].value()), data->at("norm_grad_vert"));

  // The original takes the mean of the mean shape away before it turns the face.
  const Var centred = ops::sub(x, tape.constant(data->tensor(ctx, "center", {3})));
  const LitFace face = light_face(mesh, Camera(),
                                  {.vertices = centred,
                                   .albedo = albedo,
                                   .angles = angles,
                                   .translation = translation,
                                   .sh_coefficients = sh_coefficients});
  const Var moved = ops::rigid(centred, angles, translation);
  const double rotation_error =
      std::max(test::relative_error(test::to_double(face.normals.value()), data->at("norm_rot")),
               test::relative_error(test::to_double(moved.value()), data->at("vert_trans")));
  const double light_error = std::max(
      test::relative_error(test::to_double(face.colors.value()), data->at("illum")),
      test::relative_error(test::to_double(ops::scale(ops::mul(albedo, face.light), 255).value()),
                           data->at("illum_unclipped255")));
  std::vector<double> projected;
  const std::vector<double> screen = test::to_double(face.screen.value());
  for (std::size_t i = 0; i < screen.size(); ++i)
    if (i % 3 != 2) projected.push_back((screen[i] - 112) / 112);
  const double projection_error = test::relative_error(projected, data->at("proj"));
  MESSAGE("largest relative errors: normals "
          << normal_error << ", their gradient " << gradient_error << ", pose " << rotation_error
          << ", light " << light_error << ", projection " << projection_error);
  CHECK(normal_error <= kBound);
  CHECK(gradient_error <= 3 * kBound);
  CHECK(rotation_error <= kBound);
  CHECK(light_error <= kBound);
  CHECK(projection_error <= kBound);
}

TEST_CASE("colors at rounded pixels are the original's") {
  const auto data = golden();
  if (!data) return;
  const std::int64_t batch = data->vertex_shape[0], vertices = data->vertex_shape[1];
  const std::vector<double> images = data->at("image"), proj = data->at("proj"),
                            normals = data->at("norm_rot"), expected = data->at("proj_color");
  std::size_t wrong = 0;
  for (std::int64_t n = 0; n < batch; ++n) {
    Image photo(224, 224, 4);
    std::copy_n(images.begin() + n * 224 * 224 * 4, photo.pixels.size(), photo.pixels.begin());
    std::vector<float> screen, unit;
    for (std::int64_t i = n * vertices; i < (n + 1) * vertices; ++i) {
      for (int c = 0; c < 2; ++c) screen.push_back(static_cast<float>(proj[2 * i + c] * 112 + 112));
      screen.push_back(10);
      for (int c = 0; c < 3; ++c) unit.push_back(static_cast<float>(normals[3 * i + c]));
    }
    const ProjectedColors visible = project_colors(
        photo, screen, unit, {},
        {.sampling = PhotoSampling::kRounded, .visibility = VertexVisibility::kFacing});
    for (std::int64_t v = 0; v < vertices; ++v) {
      const double* want = &expected[(n * vertices + v) * 4];
      double error = std::abs(static_cast<double>(visible.mask[v]) - want[3]);
      for (int c = 0; c < 3; ++c)
        error = std::max(error, std::abs(static_cast<double>(visible.color[3 * v + c]) - want[c]));
      wrong += !(error <= 1e-6);
      CHECK(visible.visible[v] <= (unit[3 * v + 2] > 0 ? 1.0F : 0.0F));
    }
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace fgcn
