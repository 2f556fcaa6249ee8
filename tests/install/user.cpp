// user FOLDER: exit 0 when an operator runs on the CPU and the default weights are found in FOLDER.
#include <fgcn/fgcn.h>

#include <cstdio>

#include "io/image.h"

// An exception ends it with a message, which is a failure too.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const fgcn::Context ctx;
  fgcn::Tape tape(ctx);
  const fgcn::Var x = tape.leaf(fgcn::Tensor::full(ctx, {2, 5}, 3));
  const fgcn::Var y = fgcn::ops::sum(fgcn::ops::square(x));
  const fgcn::real slope = tape.grad(y, {x})[0].value().to_host().back();
  const auto weights = fgcn::find_resource("default_weights.safetensors");
  std::printf("sum of squares %g, derivative %g, weights %s\n", y.value().item(), slope,
              weights ? weights->c_str() : "not found");
  const bool found = weights && weights->parent_path() == std::filesystem::canonical(argv[1]);
  return y.value().item() == 90 && slope == 6 && found && user::kImage == 3 ? 0 : 1;
}
