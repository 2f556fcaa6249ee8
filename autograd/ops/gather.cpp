#include "autograd/ops/gather.h"

#include "kernels/gather/gather.h"

namespace fgcn {

RowIndex::RowIndex(const Context& ctx, std::int64_t rows, const std::vector<std::int32_t>& index)
    : rows_(rows) {
  FGCN_CHECK(rows >= 0, "row index: ", rows, " rows");
  std::vector<std::int32_t> begin(static_cast<std::size_t>(rows) + 1, 0);
  for (const std::int32_t row : index) {
    FGCN_CHECK(row >= 0 && row < rows, "row index: row ", row, " of ", rows);
    ++begin[static_cast<std::size_t>(row) + 1];
  }
  for (std::size_t r = 1; r < begin.size(); ++r) begin[r] += begin[r - 1];
  std::vector<std::int32_t> entry(index.size());
  std::vector<std::int32_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t i = 0; i < index.size(); ++i) {
    entry[static_cast<std::size_t>(next[static_cast<std::size_t>(index[i])]++)] =
        static_cast<std::int32_t>(i);
  }
  const auto count = static_cast<std::int64_t>(index.size());
  index_ = IndexTensor::of(ctx, {count}, index);
  row_begin_ = IndexTensor::of(ctx, {rows + 1}, begin);
  entry_ = IndexTensor::of(ctx, {count}, entry);
}

namespace ops {
namespace {

Shape with_rows(const Shape& shape, int axis, std::int64_t rows) {
  Shape out = shape;
  out.sizes[axis] = rows;
  return out;
}

void check(const char* name, const Var& x, const RowAxis& along, std::int64_t rows) {
  FGCN_CHECK(x.defined(), name, ": the argument is undefined");
  FGCN_CHECK(along.axis >= 0 && along.axis < x.shape().rank, name, ": axis ", along.axis, " of ",
             x.shape());
  FGCN_CHECK(x.dim(along.axis) == rows, name, ": x is ", x.shape(), ", expected ", rows,
             " along axis ", along.axis);
}

}  // namespace

Var gather(const Var& x, const RowIndex& index, const RowAxis& along) {
  check("gather", x, along, index.rows());
  Tape& tape = x.tape();
  Tensor y(tape.context(), with_rows(x.shape(), along.axis, index.size()));
  kernels::gather(tape.context(), x.value().view(), index.index().view(), along.axis, y.view());
  return tape.record("gather", {x}, std::move(y), [index, along](const Var& grad_y) {
    return Vars{scatter_add(grad_y, index, along)};
  });
}

Var scatter_add(const Var& x, const RowIndex& index, const RowAxis& along) {
  check("scatter_add", x, along, index.size());
  Tape& tape = x.tape();
  Tensor y(tape.context(), with_rows(x.shape(), along.axis, index.rows()));
  kernels::scatter_add(tape.context(), x.value().view(),
                       {index.row_begin().view(), index.entry().view()}, along.axis, y.view());
  return tape.record("scatter_add", {x}, std::move(y), [index, along](const Var& grad_y) {
    return Vars{gather(grad_y, index, along)};
  });
}

}  // namespace ops
}  // namespace fgcn
