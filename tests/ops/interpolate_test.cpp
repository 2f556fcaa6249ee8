#include "autograd/ops/interpolate.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/ops/rasterize.h"
#include "kernels/interpolate/interpolate.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// A raster that no rasteriser need have made: scattered triangles, some pixels empty.
struct Scene {
  std::int64_t batch, height, width, vertices, channels;
  std::vector<std::int32_t> faces;
  Tensor raster, attributes;
};

Scene random_scene(std::int64_t batch, std::int64_t height, std::int64_t width,
                   std::int64_t channels, Rng& rng) {
  Scene s{batch, height, width, 11, channels, {}, {}, {}};
  for (int f = 0; f < 17; ++f) {  // vertex 10 is in no triangle
    for (int k = 0; k < 3; ++k) s.faces.push_back(static_cast<std::int32_t>(rng.below(10)));
  }
  std::vector<double> raster;
  for (std::int64_t i = 0; i < batch * height * width; ++i) {
    const double u = rng.uniform(), v = rng.uniform(0, 1 - u);
    raster.insert(raster.end(), {u, v, rng.uniform(1, 9), static_cast<double>(rng.below(18))});
  }
  s.raster = Tensor::of(Context(), {batch, height, width, 4}, raster);
  s.attributes = test::uniform({batch, s.vertices, channels}, rng);
  return s;
}

IndexTensor faces_on(const Context& ctx, const Scene& s) {
  return IndexTensor::of(ctx, {static_cast<std::int64_t>(s.faces.size()) / 3, 3}, s.faces);
}

/// Calls use(pixel, channel, vertex's attribute, weight) for every term of the sum.
template <class Use>
void every_term(const Scene& s, const Use& use) {
  const std::vector<double> raster = test::to_double(s.raster);
  for (std::int64_t p = 0; p < s.batch * s.height * s.width; ++p) {
    const double* at = &raster[4 * p];
    if (at[3] == 0) continue;
    const double weight[3] = {at[0], at[1], 1 - at[0] - at[1]};
    for (int k = 0; k < 3; ++k) {
      const std::int64_t v = p / (s.height * s.width) * s.vertices +
                             s.faces[3 * (static_cast<std::int64_t>(at[3]) - 1) + k];
      for (std::int64_t c = 0; c < s.channels; ++c)
        use(p * s.channels + c, v * s.channels + c, weight[k], p, k);
    }
  }
}

TEST_CASE("interpolate and its adjoints agree with double precision loops on every backend") {
  Rng rng(1);
  for (const std::int64_t channels : {1, 3, 7, 40}) {
    CAPTURE(channels);
    const Scene s = random_scene(3, 13, 17, channels, rng);
    const Tensor grad_y = test::uniform({s.batch, s.height, s.width, channels}, rng);
    const std::vector<double> a = test::to_double(s.attributes), g = test::to_double(grad_y);
    std::vector<double> y(g.size(), 0.0), grad_a(a.size(), 0.0);
    std::vector<double> grad_r(static_cast<std::size_t>(s.raster.size()), 0.0);
    every_term(s, [&](auto pixel, auto value, double w, auto p, int k) {
      y[pixel] += w * a[value];
      grad_a[value] += w * g[pixel];
      if (k != 1) grad_r[4 * p + 0] += (k == 0 ? 1 : -1) * g[pixel] * a[value];
      if (k != 0) grad_r[4 * p + 1] += (k == 1 ? 1 : -1) * g[pixel] * a[value];
    });
    test::SameBits bits_y, bits_a, bits_r;
    test::on_every_backend([&](const Context& ctx) {
      const Tensor raster = s.raster.to(ctx), attributes = s.attributes.to(ctx);
      const Tensor cotangent = grad_y.to(ctx);
      const Triangles triangles(faces_on(ctx, s));
      Tensor out = test::poisoned(ctx, cotangent.shape());
      Tensor by_attributes = test::poisoned(ctx, attributes.shape());
      Tensor by_raster = test::poisoned(ctx, raster.shape());
      kernels::interpolate(ctx, raster.view(), attributes.view(), triangles.index().view(),
                           out.view());
      kernels::interpolate_attributes_vjp(ctx, raster.view(), cotangent.view(),
                                          triangles.index().view(), triangles.corners(s.vertices),
                                          by_attributes.view());
      kernels::interpolate_raster_vjp(ctx, raster.view(), attributes.view(),
                                      triangles.index().view(), cotangent.view(), by_raster.view());
      // Behind one element of another array.
      Tensor shifted = test::poisoned(ctx, {raster.size() + 1});
      kernels::interpolate_raster_vjp(ctx, raster.view(), attributes.view(),
                                      triangles.index().view(), cotangent.view(),
                                      View<real>(shifted.view().data + 1, raster.shape()));
      CHECK(shifted.part(1, raster.shape()).to_host() == by_raster.to_host());
      // A vertex sums some 200 terms of size 1.
      test::check_close(out, y, {1e-6, 1e-6});
      test::check_close(by_attributes, grad_a, {1e-5, 1e-6});
      test::check_close(by_raster, grad_r, {1e-5, 1e-6});
      bits_y.check(ctx, out);
      bits_a.check(ctx, by_attributes);
      bits_r.check(ctx, by_raster);
    });
  }
}

TEST_CASE("interpolate has the derivative of a central difference") {
  Rng rng(2);
  const Scene s = random_scene(2, 5, 7, 4, rng);
  const Triangles triangles(faces_on(Context(), s));
  test::check_grad(
      [&](const Vars& v) {
        const Var raster = v[0].tape().constant(s.raster);
        return ops::interpolate(raster, v[0], triangles);
      },
      {s.attributes});
  // The positions act through the raster.
  const Tensor positions = Tensor::of(
      Context(), {1, 4, 3}, std::vector<double>{-3, -4, 6, 20, -5, 9, 21, 18, 7, -2, 17, 5});
  const Triangles quad(
      IndexTensor::of(Context(), {2, 3}, std::vector<std::int32_t>{0, 1, 2, 0, 2, 3}));
  test::check_grad(
      [&](const Vars& v) {
        return ops::interpolate(ops::rasterize(v[0], quad, {9, 8}), v[1], quad);
      },
      {positions, test::uniform({1, 4, 3}, rng)}, {.step = 1e-6, .tolerance = 1e-6});
}

TEST_CASE("interpolate is exact for what is linear in space, perspective included") {
  // The attribute is the position itself, before projection: x = X / z.
  const std::vector<double> screen{1, 1, 2, 30, 3, 5, 8, 28, 11};
  std::vector<double> space;
  for (int v = 0; v < 3; ++v) {
    const double z = screen[3 * v + 2];
    space.insert(space.end(), {screen[3 * v] * z, screen[3 * v + 1] * z, z});
  }
  const Context ctx;
  Tape tape(ctx);
  const Triangles triangles(IndexTensor::of(ctx, {1, 3}, std::vector<std::int32_t>{0, 1, 2}));
  const Var raster =
      ops::rasterize(tape.constant(Tensor::of(ctx, {1, 3, 3}, screen)), triangles, {32, 32});
  const Var drawn =
      ops::interpolate(raster, tape.constant(Tensor::of(ctx, {1, 3, 3}, space)), triangles);
  const std::vector<double> r = test::to_double(raster.value()), p = test::to_double(drawn.value());
  int covered = 0;
  for (std::size_t i = 0; i < 32 * 32; ++i) {
    if (r[4 * i + 3] == 0) continue;
    ++covered;
    CHECK(std::abs(p[3 * i] / p[3 * i + 2] - (static_cast<double>(i % 32) + 0.5)) <= 1e-4);
    CHECK(std::abs(p[3 * i + 1] / p[3 * i + 2] - (static_cast<double>(i / 32) + 0.5)) <= 1e-4);
    CHECK(std::abs(p[3 * i + 2] - r[4 * i + 2]) <= 1e-5);
  }
  CHECK(covered > 300);
}

TEST_CASE("interpolate names what does not fit and refuses a second derivative") {
  Rng rng(3);
  const Context ctx;
  const Scene s = random_scene(2, 4, 4, 3, rng);
  const IndexTensor faces = faces_on(ctx, s);
  Tensor y(ctx, {2, 4, 4, 2});
  CHECK_THROWS_WITH_AS(
      kernels::interpolate(ctx, s.raster.view(), s.attributes.view(), faces.view(), y.view()),
      doctest::Contains("y is [2, 4, 4, 2], expected [2, 4, 4, 3]"), Error);
  Tape tape(ctx);
  const Var x = tape.leaf(s.attributes);
  const Var out = ops::interpolate(tape.constant(s.raster), x, faces);
  const Var seed = tape.leaf(Tensor::full(ctx, out.shape(), 1));
  const Var first = tape.grad(out, {x}, {.seed = seed, .create_graph = true})[0];
  CHECK_THROWS_WITH_AS(
      tape.grad(first, {seed}, {.seed = tape.constant(Tensor::full(ctx, x.shape(), 1))}),
      doctest::Contains("interpolate: its derivative cannot be differentiated again"), Error);
}

}  // namespace
}  // namespace fgcn
