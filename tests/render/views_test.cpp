// Projected colors, pictures and the renderer on two squares, one behind the other.
#include "render/views.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/ops/binary.h"
#include "kernels/core/error.h"
#include "render/face_renderer.h"
#include "render/projected_colors.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

// A small square at z = 0.5 before a large one at z = 0; vertex 8 hides behind the small one.
const std::vector<float> kVertices{-0.3F, -0.3F, 0.5F, 0.3F, -0.3F, 0.5F, 0.3F, 0.3F, 0.5F,
                                   -0.3F, 0.3F,  0.5F, -1,   -1,    0,    1,    -1,   0,
                                   1,     1,     0,    -1,   1,     0,    0,    0,    0};
const std::vector<std::int32_t> kFaces{0, 1, 2, 0, 2, 3, 4, 5, 8, 5, 6, 8, 6, 7, 8, 7, 4, 8};

std::vector<float> screen(const Camera& camera) {
  std::vector<float> out;
  for (std::size_t v = 0; v < 9; ++v)
    for (const double x :
         to_screen(camera, {kVertices[3 * v], kVertices[3 * v + 1], kVertices[3 * v + 2]}))
      out.push_back(static_cast<float>(x));
  return out;
}

TEST_CASE("a vertex behind another surface is not seen with the depth test, but is without") {
  const Camera camera;
  Image photo(224, 224, 4);
  for (std::int64_t y = 0; y < 224; ++y)
    for (std::int64_t x = 0; x < 224; ++x) {
      photo.at(y, x)[0] = (static_cast<float>(x) + 0.5F) / 224;
      photo.at(y, x)[1] = (static_cast<float>(y) + 0.5F) / 224;
      photo.at(y, x)[3] = x < 112 ? 1.0F : 0.25F;
    }
  std::vector<float> normals;
  for (int v = 0; v < 9; ++v) normals.insert(normals.end(), {0, 0, v == 1 ? -1.0F : 1.0F});
  const std::vector<float> places = screen(camera);
  const ProjectedColors tested = project_colors(photo, places, normals, kFaces);
  const ProjectedColors facing =
      project_colors(photo, places, normals, kFaces, {.visibility = VertexVisibility::kFacing});
  for (int v = 0; v < 9; ++v) {
    CAPTURE(v);
    CHECK(tested.visible[v] == (v == 8 || v == 1 ? 0.0F : 1.0F));
    CHECK(facing.visible[v] == (v == 1 ? 0.0F : 1.0F));
    // A ramp is read exactly by bilinear sampling.
    CHECK(tested.color[3 * v] == doctest::Approx(places[3 * v] / 224).epsilon(1e-4));
    CHECK(tested.color[3 * v + 1] == doctest::Approx(places[3 * v + 1] / 224).epsilon(1e-4));
  }
  CHECK(tested.mask[0] == 1.0F);
  CHECK(tested.mask[2] == 0.25F);
  std::vector<float> outside = places;
  outside[3 * 4] = -1;
  CHECK(project_colors(photo, outside, normals, kFaces).visible[4] == 0);
  CHECK_THROWS_WITH_AS(project_colors(Image(2, 2, 1), places, normals, kFaces),
                       doctest::Contains("1 channels"), Error);
}

TEST_CASE("pictures show the nearer surface in its color and are smooth at its edge") {
  std::vector<float> colors;
  for (int v = 0; v < 9; ++v)
    colors.insert(colors.end(), {v < 4 ? 1.0F : 0.0F, v < 4 ? 0.0F : 1.0F, 0.25F});
  const Image rendered = render_colors({kVertices, kFaces}, colors, {});
  CHECK(rendered.at(112, 112)[0] == doctest::Approx(1));
  CHECK(rendered.at(112, 112)[3] == 1.0F);
  CHECK(rendered.at(40, 112)[1] == doctest::Approx(1));
  CHECK(rendered.at(2, 2)[3] == 0.0F);
  const Image over = lay_over(rendered, Image(224, 224, 3, 0.5F));
  CHECK(over.at(2, 2)[1] == 0.5F);
  CHECK(over.at(40, 112)[2] == doctest::Approx(0.25));
  // Turned, the square's slanting edge has half covered pixels.
  const Image turned = render_colors({kVertices, kFaces}, colors, {{0, 0, 0.3}, {}});
  int partial = 0;
  for (std::size_t i = 3; i < turned.pixels.size(); i += 4)
    partial += turned.pixels[i] > 0 && turned.pixels[i] < 1;
  CHECK(partial > 100);
  // From behind there is nothing: the faces are culled.
  const Image behind = render_clay({kVertices, kFaces}, {{0, 3.14159265, 0}, {}});
  CHECK(behind.at(112, 112)[3] == 0.0F);
  CHECK(render_clay({kVertices, kFaces}, {}).at(112, 112)[0] > 0.5F);
}

TEST_CASE("the rendered face has the gradient of central differences where no edge moves") {
  const Context ctx;
  Camera camera;
  camera.height = camera.width = 24;
  // The image of inner pixels only: at its outline coverage jumps.
  std::vector<double> inner(24 * 24 * 4, 0.0);
  for (int y = 3; y < 21; ++y)
    for (int x = 3; x < 21; ++x)
      for (int c = 0; c < 3; ++c) inner[(y * 24 + x) * 4 + c] = 1;
  Rng rng(5);
  std::vector<double> back(kVertices.begin() + 12, kVertices.end());
  const std::vector<Tensor> inputs{
      Tensor::of(ctx, {1, 5, 3}, back), test::uniform({1, 5, 3}, rng, 0.2, 0.6),
      test::uniform({1, 3}, rng, -0.05, 0.05), test::uniform({1, 3}, rng, -0.02, 0.02),
      test::uniform({1, 27}, rng, -0.02, 0.02)};
  const Triangles large(ctx, 5, {0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4});
  test::check_grad(
      [&](const Vars& v) {
        const LitFace face = light_face(large, camera,
                                        {.vertices = v[0],
                                         .albedo = v[1],
                                         .angles = v[2],
                                         .translation = v[3],
                                         .sh_coefficients = v[4]});
        const Var image = render_face(large, camera, face);
        return ops::mul(image, image.tape().constant(Tensor::of(ctx, {1, 24, 24, 4}, inner)));
      },
      inputs, {.step = 1e-7, .tolerance = 1e-5});
}

}  // namespace
}  // namespace fgcn
