#include "recon/fit/relight.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::recon {
namespace {

using Harmonics = Eigen::Matrix<double, 9, 1>;
using System = Eigen::Matrix<double, 9, 9>;

constexpr double kAmbient = 0.8;   // added to the first coefficient: docs/method.md, "Light"
constexpr double kOutlier = 0.12;  // residual at which a color counts a quarter
constexpr double kPull = 2e-3;     // towards the start, as a share of the weights

Harmonics harmonics(const std::vector<float>& normals, std::size_t v) {
  const double n[3] = {normals[3 * v], normals[3 * v + 1], normals[3 * v + 2]};
  Harmonics y;
  kernels::sh_basis(n, y.data());
  return y;
}

Harmonics channel(const std::array<double, 27>& sh_coefficients, std::size_t c) {
  Harmonics out = Eigen::Map<const Harmonics>(sh_coefficients.data() + 9 * c);
  out[0] += kAmbient;
  return out;
}

}  // namespace

std::array<double, 27> refit_light(const SurfaceColors& visible, const std::vector<float>& albedo,
                                   const std::array<double, 27>& start, int iterations) {
  const std::size_t count = visible.weight.size();
  FGCN_CHECK(visible.color.size() == 3 * count && visible.normals.size() == 3 * count &&
                 albedo.size() == 3 * count,
             "refit_light: an array is not of ", count, " vertices");
  std::array<Harmonics, 3> light;
  for (std::size_t c = 0; c < 3; ++c) light[c] = channel(start, c);
  for (int iteration = 0; iteration < iterations; ++iteration) {
    std::array<System, 3> left;
    std::array<Harmonics, 3> right;
    left.fill(System::Zero());
    right.fill(Harmonics::Zero());
    double total = 0;
    for (std::size_t v = 0; v < count; ++v) {
      if (!(visible.weight[v] > 0)) continue;
      const Harmonics y = harmonics(visible.normals, v);
      double squared = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        const double off = visible.color[3 * v + c] - albedo[3 * v + c] * light[c].dot(y);
        squared += off * off;
      }
      const double ratio = 1 + squared / (kOutlier * kOutlier);
      const double weight = visible.weight[v] / (ratio * ratio);
      total += weight;
      for (std::size_t c = 0; c < 3; ++c) {
        const double a = albedo[3 * v + c];
        left[c] += weight * a * a * y * y.transpose();
        right[c] += weight * a * visible.color[3 * v + c] * y;
      }
    }
    if (!(total > 0)) return start;
    for (std::size_t c = 0; c < 3; ++c) {
      left[c].diagonal().array() += kPull * total;
      right[c] += kPull * total * channel(start, c);
      light[c] = left[c].ldlt().solve(right[c]);
    }
  }
  std::array<double, 27> out{};
  for (std::size_t c = 0; c < 3; ++c) {
    light[c][0] -= kAmbient;
    for (int k = 0; k < 9; ++k) out[9 * c + static_cast<std::size_t>(k)] = light[c][k];
  }
  return out;
}

SurfaceColors facing_colors(std::vector<float> color, std::vector<float> visible,
                            std::vector<float> normals) {
  SurfaceColors out{std::move(color), std::move(visible), std::move(normals)};
  for (std::size_t v = 0; v < out.weight.size(); ++v)
    out.weight[v] *= std::max(0.0F, out.normals[3 * v + 2]);
  return out;
}

Relit relight(const VisibleColors& colors, const std::vector<float>& albedo,
              const std::array<double, 27>& start, int iterations) {
  Relit out;
  out.sh_coefficients = refit_light(facing_colors(colors.color, colors.visible, colors.normals),
                                    albedo, start, iterations);
  out.vertex_irradiance = light_at(colors.normals, out.sh_coefficients);
  return out;
}

std::vector<float> light_at(const std::vector<float>& normals,
                            const std::array<double, 27>& sh_coefficients) {
  std::vector<float> out(normals.size());
  for (std::size_t v = 0; v < normals.size() / 3; ++v) {
    const Harmonics y = harmonics(normals, v);
    for (std::size_t c = 0; c < 3; ++c)
      out[3 * v + c] = static_cast<float>(channel(sh_coefficients, c).dot(y));
  }
  return out;
}

}  // namespace fgcn::recon
