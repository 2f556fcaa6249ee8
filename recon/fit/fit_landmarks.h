// A face model's pose and shape from 68 landmarks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "mesh/face/face_model.h"
#include "photo/landmarks.h"
#include "recon/fit/expression_prior.h"
#include "recon/fit/face_outline.h"
#include "recon/fit/landmark_noise.h"
#include "render/camera.h"

namespace fgcn::recon {

/// Priors of the fit, and the standard deviations of the points of a model without landmark errors.
struct LandmarkFitOptions {
  double inner_sigma = 1.8;       // pixels at 224: standard deviation of points 27 to 67
  double brow_sigma = 3.5;        // of points 17 to 26: where a brow is drawn is taste
  double outline_sigma = 4.0;     // pixels at 224: of points 0 to 16
  double huber = 2.0;             // standard deviations beyond which a point pulls linearly
  double expression_sigma = 0.3;  // blendshape weight
  double expression_freedom = 0;  // degrees of freedom of Student's t; 0: Gaussian
  double identity_sigma = 1.0;    // standard deviations of the population
  double depth_sigma = 0.6;       // dm the head may be nearer or farther than the crop says
  // Of a model with landmark errors. Chosen on pictures of another model's people.
  double model_sigma = 0.5;  // pixels at 224: by which the model misses a real face's points
  double measured_expression_sigma = 0.05;
  double measured_expression_freedom = 2;
  double measured_identity_sigma = 0.8;
  int pose_iterations = 6;
  int iterations = 12;
};

/// Who says where the points are. A model's landmark errors are those of our own detector.
struct PointSource {
  bool detector = true;
  photo::PointSpread spread{};  // of the detector's predictions, in pixels of the crop
};

struct LandmarkFit {
  std::vector<double> identity;
  std::vector<double> expression;
  Pose pose;
  std::array<std::int32_t, 68> vertices{};  // what each point was matched with
  std::optional<PointNoise> noise;          // that was reckoned with
  /// Mean distance over the 68 points over the distance of the outer eye corners in the photo.
  double landmark_error = 0;
};

/// Minimises over identity a, expression b and pose (R, t)
///   sum_k huber(|screen(R v_k(a, b) + t) - l_k| / sigma_k) + |a|^2 + |b / sigma_b|^2 + (t_z /
///   sigma_z)^2
/// with b inside the model's box, by Levenberg and Marquardt; points 0 to 16 follow the outline.
/// Where the model has landmark errors and the detector found the points, their mean at the head's
/// yaw is taken out of l and their whole covariance stands in for sigma: points that err together
/// count as fewer than they are. The prior of b is Student's t then (expression_prior.h): noise
/// makes no expression, and a strong one is followed.
///
/// Errors   fgcn::Error when a landmark is not finite or the points coincide.
/// Repeat   bitwise; one thread.
/// Source   Levenberg 1944, Marquardt 1963; Huber 1964.
class LandmarkFitter {
 public:
  /// Keeps what it needs of the model.
  explicit LandmarkFitter(const mesh::FaceModel& model, const LandmarkFitOptions& options = {});

  /// `landmarks` in pixels of the camera's image.
  LandmarkFit fit(const photo::Landmarks& landmarks, const Camera& camera = {},
                  const PointSource& source = {}) const;

  const FaceOutline& outline() const { return outline_; }

 private:
  struct State;
  struct System;
  enum class Free { kPose, kPoseAndShape };

  double point_sigma(int point, const Camera& camera) const;
  void take_noise(const Camera& camera, const PointSource& source, State& state) const;
  std::array<double, 3> vertex(std::size_t row, const State& state) const;
  Pose initial_pose(const photo::Landmarks& landmarks, const Camera& camera) const;
  void match(const Camera& camera, State& state) const;
  double cost(const photo::Landmarks& landmarks, const Camera& camera, const State& state) const;
  System linearise(const photo::Landmarks& landmarks, const Camera& camera,
                   const State& state) const;
  void descend(const photo::Landmarks& landmarks, const Camera& camera, Free free, int iterations,
               State& state) const;

  LandmarkFitOptions options_;
  LandmarkFitOptions measured_options_;
  LandmarkNoise noise_;
  FaceOutline outline_;
  std::size_t identities_ = 0;
  std::size_t expressions_ = 0;
  std::vector<double> low_, high_;
  ExpressionPrior prior_;
  // Rows: the outline's paths, then points 17 to 67.
  std::vector<std::int32_t> rows_;
  std::vector<double> mean_;   // [rows, 3]
  std::vector<double> modes_;  // [rows, identities + expressions, 3]
};

}  // namespace fgcn::recon
