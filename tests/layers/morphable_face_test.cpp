#include "layers/morphable_face.h"

#include <doctest/doctest.h>

#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// Seven vertices, three identities, two expressions, four albedo modes, all random.
mesh::FaceModel random_model(Rng& rng) {
  const auto fill = [&](std::vector<float>& values, std::size_t count, double low, double high) {
    values.resize(count);
    for (float& v : values) v = static_cast<float>(rng.uniform(low, high));
  };
  mesh::FaceModel out;
  fill(out.mean_shape, 21, -1, 1);
  fill(out.mean_albedo, 21, 0.2, 0.8);
  out.identity.count = 3;
  fill(out.identity.data, 3 * 21, -1, 1);
  out.expression.count = 2;
  fill(out.expression.data, 2 * 21, -1, 1);
  out.albedo.count = 4;
  fill(out.albedo.data, 4 * 21, -0.3, 0.3);
  return out;
}

TEST_CASE("a morphable face is the face model's shape and clipped albedo, for each of a batch") {
  Rng rng(1);
  const mesh::FaceModel model = random_model(rng);
  const Context ctx;
  const MorphableFace face(ctx, model);
  const Tensor identity = test::uniform({2, 3}, rng), expression = test::uniform({2, 2}, rng),
               albedo = test::uniform({2, 4}, rng, -2, 2);
  const auto row = [](const Tensor& t, std::int64_t n) {
    const std::vector<double> all = test::to_double(t);
    const auto first = all.begin() + n * t.dim(1);
    return std::vector<float>(first, first + t.dim(1));
  };
  std::vector<double> shapes, colors;
  for (std::int64_t n = 0; n < 2; ++n) {
    for (const float v : mesh::shape(model, row(identity, n), row(expression, n)))
      shapes.push_back(static_cast<double>(v));
    for (const float v : mesh::albedo(model, row(albedo, n)))
      colors.push_back(static_cast<double>(v));
  }
  Tape tape(ctx);
  const Var vertices = face.vertices(tape.constant(identity), tape.constant(expression));
  const Var clipped = face.albedo(tape.constant(albedo));
  CHECK(vertices.shape() == Shape{2, 7, 3});
  test::check_close(vertices.value(), shapes, {.abs = 1e-6, .rel = 1e-5});
  test::check_close(clipped.value(), colors, {.abs = 1e-6, .rel = 1e-5});
}

TEST_CASE("a morphable face can be differentiated twice, and refuses other numbers of modes") {
  Rng rng(2);
  const mesh::FaceModel model = random_model(rng);
  const Context ctx;
  const MorphableFace face(ctx, model);
  test::check_grad([&](const Vars& v) { return face.vertices(v[0], v[1]); },
                   {test::uniform({2, 3}, rng), test::uniform({2, 2}, rng)}, {.order = 2});
  // Small coefficients: no color near the clip.
  test::check_grad([&](const Vars& v) { return face.albedo(v[0]); },
                   {test::uniform({2, 4}, rng, -0.1, 0.1)});
  Tape tape(ctx);
  CHECK_THROWS_AS(face.albedo(tape.constant(test::uniform({1, 5}, rng))), Error);
}

}  // namespace
}  // namespace fgcn
