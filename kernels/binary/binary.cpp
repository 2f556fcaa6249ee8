#include "kernels/binary/binary.h"

#include <algorithm>

namespace fgcn::kernels {

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

}  // namespace fgcn::kernels
