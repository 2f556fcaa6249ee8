#include "apps/bench/bench_case.h"

#include <optional>

namespace fgcn::bench {

void time_case(const Scene& scene, Report& report, const std::string& op, const Case& c) {
  const auto leaves = [&](Tape& tape) {
    Vars xs;
    for (const Tensor& x : c.inputs) xs.push_back(tape.leaf(x));
    return xs;
  };
  Shape shape;
  {
    Tape tape(scene.ctx);
    shape = c.f(leaves(tape)).shape();
  }
  double in = 0;
  for (const Tensor& x : c.inputs) in += static_cast<double>(x.bytes());
  const double out = static_cast<double>(shape.size()) * sizeof(real);
  Work work{op, c.variant, "forward", c.flops, in + c.constant_bytes + out};
  report.time(work, [&] {
    Tape tape(scene.ctx);
    Vars xs;
    for (const Tensor& x : c.inputs) xs.push_back(tape.constant(x));
    (void)c.f(xs);
  });

  const Tensor seed = uniform(scene.ctx, shape, 99);
  work.pass = "backward";
  work.flops = c.backward_flops;
  work.bytes = c.reads == Backward::kNothing ? 0 : out + in + c.constant_bytes;
  if (c.reads == Backward::kCotangentAndInputs) work.bytes += in;
  if (c.reads == Backward::kCotangentAndOutput) work.bytes += out;
  // A walk releases what it has passed, so each needs a record of its own.
  std::optional<Tape> tape;
  Vars xs;
  Var y;
  report.time(
      work,
      [&] {
        y = Var();
        xs.clear();
        tape.emplace(scene.ctx);
        xs = leaves(*tape);
        y = c.f(xs);
      },
      [&] { (void)tape->grad(y, xs, {.seed = tape->constant(seed)}); });
}

}  // namespace fgcn::bench
