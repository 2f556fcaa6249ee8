// Losses of training on synthetic faces, and how results are measured.
#pragma once

#include <array>
#include <vector>

#include "autograd/tape.h"

namespace fgcn::train {

struct LossOptions {
  double albedo = 1.0;
  double pattern = 0.7;  // fraction of the albedo term that ignores the albedo gain
  double photo = 0.15;
  double tolerance = 0.06;     // lit color; deviations below it cost little
  double hidden_weight = 0.7;  // of a hidden vertex in the albedo term; a visible one weighs 1
};

/// Targets of a batch. Colors in [0, 1] but for `albedo`.
struct LossTargets {
  Tensor albedo;     // [V, N, 3] the truth, in [-1, 1]
  Tensor with_gain;  // [V, N, 3] the truth at the level of the albedo that is judged, in [-1, 1]
  Tensor weight;     // [V, N, 1] of a vertex in the albedo term
  Tensor vertex_irradiance;  // [V, N, 3] fitted to the albedo that is judged
  Tensor photo;              // [V, N, 3] color of the photo
  Tensor unoccluded;         // [V, N, 1] 1 where the photo shows the vertex itself
  Tensor shares;             // [2] what loss_shares() says of the sums of weight and clear
};

/// Factors that make the means below of the two sums; a batch in which no vertex counts costs
/// nothing. They follow from the sums of LossTargets::weight and clear, which the host knows before
/// the device.
std::array<double, 2> loss_shares(double weight, double unoccluded, const LossOptions& options);

struct Losses {
  Var total;   // [1]
  Var albedo;  // [1] mean of weight |a - truth| in units of [0, 1]
  Var photo;   // [1] mean over clear vertices of d^2 / (2 tolerance)
};

/// total = albedo * mean(w ((1 - pattern) |a - a*| + pattern |a - g a*|))
///         + photo * mean(clear (a light - photo)^2) / (2 tolerance)
///
/// The first term asks for the truth, most of it for the truth's pattern: g brings its mean, a
/// channel, to that of a. How bright a face is in truth one photo hardly tells, and that error, as
/// large as all others, would drown what can be learnt; the level is set afterwards
/// (albedo_gain.h). The second keeps the albedo, under the fitted light, on the photograph:
/// quadratic, so that small departures (shadows and highlights to be taken out) are cheap and large
/// ones (another exposure than the fit's) are not.
///
///   refined  [V, N, 3] in [-1, 1]
/// Errors   fgcn::Error when shapes do not fit. Order any.
Losses refinement_losses(const Var& refined, const LossTargets& targets,
                         const LossOptions& options);

}  // namespace fgcn::train
