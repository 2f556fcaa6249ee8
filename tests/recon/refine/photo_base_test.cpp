#include "recon/refine/photo_base.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/refine/refinement_model.h"

using namespace fgcn;
using namespace fgcn::recon;

namespace {

/// The face's left half (x > 0) seen from the front, lighter by 0.2 than the coarse albedo of 0.4.
Observation half_seen(const mesh::FaceModel& face) {
  const auto count = static_cast<std::size_t>(face.vertices());
  Observation o;
  o.coarse_albedo.assign(3 * count, 0.4F);
  o.photo_color.assign(3 * count, 0.3F);
  o.vertex_irradiance.assign(3 * count, 0.5F);
  o.facing.assign(count, 1.0F);
  for (std::size_t v = 0; v < count; ++v)
    o.visible.push_back(face.mean_shape[3 * v] > 0 ? 1.0F : 0.0F);
  return o;
}

}  // namespace

TEST_CASE("a base keeps the photo where it is seen and leaves no seam beside it") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  const Observation o = half_seen(face);
  const PhotoBase base = PhotoBaseMaker(face)(o);
  float least = 1, most = 0;
  for (std::size_t v = 0; v < o.visible.size(); ++v) {
    if (o.visible[v] > 0) {
      REQUIRE(base.color[3 * v] == doctest::Approx(0.6));
      REQUIRE(base.confidence[v] == doctest::Approx(1));
    } else {
      least = std::min(least, base.color[3 * v]);
      most = std::max(most, base.color[3 * v]);
      REQUIRE(base.confidence[v] >= 0.45F);
      REQUIRE(base.confidence[v] <= 0.51F);
    }
  }
  // Far away half of the mirror image's detail is left; beside the border nearly all of it.
  CHECK(least == doctest::Approx(0.5).epsilon(0.02));
  CHECK(most > 0.57F);
  CHECK(most <= 0.6F);
  // The largest step along an edge; without blending it is 0.1.
  float step = 0;
  for (const mesh::Triangle& t : face.triangles) {
    for (std::size_t k = 0; k < 3; ++k) {
      const auto a = static_cast<std::size_t>(t[k]), b = static_cast<std::size_t>(t[(k + 1) % 3]);
      step = std::max(step, std::abs(base.color[3 * a] - base.color[3 * b]));
    }
  }
  CHECK(step < 0.03F);
}

TEST_CASE("a base without anything seen is the coarse albedo, with no confidence") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  Observation o = half_seen(face);
  std::fill(o.visible.begin(), o.visible.end(), 0.0F);
  const PhotoBaseMaker make(face);
  const PhotoBase base = make(o);
  CHECK(base.color == o.coarse_albedo);
  CHECK(
      std::all_of(base.confidence.begin(), base.confidence.end(), [](float c) { return c == 0; }));
  o.facing.pop_back();
  CHECK_THROWS_AS(make(o), Error);
}

TEST_CASE("a base that is too bright for its light keeps its hue, but for a little") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  Observation o = half_seen(face);
  const auto base_of = [&](float red) {
    for (std::size_t v = 0; v < o.visible.size(); ++v) {
      o.photo_color[3 * v] = red / 2;
      o.photo_color[3 * v + 1] = 0.5F * red / 2;
      o.photo_color[3 * v + 2] = 0.25F * red / 2;
    }
    const PhotoBase base = PhotoBaseMaker(face)(o);
    for (std::size_t v = 0; v < o.visible.size(); ++v)
      if (o.visible[v] > 0)
        return std::vector<float>(base.color.begin() + static_cast<std::ptrdiff_t>(3 * v),
                                  base.color.begin() + static_cast<std::ptrdiff_t>(3 * v + 3));
    return std::vector<float>(3);
  };
  for (const float red : {0.8F, 1.4F, 2.0F}) {
    const std::vector<float> color = base_of(red);
    CHECK(color[0] == doctest::Approx(std::min(red, 1.0F)));
    // Cut off by itself, red would be no more than 1.4 times green for 1.4, and equal it for 2.
    CHECK(color[0] / color[1] > 1.85F);
    CHECK(color[1] / color[2] == doctest::Approx(2));
  }
}
