#include "recon/fit/fit_landmarks.h"

#include <Eigen/Cholesky>
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "kernels/core/error.h"
#include "kernels/rigid/rigid_math.h"

namespace fgcn::recon {
namespace {

constexpr int kPoints = 68;

/// Euler angles of R = Rz Ry Rx.
std::array<double, 3> euler_angles(const Eigen::Matrix3d& r) {
  return {std::atan2(r(2, 1), r(2, 2)), std::asin(std::clamp(-r(2, 0), -1.0, 1.0)),
          std::atan2(r(1, 0), r(0, 0))};
}

using Rows = Eigen::Matrix<double, 2 * kPoints, 2 * kPoints, Eigen::RowMajor>;
// In every room, whatever its instruction set (cmake/fgcn.cmake).
static_assert(alignof(Eigen::Vector4d) == 16);

Eigen::Map<const Rows> whitening(const PointNoise& noise) {
  return Eigen::Map<const Rows>(noise.whitening.data());
}

/// The priors for points whose errors are known.
LandmarkFitOptions measured(LandmarkFitOptions options) {
  options.expression_sigma = options.measured_expression_sigma;
  options.identity_sigma = options.measured_identity_sigma;
  options.expression_freedom = options.measured_expression_freedom;
  return options;
}

ExpressionPrior::Spread spread_of(const LandmarkFitOptions& options) {
  return {options.expression_sigma, options.expression_freedom};
}

}  // namespace

/// Where the descent is: the unknowns in one vector, and the row of each point.
struct LandmarkFitter::State {
  Eigen::VectorXd x;  // identity, expression, angles, translation
  std::array<std::size_t, kPoints> row{};
  std::optional<PointNoise> noise;  // none where the points' errors are not known
  const LandmarkFitOptions* options = nullptr;

  const double* angles() const { return x.data() + x.size() - 6; }
  const double* translation() const { return x.data() + x.size() - 3; }
};

/// The normal equations of one linearisation.
struct LandmarkFitter::System {
  Eigen::MatrixXd hessian;
  Eigen::VectorXd gradient;
};

LandmarkFitter::LandmarkFitter(const mesh::FaceModel& model, const LandmarkFitOptions& options)
    : options_(options),
      measured_options_(measured(options)),
      noise_(model.landmark_errors, options.model_sigma, photo_spans()),
      outline_(model),
      identities_(static_cast<std::size_t>(model.identity.count)),
      expressions_(static_cast<std::size_t>(model.expression.count)),
      low_(model.expression_low.begin(), model.expression_low.end()),
      high_(model.expression_high.begin(), model.expression_high.end()),
      prior_(model.expression.names, expressions_),
      rows_(outline_.vertices()) {
  FGCN_CHECK(model.landmarks.size() == kPoints, "LandmarkFitter: the model has ",
             model.landmarks.size(), " landmarks, expected 68");
  rows_.insert(rows_.end(), model.landmarks.begin() + kOutlinePoints, model.landmarks.end());
  const auto vertices = static_cast<std::size_t>(model.vertices());
  for (const std::int32_t v : rows_) {
    for (std::size_t c = 0; c < 3; ++c) mean_.push_back(model.mean_shape[3 * v + c]);
    for (std::size_t m = 0; m < identities_ + expressions_; ++m) {
      const bool identity = m < identities_;
      const std::vector<float>& data = identity ? model.identity.data : model.expression.data;
      const std::size_t mode = identity ? m : m - identities_;
      for (std::size_t c = 0; c < 3; ++c) modes_.push_back(data[(mode * vertices + v) * 3 + c]);
    }
  }
}

double LandmarkFitter::point_sigma(int point, const Camera& camera) const {
  constexpr int kFirstNosePoint = 27;
  const double at_224 = point < kOutlinePoints    ? options_.outline_sigma
                        : point < kFirstNosePoint ? options_.brow_sigma
                                                  : options_.inner_sigma;
  return at_224 * static_cast<double>(camera.height) / 224;
}

std::array<double, 3> LandmarkFitter::vertex(std::size_t row, const State& state) const {
  const std::size_t count = identities_ + expressions_;
  std::array<double, 3> out{mean_[3 * row], mean_[3 * row + 1], mean_[3 * row + 2]};
  const double* mode = modes_.data() + row * count * 3;
  for (std::size_t m = 0; m < count; ++m)
    for (std::size_t c = 0; c < 3; ++c) out[c] += state.x[m] * mode[3 * m + c];
  return out;
}

Pose LandmarkFitter::initial_pose(const photo::Landmarks& landmarks, const Camera& camera) const {
  // Affine least squares on the inner points of the mean face, then the nearest rotation.
  const std::size_t first = outline_.vertices().size();
  constexpr int kInner = kPoints - kOutlinePoints;
  Eigen::Matrix<double, kInner, 4> points;
  Eigen::Matrix<double, kInner, 2> visible;
  for (int k = 0; k < kInner; ++k) {
    for (int c = 0; c < 3; ++c) points(k, c) = mean_[3 * (first + k) + c];
    points(k, 3) = 1;
    visible(k, 0) = landmarks[kOutlinePoints + k].x - static_cast<double>(camera.width) / 2;
    visible(k, 1) = static_cast<double>(camera.height) / 2 - landmarks[kOutlinePoints + k].y;
  }
  const Eigen::Matrix<double, 4, 2> affine = points.colPivHouseholderQr().solve(visible);
  const Eigen::Vector3d a = affine.col(0).head<3>(), b = affine.col(1).head<3>();
  const double scale = (a.norm() + b.norm()) / 2;
  FGCN_CHECK(std::isfinite(scale) && scale > 0, "fit_landmarks: the points give no scale");
  Eigen::Matrix3d near;
  near.row(0) = a.normalized();
  near.row(1) = b.normalized();
  near.row(2) = near.row(0).cross(near.row(1));
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(near, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Eigen::Matrix3d rotation = svd.matrixU() * svd.matrixV().transpose();
  Pose pose;
  pose.angles = euler_angles(rotation);
  const double depth = camera.focal() / scale;
  pose.translation = {affine(3, 0) / scale, affine(3, 1) / scale, camera.distance - depth};
  return pose;
}

void LandmarkFitter::match(const Camera& camera, State& state) const {
  Pose pose;
  std::copy_n(state.angles(), 3, pose.angles.begin());
  std::copy_n(state.translation(), 3, pose.translation.begin());
  std::vector<std::array<double, 2>> screen(outline_.vertices().size());
  for (std::size_t row = 0; row < screen.size(); ++row) {
    const auto at = to_screen(camera, to_camera_space(pose, vertex(row, state)));
    screen[row] = {at[0], at[1]};
  }
  for (int k = 0; k < kOutlinePoints; ++k)
    state.row[k] = static_cast<std::size_t>(outline_.choose(k, screen, pose.angles[2]));
  for (int k = kOutlinePoints; k < kPoints; ++k)
    state.row[k] = screen.size() + static_cast<std::size_t>(k - kOutlinePoints);
}

double LandmarkFitter::cost(const photo::Landmarks& landmarks, const Camera& camera,
                            const State& state) const {
  Pose pose;
  std::copy_n(state.angles(), 3, pose.angles.begin());
  std::copy_n(state.translation(), 3, pose.translation.begin());
  const LandmarkFitOptions& options = *state.options;
  double sum = 0;
  Eigen::VectorXd errors = Eigen::VectorXd::Zero(2 * kPoints);
  for (int k = 0; k < kPoints; ++k) {
    const auto at = to_screen(camera, to_camera_space(pose, vertex(state.row[k], state)));
    if (state.noise) {
      const double dx = at[0] - landmarks[k].x + state.noise->mean[2 * k];
      const double dy = at[1] - landmarks[k].y + state.noise->mean[2 * k + 1];
      const double r = state.noise->deviation(k, dx, dy);
      const double shrink =
          r <= options.huber ? 1.0 : std::sqrt(options.huber * (2 * r - options.huber)) / r;
      errors[2 * k] = shrink * dx;
      errors[2 * k + 1] = shrink * dy;
      continue;
    }
    const double spread = point_sigma(k, camera);
    const double r = std::hypot(at[0] - landmarks[k].x, at[1] - landmarks[k].y) / spread;
    sum += r <= options.huber ? r * r : options.huber * (2 * r - options.huber);
  }
  if (state.noise) sum = (whitening(*state.noise) * errors).squaredNorm();
  for (std::size_t m = 0; m < identities_; ++m)
    sum += state.x[m] * state.x[m] / (options.identity_sigma * options.identity_sigma);
  sum += prior_.cost(state.x.data() + identities_, spread_of(options));
  return sum + std::pow(pose.translation[2] / options.depth_sigma, 2);
}

LandmarkFitter::System LandmarkFitter::linearise(const photo::Landmarks& landmarks,
                                                 const Camera& camera, const State& state) const {
  const LandmarkFitOptions& options = *state.options;
  const std::size_t count = identities_ + expressions_;
  const Eigen::Index size = state.x.size();
  Eigen::MatrixXd jacobian(2 * kPoints, size);
  Eigen::VectorXd residual(2 * kPoints);
  const kernels::Matrix3<double> r = kernels::euler_rotation(state.angles());
  std::array<kernels::Matrix3<double>, 3> turned;
  for (int axis = 0; axis < 3; ++axis) turned[axis] = kernels::euler_rotation(state.angles(), axis);
  const double focal = camera.focal();
  for (int k = 0; k < kPoints; ++k) {
    const std::array<double, 3> v = vertex(state.row[k], state);
    std::array<double, 3> p{};
    for (int c = 0; c < 3; ++c) {
      p[c] = state.translation()[c];
      for (int i = 0; i < 3; ++i) p[c] += r.at[3 * c + i] * v[i];
    }
    const std::array<double, 3> at = to_screen(camera, p);
    const PointNoise* noise = state.noise ? &*state.noise : nullptr;
    // With a covariance, pixels: it is divided by at the end.
    const double spread = noise != nullptr ? 1 : point_sigma(k, camera);
    const double mean_x = noise != nullptr ? noise->mean[2 * k] : 0;
    const double mean_y = noise != nullptr ? noise->mean[2 * k + 1] : 0;
    const double dx = (at[0] - landmarks[k].x + mean_x) / spread;
    const double dy = (at[1] - landmarks[k].y + mean_y) / spread;
    const double distance = noise != nullptr ? noise->deviation(k, dx, dy) : std::hypot(dx, dy);
    const double weight = distance <= options.huber ? 1.0 : std::sqrt(options.huber / distance);
    // d(screen) / d(camera space), scaled.
    const double scale = weight / spread * focal / at[2];
    const double du[3] = {scale, 0, scale * p[0] / at[2]};
    const double dv[3] = {0, -scale, -scale * p[1] / at[2]};
    const auto set = [&](Eigen::Index column, const double* d) {
      jacobian(2 * k, column) = du[0] * d[0] + du[2] * d[2];
      jacobian(2 * k + 1, column) = dv[1] * d[1] + dv[2] * d[2];
    };
    const auto rotated = [](const kernels::Matrix3<double>& m, const double* d, double* out) {
      for (int c = 0; c < 3; ++c)
        out[c] = m.at[3 * c] * d[0] + m.at[3 * c + 1] * d[1] + m.at[3 * c + 2] * d[2];
    };
    const double* mode = modes_.data() + state.row[k] * count * 3;
    double moved[3];
    for (std::size_t m = 0; m < count; ++m) {
      rotated(r, mode + 3 * m, moved);
      set(static_cast<Eigen::Index>(m), moved);
    }
    for (int axis = 0; axis < 3; ++axis) {
      rotated(turned[axis], v.data(), moved);
      set(size - 6 + axis, moved);
      const double unit[3] = {axis == 0 ? 1.0 : 0.0, axis == 1 ? 1.0 : 0.0, axis == 2 ? 1.0 : 0.0};
      set(size - 3 + axis, unit);
    }
    residual[2 * k] = weight * dx;
    residual[2 * k + 1] = weight * dy;
  }
  if (state.noise) {
    jacobian = (whitening(*state.noise) * jacobian).eval();
    residual = (whitening(*state.noise) * residual).eval();
  }
  System system{jacobian.transpose() * jacobian, jacobian.transpose() * residual};
  const auto prior = [&](Eigen::Index i, double variance) {
    system.hessian(i, i) += 1 / variance;
    system.gradient[i] += state.x[i] / variance;
  };
  for (std::size_t m = 0; m < identities_; ++m)
    prior(static_cast<Eigen::Index>(m), options.identity_sigma * options.identity_sigma);
  prior_.add(state.x.data() + identities_, spread_of(options), identities_,
             static_cast<std::size_t>(size), system.hessian.data(), system.gradient.data());
  prior(size - 1, options.depth_sigma * options.depth_sigma);
  return system;
}

void LandmarkFitter::take_noise(const Camera& camera, const PointSource& source,
                                State& state) const {
  if (state.options == &measured_options_)
    state.noise = noise_.at(state.angles()[1], static_cast<double>(camera.height),
                            state.angles()[2], source.spread);
}

void LandmarkFitter::descend(const photo::Landmarks& landmarks, const Camera& camera, Free free,
                             int iterations, State& state) const {
  const auto count = static_cast<Eigen::Index>(identities_ + expressions_);
  double damping = 1e-3;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    match(camera, state);
    const double before = cost(landmarks, camera, state);
    System system = linearise(landmarks, camera, state);
    // Held: the shape while only the pose is sought, and weights that press against their box.
    for (Eigen::Index i = 0; i < count; ++i) {
      const Eigen::Index e = i - static_cast<Eigen::Index>(identities_);
      const bool pressed = e >= 0 && ((state.x[i] <= low_[e] && system.gradient[i] > 0) ||
                                      (state.x[i] >= high_[e] && system.gradient[i] < 0));
      if (free == Free::kPoseAndShape && !pressed) continue;
      system.hessian.row(i).setZero();
      system.hessian.col(i).setZero();
      system.hessian(i, i) = 1;
      system.gradient[i] = 0;
    }
    bool better = false;
    for (int attempt = 0; attempt < 6 && !better; ++attempt) {
      Eigen::MatrixXd damped = system.hessian;
      damped.diagonal() *= 1 + damping;
      State next = state;
      next.x -= damped.llt().solve(system.gradient);
      for (std::size_t e = 0; e < expressions_; ++e) {
        double& weight = next.x[static_cast<Eigen::Index>(identities_ + e)];
        weight = std::clamp(weight, low_[e], high_[e]);
      }
      const double after = cost(landmarks, camera, next);
      better = after < before;
      damping = better ? std::max(damping / 5, 1e-6) : damping * 8;
      if (better) state.x = next.x;
      if (better && before - after < 1e-4 * before) return;
    }
    if (!better) return;
  }
}

LandmarkFit LandmarkFitter::fit(const photo::Landmarks& landmarks, const Camera& camera,
                                const PointSource& source) const {
  for (const photo::Point& p : landmarks)
    FGCN_CHECK(std::isfinite(p.x) && std::isfinite(p.y), "fit_landmarks: a point is not finite");
  const double between_eyes =
      std::hypot(landmarks[36].x - landmarks[45].x, landmarks[36].y - landmarks[45].y);
  FGCN_CHECK(between_eyes > 0, "fit_landmarks: the eyes are one point");
  const Pose pose = initial_pose(landmarks, camera);
  State state;
  state.options = source.detector && !noise_.empty() ? &measured_options_ : &options_;
  state.x = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(identities_ + expressions_ + 6));
  for (int c = 0; c < 3; ++c) {
    state.x[state.x.size() - 6 + c] = pose.angles[c];
    state.x[state.x.size() - 3 + c] = pose.translation[c];
  }
  take_noise(camera, source, state);
  descend(landmarks, camera, Free::kPose, options_.pose_iterations, state);
  take_noise(camera, source, state);
  descend(landmarks, camera, Free::kPoseAndShape, options_.iterations, state);
  match(camera, state);

  LandmarkFit out;
  out.noise = state.noise;
  out.identity.assign(state.x.data(), state.x.data() + identities_);
  out.expression.assign(state.x.data() + identities_, state.x.data() + identities_ + expressions_);
  std::copy_n(state.angles(), 3, out.pose.angles.begin());
  std::copy_n(state.translation(), 3, out.pose.translation.begin());
  const photo::Landmarks points = state.noise ? state.noise->without_mean(landmarks) : landmarks;
  for (int k = 0; k < kPoints; ++k) {
    out.vertices[k] = rows_[state.row[k]];
    const auto at = to_screen(camera, to_camera_space(out.pose, vertex(state.row[k], state)));
    out.landmark_error +=
        std::hypot(at[0] - points[k].x, at[1] - points[k].y) / between_eyes / kPoints;
  }
  return out;
}

}  // namespace fgcn::recon
