#include "autograd/ops/unary.h"

#include <memory>

#include "autograd/ops/binary.h"
#include "kernels/unary/unary_math.h"

namespace fgcn::ops {
namespace {

using kernels::DerivativeFrom;
using kernels::Unary;
using kernels::UnaryFunction;

/// Operators that the table's second derivatives are written in.
struct TapedOps {
  using Value = Var;

  Tape& tape;

  Var zero() const { return {}; }
  Var constant(double value) const {
    return tape.constant(Tensor::full(tape.context(), {1}, static_cast<real>(value)));
  }
  Var neg(const Var& s) const { return ops::neg(s); }
  /// 1 where s <= 0, else 0; a constant.
  Var one_where_not_positive(const Var& s) const {
    Tensor positive(tape.context(), s.shape());
    const Tensor ones = Tensor::full(tape.context(), s.shape(), real(1));
    kernels::unary_vjp(tape.context(), {Unary::kLeakyRelu, 0}, s.value().view(), ones.view(),
                       positive.view());
    return add_scalar(neg(tape.constant(positive)), 1);
  }
#define FGCN_UNARY_METHOD(KIND, NAME, ...)           \
  template <class... Numbers>                        \
  Var NAME(const Var& s, Numbers... numbers) const { \
    return ops::NAME(s, numbers...);                 \
  }
  FGCN_UNARY_FUNCTIONS(FGCN_UNARY_METHOD)
#undef FGCN_UNARY_METHOD
};

template <Unary kF>
real constant_derivative(const UnaryFunction& f) {
  return kernels::UnaryMath<kF>::derivative(real(0), f.p, f.q);
}
template <Unary kF>
Var second_derivative(const Var& s) {
  return kernels::UnaryMath<kF>::second_derivative(TapedOps{s.tape()}, s);
}

const UnaryRule& rule_of(Unary kind) {
  static constexpr UnaryRule kRules[] = {
#define FGCN_UNARY_RULE(KIND, NAME, PARAMETERS, FROM, ...) \
  {#NAME,                                                  \
   DerivativeFrom::FROM,                                   \
   kernels::unary,                                         \
   kernels::unary_vjp,                                     \
   constant_derivative<Unary::KIND>,                       \
   second_derivative<Unary::KIND>},
      FGCN_UNARY_FUNCTIONS(FGCN_UNARY_RULE)
#undef FGCN_UNARY_RULE
  };
  kernels::unary_entry(kind);  // throws where there is no such row
  return kRules[static_cast<int>(kind)];
}

/// grad_y f'(s): linear in grad_y, so its own cotangent goes through the same function.
Var derivative_times(const UnaryRule& rule, const UnaryFunction& f, const Var& s,
                     const Var& grad_y) {
  Tape& tape = s.tape();
  Tensor grad_x(tape.context(), s.shape());
  rule.vjp(tape.context(), f, s.value().view(), grad_y.value().view(), grad_x.view());
  return tape.record(rule.name, {s, grad_y}, std::move(grad_x),
                     [rule, f, s, grad_y](const Var& cotangent) {
                       Var by_s;
                       if (s.requires_grad()) {
                         FGCN_CHECK(rule.second_derivative != nullptr, rule.name,
                                    ": no rule for its second derivative");
                         by_s = rule.second_derivative(s);
                       }
                       if (by_s.defined()) by_s = mul(mul(cotangent, grad_y), by_s);
                       return Vars{by_s, derivative_times(rule, f, s, cotangent)};
                     });
}

}  // namespace

Var unary(const UnaryRule& rule, const UnaryFunction& f, const Var& x) {
  FGCN_CHECK(x.defined(), rule.name, ": the argument is undefined");
  Tape& tape = x.tape();
  Tensor value(tape.context(), x.shape());
  rule.value(tape.context(), f, x.value().view(), value.view());
  if (rule.from == DerivativeFrom::kConstant) {
    FGCN_CHECK(rule.constant_derivative != nullptr, rule.name, ": no rule for its derivative");
    return tape.record(rule.name, {x}, std::move(value),
                       [factor = rule.constant_derivative(f)](const Var& grad_y) {
                         return Vars{factor == 1 ? grad_y : scale(grad_y, factor)};
                       });
  }
  FGCN_CHECK(rule.vjp != nullptr, rule.name, ": no rule for its derivative");
  if (rule.from == DerivativeFrom::kInput) {
    return tape.record(rule.name, {x}, std::move(value), [rule, f, x](const Var& grad_y) {
      return Vars{derivative_times(rule, f, x, grad_y)};
    });
  }
  // The VJP reads the output, which exists once it is recorded; x need not be kept.
  const auto y = std::make_shared<Var>();
  *y = tape.record(rule.name, {x}, std::move(value), [rule, f, y](const Var& grad_y) {
    return Vars{derivative_times(rule, f, *y, grad_y)};
  });
  return *y;
}

Var unary(const UnaryFunction& f, const Var& x) { return unary(rule_of(f.kind), f, x); }

#define FGCN_UNARY_GIVES_kNone 0
#define FGCN_UNARY_GIVES_kNumber static_cast<real>(number)
#define FGCN_UNARY_GIVES_kSlope static_cast<real>(slope)
#define FGCN_UNARY_GIVES_kBounds static_cast<real>(low), static_cast<real>(high)
#define FGCN_UNARY_OPERATOR(KIND, NAME, PARAMETERS, ...)           \
  Var NAME FGCN_UNARY_TAKES_##PARAMETERS {                         \
    return unary({Unary::KIND, FGCN_UNARY_GIVES_##PARAMETERS}, x); \
  }
FGCN_UNARY_FUNCTIONS(FGCN_UNARY_OPERATOR)
#undef FGCN_UNARY_OPERATOR

Var neg(const Var& x) { return scale(x, -1); }
Var relu(const Var& x) { return leaky_relu(x, 0); }

}  // namespace fgcn::ops
