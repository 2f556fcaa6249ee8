#include "layers/spectral_norm.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/reduce.h"
#include "kernels/binary/binary.h"
#include "kernels/gemm/gemm.h"
#include "kernels/reduce/reduce.h"
#include "kernels/unary/unary.h"

namespace fgcn {
namespace {

Shape matrix_of(const std::string& name, const Shape& weight) {
  FGCN_CHECK(weight.rank > 0 && weight.size() > 0, name, ": spectral norm of a weight of ", weight);
  const std::int64_t columns = weight[weight.rank - 1];
  return {weight.size() / columns, columns};
}

/// x / |x|, in place.
void scale_to_one(const Context& ctx, Tensor& x) {
  Tensor squares(ctx, x.shape()), norm(ctx, {1});
  kernels::unary(ctx, {kernels::Unary::kSquare}, x.view(), squares.view());
  kernels::reduce_sum(ctx, squares.view(), norm.view());
  kernels::unary(ctx, {kernels::Unary::kSqrt}, norm.view(), norm.view());
  kernels::binary(ctx, kernels::Binary::kDiv, x.view(), norm.view(), x.view());
}

}  // namespace

SpectralNorm::SpectralNorm(const std::string& name, const Tensor& weight, Rng rng)
    : shape_(weight.shape()), matrix_(matrix_of(name, shape_)) {
  const Context& ctx = weight.context();
  std::vector<double> direction(static_cast<std::size_t>(matrix_[1]));
  for (double& u : direction) u = rng.normal();
  left_ = {name + ".left", Tensor(ctx, {1, matrix_[0]})};
  right_ = {name + ".right", Tensor::of(ctx, {1, matrix_[1]}, direction)};
  for (int i = 0; i < kFirstSteps; ++i) advance(weight);
}

void SpectralNorm::advance(const Tensor& weight) {
  FGCN_CHECK(weight.shape() == shape_, right_.name, ": the weight is ", weight.shape(),
             ", expected ", shape_);
  const Context& ctx = weight.context();
  const Tensor matrix = weight.reshaped(matrix_);
  // Vectors are rows: the product then reads the matrix once, as it lies in memory.
  kernels::gemm(ctx, {.transpose_b = kernels::Transpose::kYes}, right_.value.view(), matrix.view(),
                left_.value.view());
  scale_to_one(ctx, left_.value);
  kernels::gemm(ctx, {}, left_.value.view(), matrix.view(), right_.value.view());
  scale_to_one(ctx, right_.value);
}

Var SpectralNorm::operator()(const Var& weight) const {
  FGCN_CHECK(weight.shape() == shape_, right_.name, ": the weight is ", weight.shape(),
             ", expected ", shape_);
  Tape& tape = weight.tape();
  const Var across = ops::matmul(tape.constant(left_.value), ops::reshape(weight, matrix_));  // v W
  const Var sigma =
      ops::matmul(across, tape.constant(right_.value), {.transpose_b = ops::Transpose::kYes});
  return ops::div(weight, ops::reshape(sigma, {1}));
}

void SpectralNorm::add_running_to(std::vector<Parameter*>& running) {
  running.push_back(&left_);
  running.push_back(&right_);
}

}  // namespace fgcn
