#include "autograd/tensor.h"

#include <utility>

#include "kernels/cheb_conv/csr_tiles.h"

namespace fgcn {

std::shared_ptr<const SparseOperator::Half> SparseOperator::half(const Context& ctx, const Csr& a) {
  auto out = std::make_shared<Half>();
  out->rows = a.rows;
  out->cols = a.cols;
  out->row_begin = IndexTensor::of(ctx, {a.rows + 1}, a.row_begin);
  out->col = IndexTensor::of(ctx, {a.nnz()}, a.col);
  out->value = Tensor::of(ctx, {a.nnz()}, a.value);
  return out;
}

SparseOperator::SparseOperator(const Context& ctx, const Csr& a) {
  check(a);
  const Csr t = transpose(a);
  symmetric_ =
      a.rows == a.cols && a.row_begin == t.row_begin && a.col == t.col && a.value == t.value;
  forward_ = half(ctx, a);
  if (symmetric_ && ctx.device() != Device::kCpu) tiles_ = std::make_shared<const CsrTiles>(a);
  backward_ = symmetric_ ? forward_ : half(ctx, t);
}

CsrView SparseOperator::view() const {
  FGCN_CHECK(forward_ != nullptr, "sparse operator: used before it was made");
  return {forward_->rows,       forward_->cols,
          forward_->col.size(), forward_->row_begin.data(),
          forward_->col.data(), forward_->value.data(),
          tiles_.get()};
}

SparseOperator SparseOperator::transposed() const {
  SparseOperator out = *this;
  std::swap(out.forward_, out.backward_);
  return out;
}

}  // namespace fgcn
