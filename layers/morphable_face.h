// A face model's linear bases on a device.
#pragma once

#include "autograd/tape.h"
#include "mesh/face/face_model.h"

namespace fgcn {

/// vertices = mean + identity B_i + expression B_e;  albedo = clip(mean + albedo B_a, 0, 1).
///
///   identity    [N, I]     standard deviations
///   expression  [N, E]     weights
///   albedo      [N, A]     standard deviations
///
/// Units    vertices in decimetres, albedo sRGB-encoded in [0, 1].
/// Errors   fgcn::Error when a number of coefficients is not that of the model.
/// Order    any.
/// Source   Blanz and Vetter, SIGGRAPH 1999.
class MorphableFace {
 public:
  MorphableFace(const Context& ctx, const mesh::FaceModel& model);

  Var vertices(const Var& identity, const Var& expression) const;  // [N, V, 3]
  Var albedo(const Var& coefficients) const;                       // [N, V, 3]

 private:
  std::int64_t vertices_;
  Tensor mean_shape_;    // [1, 3 V]
  Tensor mean_albedo_;   // [1, 3 V]
  Tensor shape_modes_;   // [I + E, 3 V]
  Tensor albedo_modes_;  // [A, 3 V]
};

}  // namespace fgcn
