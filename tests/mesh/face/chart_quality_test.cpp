// The measure of texture coordinates, on charts whose figures are known.
#include "mesh/face/chart_quality.h"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"

namespace fgcn::mesh {
namespace {

/// A plane of 5 by 5 vertices, 1 dm wide, tilted, with the texture (s u + t v, v) / 4 + 0.25.
FaceModel plane(double stretch, double shear = 0) {
  FaceModel m;
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 5; ++j) {
      const double x = i / 4.0, y = j / 4.0;
      m.mean_shape.insert(m.mean_shape.end(), {static_cast<float>(x), static_cast<float>(0.6 * y),
                                               static_cast<float>(0.8 * y)});
      m.uv.insert(m.uv.end(), {static_cast<float>(0.25 + (stretch * x + shear * y) / 4),
                               static_cast<float>(0.25 + y / 4)});
      m.skin.push_back(1);
    }
  for (std::int32_t i = 0; i < 4; ++i)
    for (std::int32_t j = 0; j < 4; ++j) {
      const std::int32_t a = 5 * i + j;
      m.triangles.push_back({a, a + 5, a + 6});
      m.triangles.push_back({a, a + 6, a + 1});
    }
  return m;
}

}  // namespace

TEST_CASE("chart quality: stretch, density and share of a plane") {
  const ChartQuality same = chart_quality(plane(1));
  CHECK(same.skin.anisotropy[0] == doctest::Approx(1).epsilon(1e-5));
  CHECK(same.skin.surface == doctest::Approx(1).epsilon(1e-5));
  CHECK(same.skin.used == doctest::Approx(1.0 / 16).epsilon(1e-5));
  CHECK(same.skin.density[1] == doctest::Approx(1024.0 * 1024 / 16 / 1e4).epsilon(1e-5));
  CHECK(same.face_share == doctest::Approx(1).epsilon(1e-5));
  CHECK(same.flipped == 0);
  CHECK(same.overlaps == 0);
  const ChartQuality wide = chart_quality(plane(3));
  CHECK(wide.skin.anisotropy[0] == doctest::Approx(3).epsilon(1e-5));
  CHECK(wide.skin.anisotropy[1] == doctest::Approx(3).epsilon(1e-5));
  CHECK(chart_quality(plane(0.5)).skin.anisotropy[0] == doctest::Approx(2).epsilon(1e-5));
  // A shear by one: the singular values are the golden ratio and its inverse.
  const double golden = (1 + std::sqrt(5.0)) / 2;
  CHECK(chart_quality(plane(1, 1)).skin.anisotropy[0] ==
        doctest::Approx(golden * golden).epsilon(1e-5));
}

TEST_CASE("chart quality: the median is by area on the surface, not by triangle") {
  FaceModel m = plane(1);
  // One row of cells takes nine tenths of the width, and its texture follows half of that.
  for (std::size_t v = 0; v < 25; ++v) {
    m.mean_shape[3 * v] = v < 5 ? 0.0f : 0.9f + static_cast<float>(v / 5 - 1) / 30;
    m.uv[2 * v] = 0.25f + (v < 5 ? 0.0f : 0.45f + static_cast<float>(v / 5 - 1) / 30) / 4;
  }
  CHECK(chart_quality(m).skin.anisotropy[0] == doctest::Approx(2).epsilon(1e-4));
}

TEST_CASE("chart quality: a mirrored triangle, and a chart over another, are counted") {
  FaceModel mirrored = plane(1);
  for (std::size_t v = 0; v < 25; ++v) mirrored.uv[2 * v] = 1 - mirrored.uv[2 * v];
  CHECK(chart_quality(mirrored).flipped == 32);
  CHECK(chart_quality(mirrored).overlaps == 0);
  FaceModel folded = plane(1);
  folded.uv[2 * 12] += 0.09f;  // the middle, beyond its neighbours
  CHECK(chart_quality(folded).flipped == 2);
  CHECK(chart_quality(folded).overlaps > 0);
  FaceModel flat = plane(1);
  for (std::size_t v = 20; v < 25; ++v) flat.uv[2 * v] = flat.uv[2 * v - 10];
  CHECK(chart_quality(flat).flipped > 0);
  CHECK(chart_quality(flat).skin.anisotropy[1] == kMostAnisotropy);
  // Both halves lie upright in the same place: no triangle is mirrored, eight lie on each other.
  FaceModel twice = plane(1);
  twice.uv_triangles = twice.triangles;
  for (std::size_t t = 16; t < 32; ++t) twice.uv_triangles[t] = twice.triangles[t - 16];
  CHECK(chart_quality(twice).flipped == 0);
  CHECK(chart_quality(twice).overlaps >= 16);
}

TEST_CASE("chart quality: the face is skin without scalp, neck and ears") {
  FaceModel m = plane(1);
  m.regions.names = {"scalp", "lips"};
  m.regions.inside.assign(50, 0);
  for (std::size_t v = 20; v < 25; ++v) m.regions.inside[v] = 1;  // the last row of vertices
  for (std::size_t v = 25; v < 50; ++v) m.regions.inside[v] = 1;
  m.skin[0] = 0;
  const ChartQuality q = chart_quality(m);
  CHECK(q.everything.surface == doctest::Approx(1).epsilon(1e-5));
  CHECK(q.skin.surface == doctest::Approx(30.0 / 32).epsilon(1e-5));
  CHECK(q.face.surface == doctest::Approx(22.0 / 32).epsilon(1e-5));
  CHECK(q.face_share == doctest::Approx(22.0 / 32).epsilon(1e-5));
}

TEST_CASE("chart quality: rows out of range are an error, the embedded face has no flips") {
  FaceModel m = plane(1);
  m.triangles[3][1] = 25;
  CHECK_THROWS_WITH_AS(chart_quality(m), doctest::Contains("triangle 3 names"), Error);
  CHECK_THROWS_AS(chart_quality(FaceModel{}), Error);
  const ChartQuality embedded = chart_quality(make_embedded_face());
  CHECK(embedded.flipped == 0);
  CHECK(embedded.overlaps == 0);
}

}  // namespace fgcn::mesh
