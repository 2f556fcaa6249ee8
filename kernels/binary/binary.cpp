#include "kernels/binary/binary.h"

#include <algorithm>

namespace fgcn::kernels {

const char* name(Binary f) {
  switch (f) {
    case Binary::kAdd:
      return "add";
    case Binary::kSub:
      return "sub";
    case Binary::kMul:
      return "mul";
    case Binary::kDiv:
      return "div";
    case Binary::kMax:
      return "max";
    case Binary::kMin:
      return "min";
    case Binary::kGreater:
      return "greater";
    case Binary::kLess:
      return "less";
  }
  throw Error(text("binary: ", static_cast<int>(f), " is no function"));
}

void refuse_binary_vjp(Binary f) {
  throw Error(text("binary_vjp: no derivative of '", name(f), "'"));
}

Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape out;
  out.rank = std::max(a.rank, b.rank);
  for (int i = 1; i <= out.rank; ++i) {
    const std::int64_t from_a = i <= a.rank ? a[a.rank - i] : 1;
    const std::int64_t from_b = i <= b.rank ? b[b.rank - i] : 1;
    FGCN_CHECK(from_a == from_b || from_a == 1 || from_b == 1, "binary: shapes ", a, " and ", b,
               " do not fit together");
    out.sizes[out.rank - i] = from_a == 1 ? from_b : from_a;
  }
  return out;
}

void binary(const Context& ctx, Binary f, View<const real> a, View<const real> b, View<real> y) {
  const Shape expected = broadcast_shape(a.shape, b.shape);
  FGCN_CHECK(y.shape == expected, "binary: y is ", y.shape, ", expected ", expected);
  FGCN_DISPATCH(ctx, binary, f, a, b, y);
}

void binary_vjp(const Context& ctx, Binary f, View<const real> a, View<const real> b,
                View<const real> grad_y, View<real> grad_a, View<real> grad_b) {
  if (f != Binary::kMul && f != Binary::kDiv && f != Binary::kMax && f != Binary::kMin)
    refuse_binary_vjp(f);
  const Shape expected = broadcast_shape(a.shape, b.shape);
  FGCN_CHECK(grad_y.shape == expected, "binary_vjp: grad_y is ", grad_y.shape, ", expected ",
             expected);
  FGCN_CHECK(grad_a.data == nullptr || grad_a.shape == a.shape, "binary_vjp: grad_a is ",
             grad_a.shape, ", expected ", a.shape);
  FGCN_CHECK(grad_b.data == nullptr || grad_b.shape == b.shape, "binary_vjp: grad_b is ",
             grad_b.shape, ", expected ", b.shape);
  FGCN_DISPATCH(ctx, binary_vjp, f, a, b, grad_y, grad_a, grad_b);
}

}  // namespace fgcn::kernels
