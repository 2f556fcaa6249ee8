#include "train/simulated_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::train {
namespace {

constexpr int kHarmonics = 9;
using Harmonics = Eigen::Matrix<double, kHarmonics, 3>;  // a column a channel, ambient included
using Basis = Eigen::Matrix<double, kHarmonics, 1>;

Basis basis_at(const std::vector<float>& normals, std::int64_t v) {
  const auto at = static_cast<std::size_t>(v) * 3;
  const double n[3] = {normals[at], normals[at + 1], normals[at + 2]};
  Basis y;
  kernels::sh_basis(n, y.data());
  return y;
}

/// The factors of rows^T rows + ridge I. As a rank update, which runs on the calling thread alone:
/// several faces are made at a time.
Eigen::LLT<Eigen::MatrixXd> gram(const Eigen::MatrixXd& rows, double ridge) {
  Eigen::MatrixXd out = Eigen::MatrixXd::Identity(rows.cols(), rows.cols()) * ridge;
  out.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
  return out.selfadjointView<Eigen::Lower>().llt();
}

}  // namespace

struct FitSimulator::Impl {
  const mesh::FaceModel* model;
  Eigen::LLT<Eigen::MatrixXd> projection;  // of B^T B + ridge

  std::int64_t modes() const { return model->albedo.count; }
  float mode(std::int64_t k, std::size_t at) const {
    return model->albedo.data[static_cast<std::size_t>(k) * model->mean_albedo.size() + at];
  }

  Eigen::VectorXd project(const std::vector<float>& albedo) const {
    Eigen::VectorXd right(modes());
    for (std::int64_t k = 0; k < modes(); ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < albedo.size(); ++i) {
        sum += mode(k, i) * (albedo[i] - model->mean_albedo[i]);
      }
      right[k] = sum;
    }
    return projection.solve(right);
  }

  std::vector<float> albedo(const Eigen::VectorXd& coefficients) const {
    return mesh::albedo(*model, std::vector<float>(coefficients.begin(), coefficients.end()));
  }
};

namespace {

/// Vertices that a step of the fit looks at, and how much it believes each.
struct Samples {
  std::vector<std::int64_t> vertex;
  std::vector<double> weight;
};

/// min sum_v w (albedo * Y gamma - colour)^2 + ridge |gamma - ambient|^2, a channel at a time.
Harmonics fit_light(const Samples& samples, const std::vector<float>& albedo,
                    const std::vector<float>& colour, const std::vector<float>& normals) {
  Eigen::Matrix<double, kHarmonics, kHarmonics> left[3];
  Harmonics right = Harmonics::Zero();
  constexpr double kRidge = 0.5;
  for (auto& m : left) m = Eigen::Matrix<double, kHarmonics, kHarmonics>::Identity() * kRidge;
  right.row(0).setConstant(kRidge * 1.0);
  for (std::size_t i = 0; i < samples.vertex.size(); ++i) {
    const auto at = static_cast<std::size_t>(samples.vertex[i]) * 3;
    const Basis y = basis_at(normals, samples.vertex[i]);
    const Eigen::Matrix<double, kHarmonics, kHarmonics> outer = y * y.transpose();
    for (int c = 0; c < 3; ++c) {
      const double a = albedo[at + static_cast<std::size_t>(c)];
      left[c] += samples.weight[i] * a * a * outer;
      right.col(c) += samples.weight[i] * a * colour[at + static_cast<std::size_t>(c)] * y;
    }
  }
  Harmonics out;
  for (int c = 0; c < 3; ++c) out.col(c) = left[c].ldlt().solve(right.col(c));
  return out;
}

/// The weight falls where the picture is far from the fit: hair, highlights, shadows.
void reweigh(Samples& samples, const std::vector<float>& albedo, const std::vector<float>& colour,
             const std::vector<float>& normals, const Harmonics& light) {
  constexpr double kScale = 0.12;
  for (std::size_t i = 0; i < samples.vertex.size(); ++i) {
    const auto at = static_cast<std::size_t>(samples.vertex[i]) * 3;
    const Eigen::Vector3d lit = light.transpose() * basis_at(normals, samples.vertex[i]);
    double error = 0;
    for (int c = 0; c < 3; ++c) {
      const auto k = at + static_cast<std::size_t>(c);
      error += std::abs(albedo[k] * lit[c] - colour[k]) / 3;
    }
    samples.weight[i] = 1 / (1 + (error / kScale) * (error / kScale));
  }
}

}  // namespace

FitSimulator::FitSimulator(const mesh::FaceModel& model) : impl_(std::make_unique<Impl>()) {
  impl_->model = &model;
  const auto size = static_cast<Eigen::Index>(model.mean_albedo.size());
  const Eigen::Map<const Eigen::MatrixXf> columns(model.albedo.data.data(), size,
                                                  model.albedo.count);
  const Eigen::MatrixXd basis = columns.cast<double>();
  impl_->projection = gram(basis, 0.1);
}

FitSimulator::~FitSimulator() = default;

FittedAppearance FitSimulator::operator()(const std::vector<float>& albedo,
                                          const std::vector<float>& colour,
                                          const std::vector<float>& weight,
                                          const std::vector<float>& normals, Rng rng) const {
  const Impl& my = *impl_;
  constexpr std::size_t kStride = 5;  // a fit needs no more than a fifth of the vertices
  Samples samples;
  for (std::size_t v = static_cast<std::size_t>(rng.below(kStride)); v < weight.size();
       v += kStride) {
    if (weight[v] <= 0.5f) continue;
    samples.vertex.push_back(static_cast<std::int64_t>(v));
    samples.weight.push_back(1);
  }
  Eigen::VectorXd coefficients = my.project(albedo);
  const double kept = rng.uniform(0.3, 1.0);
  for (double& c : coefficients) c = kept * c + 0.3 * rng.normal();

  std::vector<float> coarse = my.albedo(coefficients);
  Harmonics light = fit_light(samples, coarse, colour, normals);
  reweigh(samples, coarse, colour, normals, light);
  light = fit_light(samples, coarse, colour, normals);

  // One step of albedo given light; the ridge says how much the fit believes its prior.
  const double ridge = std::exp(rng.uniform(-2.5, 1.5));
  Eigen::MatrixXd rows(3 * static_cast<Eigen::Index>(samples.vertex.size()), my.modes());
  Eigen::VectorXd right(rows.rows());
  for (std::size_t i = 0; i < samples.vertex.size(); ++i) {
    const Eigen::Vector3d lit = light.transpose() * basis_at(normals, samples.vertex[i]);
    const double root = std::sqrt(samples.weight[i]);
    for (int c = 0; c < 3; ++c) {
      const auto at = static_cast<std::size_t>(samples.vertex[i]) * 3 + static_cast<std::size_t>(c);
      const auto row = static_cast<Eigen::Index>(3 * i) + c;
      for (std::int64_t k = 0; k < my.modes(); ++k) {
        rows(row, k) = root * lit[c] * static_cast<double>(my.mode(k, at));
      }
      right[row] = root * (colour[at] - lit[c] * my.model->mean_albedo[at]);
    }
  }
  if (rows.rows() > 0) {
    const Eigen::VectorXd found = gram(rows, ridge).solve(rows.transpose() * right);
    const double moved = rng.uniform(0.3, 1.0);
    coefficients += moved * (found - coefficients);
  }
  const double noise = rng.uniform(0.05, 0.3);
  for (double& c : coefficients) c += noise * rng.normal();
  coarse = my.albedo(coefficients);
  light = fit_light(samples, coarse, colour, normals);
  for (int c = 0; c < 3; ++c) {
    for (int k = 0; k < kHarmonics; ++k) light(k, c) += 0.015 * rng.normal();
  }

  FittedAppearance out;
  out.albedo = std::move(coarse);
  out.light.resize(albedo.size());
  for (std::size_t v = 0; v < weight.size(); ++v) {
    const Eigen::Vector3d lit = light.transpose() * basis_at(normals, static_cast<std::int64_t>(v));
    for (int c = 0; c < 3; ++c) {
      out.light[3 * v + static_cast<std::size_t>(c)] = static_cast<float>(lit[c]);
    }
  }
  return out;
}

}  // namespace fgcn::train
