#include "train/fit_light.h"

#include <Eigen/Cholesky>
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/sh_light/sh_light.h"
#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::train {
namespace {

constexpr int kBands = 9;
constexpr int kLights = 27;
constexpr std::size_t kMostSamples = 4000;  // more change nothing and cost time

/// What light usually is, on top of the ambient 0.8: about 1 on a surface that faces the camera.
constexpr double kUsual[kBands] = {0.1, 0, 0.12, 0, 0, 0, 0, 0, 0};
// Standard deviations of a band's brightness, and of each channel's difference from it.
constexpr double kBrightness[kBands] = {0.2, 0.25, 0.25, 0.25, 0.08, 0.08, 0.08, 0.08, 0.08};
constexpr double kTint[kBands] = {0.04, 0.012, 0.012, 0.012, 0.006, 0.006, 0.006, 0.006, 0.006};

/// The vertices that are used, and their rows of the model.
struct Samples {
  std::vector<std::int32_t> vertex;
  Eigen::MatrixXf basis;                  // [n, 9] harmonics
  std::array<Eigen::MatrixXf, 3> modes;   // [n, A] a channel
  std::array<Eigen::VectorXf, 3> mean;    // [n]
  std::array<Eigen::VectorXf, 3> colour;  // [n]
  Eigen::VectorXf weight;                 // [n], sum 1
};

Samples gather(const mesh::FaceModel& model, const SurfaceColors& seen) {
  Samples out;
  std::size_t usable = 0;
  for (const float w : seen.weight) usable += w > 0;
  const std::size_t stride = std::max<std::size_t>(1, (usable + kMostSamples - 1) / kMostSamples);
  std::size_t count = 0;
  for (std::size_t v = 0; v < seen.weight.size(); ++v)
    if (seen.weight[v] > 0 && count++ % stride == 0)
      out.vertex.push_back(static_cast<std::int32_t>(v));
  const auto n = static_cast<Eigen::Index>(out.vertex.size());
  const auto modes = static_cast<Eigen::Index>(model.albedo.count);
  const auto vertices = static_cast<std::size_t>(model.vertices());
  out.basis.resize(n, kBands);
  out.weight.resize(n);
  for (int c = 0; c < 3; ++c) {
    out.modes[c].resize(n, modes);
    out.mean[c].resize(n);
    out.colour[c].resize(n);
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto v = static_cast<std::size_t>(out.vertex[i]);
    float y[kBands];
    kernels::sh_basis(&seen.normals[3 * v], y);
    for (int k = 0; k < kBands; ++k) out.basis(i, k) = y[k];
    out.weight[i] = seen.weight[v];
    for (std::size_t c = 0; c < 3; ++c) {
      for (Eigen::Index m = 0; m < modes; ++m)
        out.modes[c](i, m) =
            model.albedo.data[(static_cast<std::size_t>(m) * vertices + v) * 3 + c];
      out.mean[c][i] = model.mean_albedo[3 * v + c];
      out.colour[c][i] = seen.colour[3 * v + c];
    }
  }
  if (n > 0) out.weight /= out.weight.sum();
  return out;
}

/// Light and albedo at the samples for the unknowns x = [light 27, albedo A].
struct Shading {
  std::array<Eigen::VectorXf, 3> albedo, light, residual;  // [n]
  Eigen::VectorXf squared;                                 // [n] over the channels
};

Shading shade(const Samples& samples, const Eigen::VectorXd& x) {
  Shading out;
  const Eigen::VectorXf albedo = x.tail(x.size() - kLights).cast<float>();
  out.squared = Eigen::VectorXf::Zero(samples.weight.size());
  for (int c = 0; c < 3; ++c) {
    Eigen::VectorXf light = x.segment(kBands * c, kBands).cast<float>();
    light[0] += static_cast<float>(kernels::kAmbientOffset);
    out.light[c] = samples.basis * light;
    out.albedo[c] = (samples.mean[c] + samples.modes[c] * albedo).cwiseMax(0.0F).cwiseMin(1.0F);
    out.residual[c] = samples.colour[c] - out.albedo[c].cwiseProduct(out.light[c]);
    // A burnt-out colour says only that the light is at least this strong.
    for (Eigen::Index i = 0; i < out.residual[c].size(); ++i)
      if (samples.colour[c][i] > 0.985F && out.residual[c][i] < 0) out.residual[c][i] = 0;
    out.squared += out.residual[c].cwiseAbs2();
  }
  return out;
}

/// What is believed of the light: by how much a band's brightness, and each channel's difference
/// from it, departs from `mean`.
struct LightPrior {
  std::array<double, kLights> mean{};
  double sharpness = 1;  // divides the variances
};

LightPrior usual_light() {
  LightPrior out;
  for (std::size_t i = 0; i < kLights; ++i) out.mean[i] = kUsual[i % kBands];
  return out;
}

/// Adds the prior of the light and of the albedo.
void add_priors(const LightPrior& light, const Eigen::VectorXd& x, Eigen::MatrixXd& hessian,
                Eigen::VectorXd& gradient) {
  for (int k = 0; k < kBands; ++k) {
    const auto off = [&](int c) {
      const int i = kBands * c + k;
      return x[i] - light.mean[static_cast<std::size_t>(i)];
    };
    const double mean = (off(0) + off(1) + off(2)) / 3;
    const double brightness = light.sharpness / (kBrightness[k] * kBrightness[k]);
    const double tint = light.sharpness / (kTint[k] * kTint[k]);
    for (int c = 0; c < 3; ++c) {
      const int i = kBands * c + k;
      gradient[i] += brightness * mean / 3 + tint * (off(c) - mean);
      for (int d = 0; d < 3; ++d)
        hessian(i, kBands * d + k) += brightness / 9 + tint * ((c == d ? 1.0 : 0.0) - 1.0 / 3);
    }
  }
  for (Eigen::Index i = kLights; i < x.size(); ++i) {
    gradient[i] += x[i];
    hessian(i, i) += 1;
  }
}

double prior_energy(const LightPrior& light, const Eigen::VectorXd& x) {
  double sum = 0;
  for (int k = 0; k < kBands; ++k) {
    double off[3], mean = 0;
    for (int c = 0; c < 3; ++c) {
      const int i = kBands * c + k;
      off[c] = x[i] - light.mean[static_cast<std::size_t>(i)];
      mean += off[c] / 3;
    }
    sum += std::pow(mean / kBrightness[k], 2);
    for (const double o : off) sum += std::pow((o - mean) / kTint[k], 2);
  }
  return light.sharpness * sum + x.tail(x.size() - kLights).squaredNorm();
}

/// Data and priors; rho(r) = r^2 / (1 + r^2 / outlier^2).
double energy(const Samples& samples, const LightPrior& light, double strength, double outlier,
              const Eigen::VectorXd& x) {
  const Shading now = shade(samples, x);
  double sum = 0;
  for (Eigen::Index i = 0; i < samples.weight.size(); ++i) {
    const auto squared = static_cast<double>(now.squared[i]);
    sum += static_cast<double>(samples.weight[i]) * squared / (1 + squared / (outlier * outlier));
  }
  return strength * sum + prior_energy(light, x);
}

/// One reweighted Gauss-Newton step, damped until it lowers the energy.
void step(const Samples& samples, const LightPrior& light, double strength, double outlier,
          Eigen::VectorXd& x, double& damping) {
  const Eigen::Index n = samples.weight.size();
  const Eigen::Index modes = x.size() - kLights;
  const Shading now = shade(samples, x);
  Eigen::VectorXf weight(n);
  const auto scale = static_cast<float>(1 / (outlier * outlier));
  for (Eigen::Index i = 0; i < n; ++i) {
    const float inlier = 1 / (1 + now.squared[i] * scale);
    weight[i] = std::sqrt(samples.weight[i]) * inlier;
  }
  Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(x.size(), x.size());
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(x.size());
  Eigen::MatrixXf jacobian(n, kBands + modes);
  for (int c = 0; c < 3; ++c) {
    const Eigen::VectorXf by_light = weight.cwiseProduct(now.albedo[c]);
    Eigen::VectorXf by_albedo = weight.cwiseProduct(now.light[c]);
    // A clipped albedo does not move.
    for (Eigen::Index i = 0; i < n; ++i)
      if (now.albedo[c][i] <= 0 || now.albedo[c][i] >= 1) by_albedo[i] = 0;
    jacobian.leftCols(kBands) = by_light.asDiagonal() * samples.basis;
    jacobian.rightCols(modes) = by_albedo.asDiagonal() * samples.modes[c];
    const Eigen::VectorXf residual = weight.cwiseProduct(now.residual[c]);
    const Eigen::MatrixXd square = strength * (jacobian.transpose() * jacobian).cast<double>();
    const Eigen::VectorXd slope = strength * (jacobian.transpose() * residual).cast<double>();
    const Eigen::Index first = kBands * c;
    hessian.block(first, first, kBands, kBands) += square.topLeftCorner(kBands, kBands);
    hessian.block(first, kLights, kBands, modes) += square.topRightCorner(kBands, modes);
    hessian.block(kLights, first, modes, kBands) += square.bottomLeftCorner(modes, kBands);
    hessian.bottomRightCorner(modes, modes) += square.bottomRightCorner(modes, modes);
    gradient.segment(first, kBands) -= slope.head(kBands);
    gradient.tail(modes) -= slope.tail(modes);
  }
  add_priors(light, x, hessian, gradient);
  const double before = energy(samples, light, strength, outlier, x);
  for (int attempt = 0; attempt < 6; ++attempt) {
    Eigen::MatrixXd damped = hessian;
    damped.diagonal() *= 1 + damping;
    const Eigen::VectorXd next = x - damped.llt().solve(gradient);
    if (energy(samples, light, strength, outlier, next) < before) {
      x = next;
      damping = std::max(damping / 8, 1e-4);
      return;
    }
    damping *= 8;
  }
}

}  // namespace

LightFit fit_light(const mesh::FaceModel& model, const SurfaceColors& seen,
                   const LightFitOptions& options) {
  const auto vertices = static_cast<std::size_t>(model.vertices());
  FGCN_CHECK(seen.colour.size() == 3 * vertices && seen.normals.size() == 3 * vertices &&
                 seen.weight.size() == vertices,
             "fit_light: ", seen.colour.size(), " colour values, ", seen.normals.size(),
             " of normals and ", seen.weight.size(), " weights for ", vertices, " vertices");
  const Samples samples = gather(model, seen);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(kLights + model.albedo.count);
  LightPrior prior = usual_light();
  std::copy(prior.mean.begin(), prior.mean.end(), x.data());
  double damping = 0.01;
  const double strength = 1 / (options.sigma * options.sigma);
  const int cautious = (options.iterations + 1) / 2;
  for (int iteration = 0; iteration < options.iterations && !samples.vertex.empty(); ++iteration) {
    // Outliers are found by and by: at first the light itself is unknown.
    const double outlier = options.outlier * std::max(1.0, 4.0 / (1 + iteration));
    if (iteration == cautious) {
      std::copy_n(x.data(), kLights, prior.mean.begin());
      prior.sharpness = options.observations / options.cautious;
    }
    step(samples, prior,
         strength * (iteration < cautious ? options.cautious : options.observations), outlier, x,
         damping);
  }

  LightFit out;
  std::copy_n(x.data(), kLights, out.light.begin());
  out.albedo.assign(x.data() + kLights, x.data() + x.size());
  const std::vector<float> albedo =
      mesh::albedo(model, std::vector<float>(out.albedo.begin(), out.albedo.end()));
  out.trust.resize(vertices);
  for (std::size_t v = 0; v < vertices; ++v) {
    float y[kBands];
    kernels::sh_basis(&seen.normals[3 * v], y);
    double squared = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      double light = kernels::kAmbientOffset * static_cast<double>(y[0]);
      for (std::size_t k = 0; k < kBands; ++k)
        light += static_cast<double>(y[k]) * out.light[kBands * c + k];
      const double shaded = std::clamp(light * static_cast<double>(albedo[3 * v + c]), 0.0, 1.0);
      squared += std::pow(static_cast<double>(seen.colour[3 * v + c]) - shaded, 2);
    }
    out.trust[v] =
        static_cast<float>(1 / std::pow(1 + squared / (options.outlier * options.outlier), 2));
  }
  return out;
}

}  // namespace fgcn::train
