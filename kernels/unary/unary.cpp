#include "kernels/unary/unary.h"

namespace fgcn::kernels {
namespace {

constexpr UnaryEntry kEntries[] = {
#define FGCN_UNARY_ENTRY(KIND, NAME, PARAMETERS, FROM, ...) \
  {#NAME, UnaryParameters::PARAMETERS, DerivativeFrom::FROM},
    FGCN_UNARY_FUNCTIONS(FGCN_UNARY_ENTRY)
#undef FGCN_UNARY_ENTRY
};

void check_parameters(const UnaryFunction& f) {
  const UnaryEntry& entry = unary_entry(f.kind);
  if (entry.parameters == UnaryParameters::kSlope)
    FGCN_CHECK(f.p >= 0, entry.name, ": the slope is ", f.p, ", expected at least 0");
  if (entry.parameters == UnaryParameters::kBounds)
    FGCN_CHECK(f.p <= f.q, entry.name, ": the bounds are ", f.p, " and ", f.q);
}

}  // namespace

const UnaryEntry& unary_entry(Unary kind) {
  const auto i = static_cast<int>(kind);
  FGCN_CHECK(i >= 0 && i < kUnaryFunctions, "unary: ", i, " is none of the ", kUnaryFunctions,
             " functions");
  return kEntries[i];
}

void unary(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y) {
  check_parameters(f);
  FGCN_CHECK(y.shape == x.shape, "unary: y is ", y.shape, ", expected ", x.shape);
  FGCN_DISPATCH(ctx, unary, f, x, y);
}

void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
               View<const real> grad_y, View<real> grad_x) {
  check_parameters(f);
  FGCN_CHECK(grad_y.shape == s.shape, "unary_vjp: grad_y is ", grad_y.shape, ", expected ",
             s.shape);
  FGCN_CHECK(grad_x.shape == s.shape, "unary_vjp: grad_x is ", grad_x.shape, ", expected ",
             s.shape);
  FGCN_DISPATCH(ctx, unary_vjp, f, s, grad_y, grad_x);
}

}  // namespace fgcn::kernels
