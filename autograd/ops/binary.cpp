#include "autograd/ops/binary.h"

#include <utility>

#include "autograd/ops/reduce.h"
#include "kernels/binary/binary.h"

namespace fgcn::ops {
namespace {

using kernels::Binary;

Tensor apply(Binary f, const Var& a, const Var& b) {
  FGCN_CHECK(a.defined() && b.defined(), "binary: an operand is undefined");
  const Context& ctx = a.tape().context();
  Tensor y(ctx, kernels::broadcast_shape(a.shape(), b.shape()));
  kernels::binary(ctx, f, a.value().view(), b.value().view(), y.view());
  return y;
}

Var negated(const Var& x) {
  Tape& tape = x.tape();
  return mul(x, tape.constant(Tensor::full(tape.context(), {1}, real(-1))));
}

/// Both cotangents by one kernel, for a backward pass that nobody differentiates again.
Vars at_once(Binary f, const Var& a, const Var& b, const Var& grad_y) {
  Tape& tape = grad_y.tape();
  const Context& ctx = tape.context();
  Tensor grad_a, grad_b;
  if (tape.wants(0)) grad_a = Tensor(ctx, a.shape());
  if (tape.wants(1)) grad_b = Tensor(ctx, b.shape());
  const auto view = [](Tensor& grad) { return grad.defined() ? grad.view() : View<real>(); };
  kernels::binary_vjp(ctx, f, a.value().view(), b.value().view(), grad_y.value().view(),
                      view(grad_a), view(grad_b));
  const auto constant = [&](Tensor& grad) {
    return grad.defined() ? tape.constant(std::move(grad)) : Var();
  };
  return {constant(grad_a), constant(grad_b)};
}

/// Whether that reads less than a product for each: for two of them, and for one that is summed.
bool at_once_pays(const Var& a, const Var& b, const Var& grad_y) {
  const bool need_a = grad_y.tape().wants(0), need_b = grad_y.tape().wants(1);
  if (need_a && need_b) return true;
  return (need_a ? a : b).size() != grad_y.size();
}

/// 1 where a is chosen over b, else 0; a constant.
Var chosen(Binary f, const Var& a, const Var& b) {
  return a.tape().constant(apply(f == Binary::kMax ? Binary::kGreater : Binary::kLess, a, b));
}

Var select(Binary f, const char* name, const Var& a, const Var& b) {
  return a.tape().record(name, {a, b}, apply(f, a, b), [f, a, b](const Var& grad_y) {
    if (!grad_y.tape().recording()) return at_once(f, a, b, grad_y);
    const Var from_a = mul(grad_y, chosen(f, a, b));
    return Vars{sum_to(from_a, a.shape()), sum_to(sub(grad_y, from_a), b.shape())};
  });
}

}  // namespace

Var add(const Var& a, const Var& b) {
  return a.tape().record("add", {a, b}, apply(Binary::kAdd, a, b),
                         [sa = a.shape(), sb = b.shape()](const Var& grad_y) {
                           const Tape& walk = grad_y.tape();
                           return Vars{walk.wants(0) ? sum_to(grad_y, sa) : Var(),
                                       walk.wants(1) ? sum_to(grad_y, sb) : Var()};
                         });
}

Var sub(const Var& a, const Var& b) {
  return a.tape().record("sub", {a, b}, apply(Binary::kSub, a, b),
                         [sa = a.shape(), sb = b.shape()](const Var& grad_y) {
                           const Tape& walk = grad_y.tape();
                           return Vars{walk.wants(0) ? sum_to(grad_y, sa) : Var(),
                                       walk.wants(1) ? negated(sum_to(grad_y, sb)) : Var()};
                         });
}

Var mul(const Var& a, const Var& b) {
  return a.tape().record("mul", {a, b}, apply(Binary::kMul, a, b), [a, b](const Var& grad_y) {
    const Tape& walk = grad_y.tape();
    const bool need_a = walk.wants(0), need_b = walk.wants(1);
    if (!walk.recording() && at_once_pays(a, b, grad_y)) return at_once(Binary::kMul, a, b, grad_y);
    return Vars{need_a ? sum_to(mul(grad_y, b), a.shape()) : Var(),
                need_b ? sum_to(mul(grad_y, a), b.shape()) : Var()};
  });
}

Var div(const Var& a, const Var& b) {
  return a.tape().record("div", {a, b}, apply(Binary::kDiv, a, b), [a, b](const Var& grad_y) {
    const Tape& walk = grad_y.tape();
    const bool need_a = walk.wants(0), need_b = walk.wants(1);
    if (!walk.recording() && (need_b || at_once_pays(a, b, grad_y)))
      return at_once(Binary::kDiv, a, b, grad_y);
    const Var from_a = div(grad_y, b);
    return Vars{need_a ? sum_to(from_a, a.shape()) : Var(),
                need_b ? negated(sum_to(mul(from_a, div(a, b)), b.shape())) : Var()};
  });
}

Var maximum(const Var& a, const Var& b) { return select(Binary::kMax, "maximum", a, b); }
Var minimum(const Var& a, const Var& b) { return select(Binary::kMin, "minimum", a, b); }

}  // namespace fgcn::ops
