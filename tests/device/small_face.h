// A face small enough for the emulator: every few rows and columns of the embedded one's grid.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "train/synthetic/synthetic_faces.h"

namespace fgcn::test {

inline constexpr std::int64_t kGridRows = 100, kGridColumns = 99;  // docs/dev/embedded-face.md

/// Vertices of the rows 0, step_rows .. and the columns 0, step_columns .., which must meet the
/// last ones. Landmarks are the nearest vertices that are left.
inline mesh::FaceModel small_face(std::int64_t step_rows = 3, std::int64_t step_columns = 7) {
  const mesh::FaceModel whole = mesh::make_embedded_face();
  FGCN_CHECK(whole.vertices() == kGridRows * kGridColumns && (kGridRows - 1) % step_rows == 0 &&
                 (kGridColumns - 1) % step_columns == 0,
             "small face: the steps do not fit the grid");
  FGCN_CHECK(whole.mirror[5] == kGridColumns - 6, "small face: the grid is not stored by rows");
  const std::int64_t rows = (kGridRows - 1) / step_rows + 1;
  const std::int64_t columns = (kGridColumns - 1) / step_columns + 1;
  std::vector<std::size_t> kept;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      kept.push_back(static_cast<std::size_t>(r * step_rows * kGridColumns + c * step_columns));
  const auto thinned = [&](const auto& from, std::size_t width) {
    std::remove_cvref_t<decltype(from)> out;
    for (const std::size_t v : kept)
      out.insert(out.end(), from.begin() + static_cast<std::ptrdiff_t>(v * width),
                 from.begin() + static_cast<std::ptrdiff_t>((v + 1) * width));
    return out;
  };
  const auto thinned_modes = [&](const mesh::Modes& from) {
    mesh::Modes out{from.count, {}, from.names};
    const auto size = 3 * static_cast<std::ptrdiff_t>(whole.vertices());
    for (std::int64_t m = 0; m < from.count; ++m) {
      const std::vector<float> one(from.data.begin() + m * size,
                                   from.data.begin() + (m + 1) * size);
      const std::vector<float> few = thinned(one, 3);
      out.data.insert(out.data.end(), few.begin(), few.end());
    }
    return out;
  };
  mesh::FaceModel out = whole;
  out.name = "small";
  out.mean_shape = thinned(whole.mean_shape, 3);
  out.mean_albedo = thinned(whole.mean_albedo, 3);
  out.identity = thinned_modes(whole.identity);
  out.expression = thinned_modes(whole.expression);
  out.albedo = thinned_modes(whole.albedo);
  out.uv = thinned(whole.uv, 2);
  out.skin = thinned(whole.skin, 1);
  // Wound as the whole face's first triangle is.
  const mesh::Triangle& first = whole.triangles[0];
  const auto row = [](std::int32_t v) { return v / kGridColumns; };
  const auto column = [](std::int32_t v) { return v % kGridColumns; };
  const auto turn = (column(first[1]) - column(first[0])) * (row(first[2]) - row(first[0])) -
                    (row(first[1]) - row(first[0])) * (column(first[2]) - column(first[0]));
  out.triangles.clear();
  out.mirror.clear();
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      out.mirror.push_back(static_cast<std::int32_t>(r * columns + columns - 1 - c));
      if (r + 1 == rows || c + 1 == columns) continue;
      const auto a = static_cast<std::int32_t>(r * columns + c);
      const auto b = a + 1, d = a + static_cast<std::int32_t>(columns), e = d + 1;
      if (turn > 0) {
        out.triangles.insert(out.triangles.end(), {{a, b, d}, {b, e, d}});
      } else {
        out.triangles.insert(out.triangles.end(), {{a, d, b}, {b, d, e}});
      }
    }
  }
  for (std::int32_t& landmark : out.landmarks) {
    const float* at = &whole.mean_shape[3 * static_cast<std::size_t>(landmark)];
    double least = 1e30;
    for (std::size_t v = 0; v < kept.size(); ++v) {
      double square = 0;
      for (std::size_t i = 0; i < 3; ++i)
        square += std::pow(static_cast<double>(out.mean_shape[3 * v + i] - at[i]), 2);
      if (square < least) {
        least = square;
        landmark = static_cast<std::int32_t>(v);
      }
    }
  }
  mesh::check(out, "small face");
  return out;
}

/// A face as training sees one, of random arrays: what it looks like does not matter here.
inline train::SyntheticFace random_sample(const mesh::FaceModel& face, std::uint64_t seed) {
  Rng rng(seed);
  const auto count = static_cast<std::size_t>(face.vertices());
  const auto random = [&](std::size_t size, double low, double high) {
    std::vector<float> out(size);
    for (float& x : out) x = static_cast<float>(rng.uniform(low, high));
    return out;
  };
  train::SyntheticFace out{};
  recon::Observation& o = out.observation;
  o.crop = Image(224, 224, 4);
  o.crop.pixels = random(o.crop.pixels.size(), 0, 1);
  o.coarse_albedo = random(3 * count, 0.3, 0.7);
  o.photo_color = random(3 * count, 0.1, 0.9);
  o.vertex_irradiance = random(3 * count, 0.6, 1.1);
  o.facing = random(count, -0.2, 1);
  for (const float facing : o.facing) o.visible.push_back(facing > 0.1F ? 1.0F : 0.0F);
  out.albedo = random(3 * count, 0.3, 0.7);
  out.unoccluded = o.visible;
  return out;
}

}  // namespace fgcn::test
