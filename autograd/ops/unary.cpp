#include "autograd/ops/unary.h"

#include <memory>

#include "autograd/ops/binary.h"
#include "kernels/unary/unary.h"

namespace fgcn::ops {
namespace {

using kernels::Unary;
using kernels::UnaryFunction;

const char* name(Unary kind) {
  switch (kind) {
    case Unary::kScale:
      return "scale";
    case Unary::kAddScalar:
      return "add_scalar";
    case Unary::kExp:
      return "exp";
    case Unary::kLog:
      return "log";
    case Unary::kSqrt:
      return "sqrt";
    case Unary::kSquare:
      return "square";
    case Unary::kAbs:
      return "abs";
    case Unary::kSin:
      return "sin";
    case Unary::kCos:
      return "cos";
    case Unary::kTanh:
      return "tanh";
    case Unary::kSigmoid:
      return "sigmoid";
    case Unary::kLeakyRelu:
      return "leaky_relu";
    case Unary::kElu:
      return "elu";
    case Unary::kClamp:
      return "clamp";
    case Unary::kReciprocal:
      return "reciprocal";
  }
  return "unary";
}

Tensor apply(const UnaryFunction& f, const Var& x) {
  const Context& ctx = x.tape().context();
  Tensor y(ctx, x.shape());
  kernels::unary(ctx, f, x.value().view(), y.view());
  return y;
}

/// d f'(s) / ds, where s is what the slope is computed from; undefined where it is zero.
Var bend(Unary kind, const Var& s) {
  Tape& tape = s.tape();
  const auto full = [&](real value) {
    return tape.constant(Tensor::full(tape.context(), {1}, value));
  };
  switch (kind) {
    case Unary::kExp:
      return full(1);
    case Unary::kLog:
      return neg(square(reciprocal(s)));
    case Unary::kSqrt:
      return scale(square(reciprocal(s)), -0.5);
    case Unary::kSquare:
      return full(2);
    case Unary::kSin:
      return neg(sin(s));
    case Unary::kCos:
      return neg(cos(s));
    case Unary::kTanh:
    case Unary::kReciprocal:
      return scale(s, -2);
    case Unary::kSigmoid:
      return add_scalar(scale(s, -2), 1);
    case Unary::kElu: {
      // 1 where s <= 0: there f' = s + 1.
      Tensor mask(tape.context(), s.shape());
      const Tensor ones = Tensor::full(tape.context(), s.shape(), real(1));
      kernels::unary_vjp(tape.context(), {Unary::kLeakyRelu, 0}, s.value().view(), ones.view(),
                         mask.view());
      return add_scalar(neg(tape.constant(mask)), 1);
    }
    default:
      return {};
  }
}

/// grad_y f'(s): linear in grad_y, so its own cotangent goes through the same function.
Var slope_times(const UnaryFunction& f, const Var& s, const Var& grad_y) {
  Tape& tape = s.tape();
  Tensor grad_x(tape.context(), s.shape());
  kernels::unary_vjp(tape.context(), f, s.value().view(), grad_y.value().view(), grad_x.view());
  return tape.record(name(f.kind), {s, grad_y}, std::move(grad_x), [f, s, grad_y](const Var& c) {
    Var by_s;
    if (s.requires_grad()) by_s = bend(f.kind, s);
    if (by_s.defined()) by_s = mul(mul(c, grad_y), by_s);
    return Vars{by_s, slope_times(f, s, c)};
  });
}

Var unary(const UnaryFunction& f, const Var& x) {
  FGCN_CHECK(x.defined(), name(f.kind), ": the argument is undefined");
  Tape& tape = x.tape();
  switch (f.kind) {
    case Unary::kScale:
      return tape.record(name(f.kind), {x}, apply(f, x),
                         [f](const Var& grad_y) { return Vars{unary(f, grad_y)}; });
    case Unary::kAddScalar:
      return tape.record(name(f.kind), {x}, apply(f, x),
                         [](const Var& grad_y) { return Vars{grad_y}; });
    default:
      break;
  }
  if (!kernels::derivative_from_output(f.kind)) {
    return tape.record(name(f.kind), {x}, apply(f, x),
                       [f, x](const Var& grad_y) { return Vars{slope_times(f, x, grad_y)}; });
  }
  // The VJP reads the output, which exists once it is recorded; x need not be kept.
  const auto y = std::make_shared<Var>();
  *y = tape.record(name(f.kind), {x}, apply(f, x),
                   [f, y](const Var& grad_y) { return Vars{slope_times(f, *y, grad_y)}; });
  return *y;
}

}  // namespace

Var neg(const Var& x) { return unary({Unary::kScale, -1}, x); }
Var scale(const Var& x, double a) { return unary({Unary::kScale, static_cast<real>(a)}, x); }
Var add_scalar(const Var& x, double a) {
  return unary({Unary::kAddScalar, static_cast<real>(a)}, x);
}
Var exp(const Var& x) { return unary({Unary::kExp}, x); }
Var log(const Var& x) { return unary({Unary::kLog}, x); }
Var sqrt(const Var& x) { return unary({Unary::kSqrt}, x); }
Var square(const Var& x) { return unary({Unary::kSquare}, x); }
Var abs(const Var& x) { return unary({Unary::kAbs}, x); }
Var sin(const Var& x) { return unary({Unary::kSin}, x); }
Var cos(const Var& x) { return unary({Unary::kCos}, x); }
Var tanh(const Var& x) { return unary({Unary::kTanh}, x); }
Var sigmoid(const Var& x) { return unary({Unary::kSigmoid}, x); }
Var relu(const Var& x) { return unary({Unary::kLeakyRelu, 0}, x); }
Var leaky_relu(const Var& x, double slope) {
  return unary({Unary::kLeakyRelu, static_cast<real>(slope)}, x);
}
Var elu(const Var& x) { return unary({Unary::kElu}, x); }
Var clamp(const Var& x, double low, double high) {
  return unary({Unary::kClamp, static_cast<real>(low), static_cast<real>(high)}, x);
}
Var reciprocal(const Var& x) { return unary({Unary::kReciprocal}, x); }

}  // namespace fgcn::ops
