// Taped arithmetic on two arguments, with repetition of the smaller (kernels/binary/binary.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

/// Order: any for add, sub, mul and div. max and min pass the cotangent to the larger (smaller)
/// operand, to the second one at ties; their second derivative is zero. Without create_graph the
/// VJPs of mul, div, max and min make both cotangents by one kernel, a repeated operand's sum
/// included (kernels::binary_vjp); with it they are made of these operators.
Var add(const Var& a, const Var& b);
Var sub(const Var& a, const Var& b);
Var mul(const Var& a, const Var& b);
Var div(const Var& a, const Var& b);
Var maximum(const Var& a, const Var& b);
Var minimum(const Var& a, const Var& b);

}  // namespace fgcn::ops
