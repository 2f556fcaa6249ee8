#include "layers/morphable_face.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"

namespace fgcn {

MorphableFace::MorphableFace(const Context& ctx, const mesh::FaceModel& model)
    : vertices_(model.vertices()),
      mean_shape_(Tensor::of(ctx, {1, 3 * vertices_}, model.mean_shape)),
      mean_albedo_(Tensor::of(ctx, {1, 3 * vertices_}, model.mean_albedo)),
      albedo_modes_(Tensor::of(ctx, {model.albedo.count, 3 * vertices_}, model.albedo.data)) {
  std::vector<float> modes = model.identity.data;
  modes.insert(modes.end(), model.expression.data.begin(), model.expression.data.end());
  shape_modes_ =
      Tensor::of(ctx, {model.identity.count + model.expression.count, 3 * vertices_}, modes);
}

Var MorphableFace::vertices(const Var& identity, const Var& expression) const {
  Tape& tape = identity.tape();
  const Var weights = ops::concat({identity, expression}, 1);
  const Var offset = ops::matmul(weights, tape.constant(shape_modes_));
  return ops::reshape(ops::add(offset, tape.constant(mean_shape_)),
                      {identity.dim(0), vertices_, 3});
}

Var MorphableFace::albedo(const Var& coefficients) const {
  Tape& tape = coefficients.tape();
  const Var offset = ops::matmul(coefficients, tape.constant(albedo_modes_));
  return ops::reshape(ops::clamp(ops::add(offset, tape.constant(mean_albedo_)), 0, 1),
                      {coefficients.dim(0), vertices_, 3});
}

}  // namespace fgcn
