#include "recon/fit/fit_light.h"

#include <Eigen/Cholesky>
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/sh_light/sh_light.h"
#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::recon {
namespace {

constexpr int kBands = 9;
constexpr int kLights = 27;
constexpr std::size_t kMostSamples = 4000;  // more change nothing and cost time

/// The usual light, on top of the ambient 0.8: about 1 on a surface that faces the camera.
constexpr double kUsual[kBands] = {0.1, 0, 0.12, 0, 0, 0, 0, 0, 0};
// Standard deviations of a band's brightness, and of each channel's difference from it.
constexpr double kBrightness[kBands] = {0.2, 0.25, 0.25, 0.25, 0.08, 0.08, 0.08, 0.08, 0.08};
constexpr double kTint[kBands] = {0.08, 0.03, 0.03, 0.03, 0.006, 0.006, 0.006, 0.006, 0.006};
// A camera's exposure brings what it sees to a middling level: the mean light on what the photo
// shows, its standard deviation, and that of each channel's difference from it.
constexpr double kLevel = 1;
constexpr double kLevelSpread = 0.14;
constexpr double kLevelTint = 0.06;

/// The vertices that are used, and their rows of the model.
struct Samples {
  std::vector<std::int32_t> vertex;
  Eigen::MatrixXf basis;                 // [n, 9] harmonics
  std::array<Eigen::MatrixXf, 3> modes;  // [n, A] per channel
  std::array<Eigen::VectorXf, 3> mean;   // [n]
  std::array<Eigen::VectorXf, 3> color;  // [n]
  Eigen::VectorXf weight;                // [n], sum 1
};

Samples gather(const mesh::FaceModel& model, const SurfaceColors& visible) {
  Samples out;
  std::size_t usable = 0;
  for (const float w : visible.weight) usable += w > 0;
  const std::size_t stride = std::max<std::size_t>(1, (usable + kMostSamples - 1) / kMostSamples);
  std::size_t count = 0;
  for (std::size_t v = 0; v < visible.weight.size(); ++v)
    if (visible.weight[v] > 0 && count++ % stride == 0)
      out.vertex.push_back(static_cast<std::int32_t>(v));
  const auto n = static_cast<Eigen::Index>(out.vertex.size());
  const auto modes = static_cast<Eigen::Index>(model.albedo.count);
  const auto vertices = static_cast<std::size_t>(model.vertices());
  out.basis.resize(n, kBands);
  out.weight.resize(n);
  for (int c = 0; c < 3; ++c) {
    out.modes[c].resize(n, modes);
    out.mean[c].resize(n);
    out.color[c].resize(n);
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto v = static_cast<std::size_t>(out.vertex[i]);
    float y[kBands];
    kernels::sh_basis(&visible.normals[3 * v], y);
    for (int k = 0; k < kBands; ++k) out.basis(i, k) = y[k];
    out.weight[i] = visible.weight[v];
    for (std::size_t c = 0; c < 3; ++c) {
      for (Eigen::Index m = 0; m < modes; ++m)
        out.modes[c](i, m) =
            model.albedo.data[(static_cast<std::size_t>(m) * vertices + v) * 3 + c];
      out.mean[c][i] = model.mean_albedo[3 * v + c];
      out.color[c][i] = visible.color[3 * v + c];
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
    out.residual[c] = samples.color[c] - out.albedo[c].cwiseProduct(out.light[c]);
    // A burnt-out color says only that the light is at least this strong.
    for (Eigen::Index i = 0; i < out.residual[c].size(); ++i)
      if (samples.color[c][i] > 0.985F && out.residual[c][i] < 0) out.residual[c][i] = 0;
    out.squared += out.residual[c].cwiseAbs2();
  }
  return out;
}

/// Prior of the light: by how much a band's brightness, and each channel's difference
/// from it, departs from `mean`; and the level of exposure.
struct LightPrior {
  std::array<double, kLights> mean{};
  double sharpness = 1;                     // divides the bands' variances
  std::array<double, kBands> mean_basis{};  // of the samples: level = mean_basis . light
};

LightPrior usual_light(const Samples& samples) {
  LightPrior out;
  for (std::size_t i = 0; i < kLights; ++i) out.mean[i] = kUsual[i % kBands];
  const Eigen::RowVectorXf basis = samples.weight.transpose() * samples.basis;
  for (int k = 0; k < kBands; ++k)
    out.mean_basis[static_cast<std::size_t>(k)] = static_cast<double>(basis[k]);
  return out;
}

/// Three channels' values, taken apart into their mean and what each differs from it.
struct Split {
  double mean;
  std::array<double, 3> tint;
};

template <class Value>
Split split(const Value& value) {
  Split out{(value(0) + value(1) + value(2)) / 3, {}};
  for (int c = 0; c < 3; ++c) out.tint[static_cast<std::size_t>(c)] = value(c) - out.mean;
  return out;
}

/// How far band k is from what is believed.
Split band_offset(const LightPrior& light, const Eigen::VectorXd& x, int k) {
  return split([&](int c) {
    const int i = kBands * c + k;
    return x[i] - light.mean[static_cast<std::size_t>(i)];
  });
}

/// The same of the mean light on the samples.
Split level_offset(const LightPrior& light, const Eigen::VectorXd& x) {
  return split([&](int c) {
    double level = kernels::kAmbientOffset * light.mean_basis[0] - kLevel;
    for (int k = 0; k < kBands; ++k)
      level += light.mean_basis[static_cast<std::size_t>(k)] * x[kBands * c + k];
    return level;
  });
}

/// Second derivative of half of mean^2 * sharp_mean + |tint|^2 * sharp_tint by channels c and d.
double curvature(double sharp_mean, double sharp_tint, int c, int d) {
  return sharp_mean / 9 + sharp_tint * ((c == d ? 1.0 : 0.0) - 1.0 / 3);
}

/// Adds the prior of the light and of the albedo.
void add_priors(const LightPrior& light, const Eigen::VectorXd& x, Eigen::MatrixXd& hessian,
                Eigen::VectorXd& gradient) {
  for (int k = 0; k < kBands; ++k) {
    const Split off = band_offset(light, x, k);
    const double brightness = light.sharpness / (kBrightness[k] * kBrightness[k]);
    const double tint = light.sharpness / (kTint[k] * kTint[k]);
    for (int c = 0; c < 3; ++c) {
      const int i = kBands * c + k;
      gradient[i] += brightness * off.mean / 3 + tint * off.tint[static_cast<std::size_t>(c)];
      for (int d = 0; d < 3; ++d) hessian(i, kBands * d + k) += curvature(brightness, tint, c, d);
    }
  }
  const Split off = level_offset(light, x);
  const double exposure = 1 / (kLevelSpread * kLevelSpread);
  const double tint = 1 / (kLevelTint * kLevelTint);
  const Eigen::Map<const Eigen::VectorXd> basis(light.mean_basis.data(), kBands);
  for (int c = 0; c < 3; ++c) {
    const double slope = exposure * off.mean / 3 + tint * off.tint[static_cast<std::size_t>(c)];
    gradient.segment(kBands * c, kBands) += slope * basis;
    for (int d = 0; d < 3; ++d)
      hessian.block(kBands * c, kBands * d, kBands, kBands) +=
          curvature(exposure, tint, c, d) * basis * basis.transpose();
  }
  for (Eigen::Index i = kLights; i < x.size(); ++i) {
    gradient[i] += x[i];
    hessian(i, i) += 1;
  }
}

double prior_energy(const LightPrior& light, const Eigen::VectorXd& x) {
  const auto energy = [](const Split& off, double spread, double tint) {
    double sum = std::pow(off.mean / spread, 2);
    for (const double t : off.tint) sum += std::pow(t / tint, 2);
    return sum;
  };
  double bands = 0;
  for (int k = 0; k < kBands; ++k)
    bands += energy(band_offset(light, x, k), kBrightness[k], kTint[k]);
  return light.sharpness * bands + energy(level_offset(light, x), kLevelSpread, kLevelTint) +
         x.tail(x.size() - kLights).squaredNorm();
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

std::vector<float> picture_weights(const mesh::FaceModel& model, const std::vector<float>& screen,
                                   const std::vector<float>& normals) {
  std::vector<float> area(screen.size() / 3, 0.0F);
  for (const mesh::Triangle& t : model.triangles) {
    const float* p[3];
    for (std::size_t k = 0; k < 3; ++k) p[k] = screen.data() + 3 * static_cast<std::size_t>(t[k]);
    const float twice = std::abs((p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) -
                                 (p[2][0] - p[0][0]) * (p[1][1] - p[0][1]));
    for (const std::int32_t v : t) area[static_cast<std::size_t>(v)] += twice / 6;
  }
  constexpr float kMostArea = 4;  // pixels
  std::vector<float> out(area.size());
  for (std::size_t v = 0; v < area.size(); ++v) {
    const float facing = std::clamp((normals[3 * v + 2] - 0.1F) / 0.3F, 0.0F, 1.0F);
    out[v] = facing * std::sqrt(std::min(area[v], kMostArea));
  }
  return out;
}

LightFit fit_light(const mesh::FaceModel& model, const SurfaceColors& visible,
                   const LightFitOptions& options) {
  const auto vertices = static_cast<std::size_t>(model.vertices());
  FGCN_CHECK(visible.color.size() == 3 * vertices && visible.normals.size() == 3 * vertices &&
                 visible.weight.size() == vertices,
             "fit_light: ", visible.color.size(), " color values, ", visible.normals.size(),
             " of normals and ", visible.weight.size(), " weights for ", vertices, " vertices");
  const Samples samples = gather(model, visible);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(kLights + model.albedo.count);
  LightPrior prior = usual_light(samples);
  std::copy(prior.mean.begin(), prior.mean.end(), x.data());
  double damping = 0.01;
  const double strength = 1 / (options.sigma * options.sigma);
  const int cautious = (options.iterations + 1) / 2;
  for (int iteration = 0; iteration < options.iterations && !samples.vertex.empty(); ++iteration) {
    // Outliers are found by and by, and not while skin and light are being separated: a wrong level
    // of the light would make outliers of whole cheeks.
    const double width = iteration < cautious ? std::max(3.0, 4.0 / (1 + iteration)) : 1.0;
    const double outlier = options.outlier * width;
    if (iteration == cautious) {
      std::copy_n(x.data(), kLights, prior.mean.begin());
      prior.sharpness = options.observations / options.cautious;
    }
    step(samples, prior,
         strength * (iteration < cautious ? options.cautious : options.observations), outlier, x,
         damping);
  }

  LightFit out;
  std::copy_n(x.data(), kLights, out.sh_coefficients.begin());
  out.albedo.assign(x.data() + kLights, x.data() + x.size());
  const std::vector<float> albedo =
      mesh::albedo(model, std::vector<float>(out.albedo.begin(), out.albedo.end()));
  out.trust.resize(vertices);
  for (std::size_t v = 0; v < vertices; ++v) {
    float y[kBands];
    kernels::sh_basis(&visible.normals[3 * v], y);
    double squared = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      double light = kernels::kAmbientOffset * static_cast<double>(y[0]);
      for (std::size_t k = 0; k < kBands; ++k)
        light += static_cast<double>(y[k]) * out.sh_coefficients[kBands * c + k];
      const double shaded = std::clamp(light * static_cast<double>(albedo[3 * v + c]), 0.0, 1.0);
      squared += std::pow(static_cast<double>(visible.color[3 * v + c]) - shaded, 2);
    }
    out.trust[v] =
        static_cast<float>(1 / std::pow(1 + squared / (options.outlier * options.outlier), 2));
  }
  return out;
}

}  // namespace fgcn::recon
