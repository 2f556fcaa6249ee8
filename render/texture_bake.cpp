#include "render/texture_bake.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

using Corner = std::array<double, 2>;

/// Twice the signed area of a, b, p.
double edge(const Corner& a, const Corner& b, const Corner& p) {
  return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
}

/// One level of the push-pull pyramid: colors times weight, and weight.
struct Plane {
  std::int64_t size = 0;
  std::vector<float> color;   // [size, size, 3]
  std::vector<float> weight;  // [size, size]

  explicit Plane(std::int64_t side)
      : size(side),
        color(static_cast<std::size_t>(side * side * 3), 0.0F),
        weight(static_cast<std::size_t>(side * side), 0.0F) {}
};

/// Each coarse texel is the mean of the covered ones below it.
Plane pulled(const Plane& fine) {
  Plane coarse((fine.size + 1) / 2);
  for (std::int64_t y = 0; y < fine.size; ++y) {
    for (std::int64_t x = 0; x < fine.size; ++x) {
      const std::int64_t from = y * fine.size + x;
      if (fine.weight[from] <= 0) continue;
      const std::int64_t to = y / 2 * coarse.size + x / 2;
      coarse.weight[to] += fine.weight[from];
      for (int c = 0; c < 3; ++c)
        coarse.color[to * 3 + c] += fine.weight[from] * fine.color[from * 3 + c];
    }
  }
  for (std::size_t i = 0; i < coarse.weight.size(); ++i) {
    if (coarse.weight[i] <= 0) continue;
    for (int c = 0; c < 3; ++c) coarse.color[i * 3 + c] /= coarse.weight[i];
    coarse.weight[i] = std::min(coarse.weight[i], 1.0F);
  }
  return coarse;
}

/// Empty texels take the coarser level, bilinearly; `coarse` has no empty ones.
void push(const Plane& coarse, Plane& fine) {
  const auto at = [&](std::int64_t y, std::int64_t x, int c) {
    y = std::clamp<std::int64_t>(y, 0, coarse.size - 1);
    x = std::clamp<std::int64_t>(x, 0, coarse.size - 1);
    return coarse.color[(y * coarse.size + x) * 3 + c];
  };
  for (std::int64_t y = 0; y < fine.size; ++y) {
    for (std::int64_t x = 0; x < fine.size; ++x) {
      const std::int64_t to = y * fine.size + x;
      if (fine.weight[to] > 0) continue;
      const std::int64_t y0 = (y + 1) / 2 - 1;  // the fine texel lies a quarter beside a centre
      const std::int64_t x0 = (x + 1) / 2 - 1;
      const float fy = y % 2 == 0 ? 0.75F : 0.25F;
      const float fx = x % 2 == 0 ? 0.75F : 0.25F;
      for (int c = 0; c < 3; ++c) {
        const float top = at(y0, x0, c) * (1 - fx) + at(y0, x0 + 1, c) * fx;
        const float bottom = at(y0 + 1, x0, c) * (1 - fx) + at(y0 + 1, x0 + 1, c) * fx;
        fine.color[to * 3 + c] = top * (1 - fy) + bottom * fy;
      }
      fine.weight[to] = 1;
    }
  }
}

void fill(Plane& plane) {
  if (plane.size <= 1) return;
  if (std::all_of(plane.weight.begin(), plane.weight.end(), [](float w) { return w > 0; })) return;
  Plane coarse = pulled(plane);
  fill(coarse);
  push(coarse, plane);
}

}  // namespace

TexelMap map_texels(const std::vector<float>& uv, const std::vector<std::int32_t>& triangles,
                    std::int64_t size) {
  FGCN_CHECK(size >= 1 && size <= 16384, "texture: ", size, " texels a side, expected 1 to 16384");
  const auto vertices = static_cast<std::int64_t>(uv.size() / 2);
  TexelMap map{size, std::vector<std::int32_t>(static_cast<std::size_t>(size * size), -1),
               std::vector<float>(static_cast<std::size_t>(size * size * 2), 0.0F)};
  const auto side = static_cast<double>(size);
  for (std::size_t f = 0; f + 2 < triangles.size(); f += 3) {
    std::array<Corner, 3> p;
    for (int k = 0; k < 3; ++k) {
      const std::int32_t v = triangles[f + k];
      FGCN_CHECK(v >= 0 && v < vertices, "texture: triangle ", f / 3, " names vertex ", v, " of ",
                 vertices);
      p[k] = {uv[2 * v] * side, (1.0 - uv[2 * v + 1]) * side};
      FGCN_CHECK(std::isfinite(p[k][0]) && std::isfinite(p[k][1]), "texture: vertex ", v,
                 " has no finite texture coordinates");
    }
    const double area = edge(p[0], p[1], p[2]);
    if (area == 0) continue;
    const auto [left, right] = std::minmax({p[0][0], p[1][0], p[2][0]});
    const auto [top, bottom] = std::minmax({p[0][1], p[1][1], p[2][1]});
    const auto first = [&](double low) {
      return static_cast<std::int64_t>(std::clamp(std::ceil(low - 0.5), 0.0, side));
    };
    const auto last = [&](double high) {
      return static_cast<std::int64_t>(std::clamp(std::floor(high - 0.5), -1.0, side - 1));
    };
    for (std::int64_t y = first(top); y <= last(bottom); ++y) {
      for (std::int64_t x = first(left); x <= last(right); ++x) {
        const Corner centre{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
        const double u = edge(p[1], p[2], centre) / area;
        const double v = edge(p[2], p[0], centre) / area;
        const std::int64_t at = y * size + x;
        if (u < 0 || v < 0 || u + v > 1 || map.face[at] >= 0) continue;
        map.face[at] = static_cast<std::int32_t>(f / 3);
        map.barycentrics[2 * at] = static_cast<float>(u);
        map.barycentrics[2 * at + 1] = static_cast<float>(v);
      }
    }
  }
  return map;
}

Image bake_texture(const TexelMap& map, const std::vector<std::int32_t>& triangles,
                   const std::vector<float>& colors) {
  Plane plane(map.size);
  for (std::size_t i = 0; i < map.face.size(); ++i) {
    if (map.face[i] < 0) continue;
    const std::size_t f = static_cast<std::size_t>(map.face[i]) * 3;
    FGCN_CHECK(f + 2 < triangles.size(), "texture: the map names triangle ", map.face[i], " of ",
               triangles.size() / 3);
    const float u = map.barycentrics[2 * i];
    const float v = map.barycentrics[2 * i + 1];
    const std::array<float, 3> weight{u, v, 1 - u - v};
    for (int k = 0; k < 3; ++k) {
      const auto vertex = static_cast<std::size_t>(triangles[f + k]);
      FGCN_CHECK(vertex * 3 + 2 < colors.size(), "texture: ", colors.size() / 3,
                 " colors, but a triangle names vertex ", vertex);
      for (int c = 0; c < 3; ++c) plane.color[i * 3 + c] += weight[k] * colors[vertex * 3 + c];
    }
    plane.weight[i] = 1;
  }
  fill(plane);
  Image out(map.size, map.size, 3);
  out.pixels = std::move(plane.color);
  return out;
}

Image filled_texture(const TexelMap& map, const Image& texels) {
  FGCN_CHECK(texels.height == map.size && texels.width == map.size && texels.channels == 3,
             "texture: ", texels.height, " x ", texels.width, " x ", texels.channels,
             " texels for a map of ", map.size);
  Plane plane(map.size);
  for (std::size_t i = 0; i < map.face.size(); ++i) {
    if (map.face[i] < 0) continue;
    std::copy_n(&texels.pixels[3 * i], 3, &plane.color[3 * i]);
    plane.weight[i] = 1;
  }
  fill(plane);
  Image out(map.size, map.size, 3);
  out.pixels = std::move(plane.color);
  return out;
}

}  // namespace fgcn
