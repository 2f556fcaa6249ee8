#include "autograd/ops/slice.h"

#include "kernels/slice/slice.h"

namespace fgcn::ops {
namespace {

void check_axis(const char* name, const Var& x, int axis) {
  FGCN_CHECK(x.defined(), name, ": the argument is undefined");
  FGCN_CHECK(axis >= 0 && axis < x.shape().rank, name, ": axis ", axis, " of ", x.shape());
}

/// The wanted parts at once, for a backward pass that nobody differentiates again.
Vars split(const Var& whole, const std::vector<SliceOptions>& places,
           const std::vector<bool>& wanted) {
  Tape& tape = whole.tape();
  std::vector<Tensor> parts(places.size());
  std::vector<View<real>> views;
  for (std::size_t i = 0; i < places.size(); ++i) {
    Shape shape = whole.shape();
    shape.sizes[places[i].axis] = places[i].size;
    if (wanted[i]) parts[i] = Tensor(tape.context(), shape);
    views.emplace_back(wanted[i] ? parts[i].view().data : nullptr, shape);
  }
  kernels::split(tape.context(), whole.value().view(), places.front().axis, views);
  Vars grads(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (wanted[i]) grads[i] = tape.constant(std::move(parts[i]));
  }
  return grads;
}

}  // namespace

Var slice(const Var& x, const SliceOptions& options) {
  check_axis("slice", x, options.axis);
  FGCN_CHECK(options.size >= 0, "slice: a size of ", options.size);
  const std::int64_t whole = x.dim(options.axis);
  if (options.begin == 0 && options.size == whole) return x;
  Tape& tape = x.tape();
  Shape shape = x.shape();
  shape.sizes[options.axis] = options.size;
  Tensor y(tape.context(), shape);
  kernels::slice(tape.context(), x.value().view(), {options.axis, options.begin}, y.view());
  const PadOptions back{options.axis, options.begin, whole - options.begin - options.size};
  return tape.record("slice", {x}, std::move(y),
                     [back](const Var& grad_y) { return Vars{pad(grad_y, back)}; });
}

Var pad(const Var& x, const PadOptions& options) {
  check_axis("pad", x, options.axis);
  FGCN_CHECK(options.before >= 0 && options.after >= 0, "pad: by ", options.before, " and ",
             options.after, " elements");
  if (options.before == 0 && options.after == 0) return x;
  Tape& tape = x.tape();
  Shape shape = x.shape();
  shape.sizes[options.axis] += options.before + options.after;
  Tensor y(tape.context(), shape);
  kernels::pad(tape.context(), x.value().view(), {options.axis, options.before}, y.view());
  const SliceOptions back{options.axis, options.before, x.dim(options.axis)};
  return tape.record("pad", {x}, std::move(y),
                     [back](const Var& grad_y) { return Vars{slice(grad_y, back)}; });
}

Var concat(const Vars& parts, int axis) {
  FGCN_CHECK(!parts.empty(), "concat: of nothing");
  check_axis("concat", parts.front(), axis);
  if (parts.size() == 1) return parts.front();
  Tape& tape = parts.front().tape();
  Shape shape = parts.front().shape();
  shape.sizes[axis] = 0;
  for (const Var& part : parts) {
    check_axis("concat", part, axis);
    shape.sizes[axis] += part.dim(axis);
  }
  Tensor y(tape.context(), shape);
  std::vector<View<const real>> values;
  std::vector<SliceOptions> places;
  std::vector<bool> wanted;
  std::int64_t begin = 0;
  for (const Var& part : parts) {
    values.push_back(part.value().view());
    places.push_back({axis, begin, part.dim(axis)});
    wanted.push_back(part.requires_grad());
    begin += part.dim(axis);
  }
  kernels::concat(tape.context(), values, axis, y.view());
  return tape.record("concat", parts, std::move(y), [places, wanted](const Var& grad_y) {
    if (!grad_y.tape().recording()) return split(grad_y, places, wanted);
    Vars grads(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (wanted[i]) grads[i] = slice(grad_y, places[i]);
    }
    return grads;
  });
}

}  // namespace fgcn::ops
