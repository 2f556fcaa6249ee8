// The losses of training on photographs, a function each: docs/method.md, "Losses".
//
// Colors are in [-1, 1] here, the method's scale: a distance is twice what it is on the [0, 1] of
// rendering, a variance four times. Vertices are vertex-major [V, N, C] and in one order
// throughout, pictures are [N, H, W, C]. A loss has shape [1].
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "autograd/ops/gather.h"
#include "autograd/tape.h"
#include "mesh/face/face_model.h"

namespace fgcn::train {

/// How vertices are compared.
enum class VertexNorm {
  kL1,  // mean of |a - b| over vertices and channels: the public code's
  kL2,  // mean over vertices of the Euclidean length of a - b: the paper's
};

/// The color that light makes of an albedo: 2 clamp((albedo + 1) / 2 * light, 0, 1) - 1.
///   albedo  [V, N, 3] in [-1, 1];  light  [V, N, 3], 1 leaves a color as it is
/// Order: any. Source: docs/method.md, "Light".
Var lit_colors(const Var& albedo, const Var& light);
/// [0, 1] to [-1, 1] and back.
Var to_signed(const Var& x);
Var to_unit(const Var& x);

/// Mean distance of colors [V, N, 3]; with a weight [V, N, 1] each vertex's distance is multiplied
/// by it, and the mean stays one over all vertices, as the method's do.
/// Order: any; where two colors agree the slope is 0 (kL1) or small (kL2: lengths are
/// sqrt(|d|^2 + 1e-12) here and below).
Var vertex_loss(const Var& a, const Var& b, VertexNorm norm, const Var& weight = {});

/// Targets of lit vertices.
struct ProjectTargets {
  Var photo;       // [V, N, 3] the photo's color
  Var visible;     // [V, N, 1] 1 seen, 0 not
  Var coarse_lit;  // [V, N, 3] the coarse albedo, lit
};

/// vertex_loss(lit, photo, visible) + hidden_weight * vertex_loss(lit, coarse_lit, 1 - visible)
/// Order: any.
Var project_loss(const Var& lit, const ProjectTargets& targets, VertexNorm norm,
                 double hidden_weight);

/// Sum of mask |rendered - photo|_2 over sum of mask: the paper's L_pix with mask M_proj M_face.
///   rendered, photo  [N, H, W, 3];  mask  [N, H, W, 1], not differentiated by
/// Loss of all pictures together; an empty mask gives 0. Order: any.
Var pixel_loss(const Var& rendered, const Var& photo, const Var& mask);
/// The same of the mean over channels of |rendered - photo|: what the public code logs.
Var pixel_l1(const Var& rendered, const Var& photo, const Var& mask);

/// photo + mask (rendered - photo): the render laid over the photo inside the mask. Any one color
/// range. Order: any.
Var overlay(const Var& rendered, const Var& photo, const Var& mask);

/// Mean over pairs and faces of the Euclidean distance of left to right. Order: any.
///   albedo  [V, N, 3];  left, right  as many vertices each
/// Errors   fgcn::Error when there are no pairs.
Var symmetry_loss(const Var& albedo, const RowIndex& left, const RowIndex& right);

/// Mean over faces and channels of the variance over these vertices (sum of squares over their
/// count). Order: any. Errors   fgcn::Error when there are none.
Var variance_loss(const Var& albedo, const RowIndex& skin);

/// Sum over the tensors of |w|^2 / 2. Order: any.
Var weight_loss(const Vars& weights);
/// Whether the method counts a parameter among the fully connected weights and biases.
bool fully_connected(std::string_view parameter_name);

/// Vertex pairs across the face, each once: left[i] < right[i] = mirror[left[i]].
struct MirrorPairs {
  std::vector<std::int32_t> left, right;
};
/// InputError when the model pairs no vertices.
MirrorPairs mirror_pairs(const mesh::FaceModel& face);

/// How the scores of a critic become losses.
enum class AdversaryLoss {
  kWasserstein,  // critic: mean D(made) - mean D(real); generator: -mean D(made)
  kLogistic,     // mean log(1 + exp(D(made))) + mean log(1 + exp(-D(real))); generator: mean log(1
                 // + exp(-D(made))), which does not saturate
};
/// Scores [N]. Order: any.
/// Source   Arjovsky et al., ICML 2017; Goodfellow et al., NeurIPS 2014.
Var critic_loss(const Var& real_score, const Var& fake_score, AdversaryLoss kind);
Var generator_loss(const Var& fake_score, AdversaryLoss kind);

/// Pictures between two sets of [N, H, W, 3]: share original + (1 - share) made, with shares
/// [1, 1, 1, 1] or [N, 1, 1, 1].
Tensor between(const Tensor& real_images, const Tensor& fake, const Tensor& shares);

/// How much the terms count at some time of training.
struct ScheduledWeights {
  double texture = 1;    // distance to the coarse albedo
  double project = 1;    // distance to the photo, by vertices
  double render = 1;     // pixel, identity, symmetry, variance
  double adversary = 1;  // the critic's say
};

enum class PhotoSchedule {
  kConstant,   // all 1
  kReference,  // ren = clip(epoch / 5, 0, 1): texture clip(1 - ren, 0.2, 1), project and render
               // ren, adversary 1 once ren > 0
  kPaper,      // s1 = ren, s4 = 1 - ren: texture and project s4, render and adversary s1. The paper
               // gives both ends; that s1 takes the public code's five epochs is our reading
};

/// `epoch` from 0, whole or not. fgcn::Error when it is negative or not finite.
ScheduledWeights scheduled_weights(PhotoSchedule schedule, double epoch);

}  // namespace fgcn::train
