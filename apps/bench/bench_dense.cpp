#include "apps/bench/bench_case.h"
#include "apps/bench/bench_ops.h"
#include "autograd/ops/conv2d.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/max_pool.h"
#include "kernels/adam/adam.h"
#include "kernels/conv2d/conv2d_vendor.h"
#include "kernels/momentum/momentum.h"

namespace fgcn::bench {
namespace {

void gemm(const Scene& scene, Report& report) {
  const Sizes& s = scene.sizes;
  struct Size {
    std::int64_t m, k, n;
  };
  const std::int64_t square = std::min<std::int64_t>(512, s.dense_in);
  for (const Size& z : {Size{s.batch, s.dense_in, s.dense_out}, Size{square, square, square},
                        Size{s.vertices() * s.batch, 16, 16}}) {
    const double flops = 2 * static_cast<double>(z.m * z.k * z.n);
    time_case(scene, report, "gemm",
              {.variant = text(z.m, " x ", z.k, " x ", z.n),
               .inputs = {uniform(scene.ctx, {z.m, z.k}, 1), uniform(scene.ctx, {z.k, z.n}, 2)},
               .f = [](const Vars& v) { return ops::matmul(v[0], v[1]); },
               .flops = flops,
               .backward_flops = 2 * flops,
               .reads = Backward::kCotangentAndInputs});
  }
}

/// Layers of a small image encoder: from colors, early, middle and late; by cuDNN and by the own
/// kernels where a program has both.
void conv2d(const Scene& scene, Report& report) {
  struct Size {
    std::int64_t shrink, in, out, kernel, stride, pad;
  };
  auto& choices = scene.ctx.runtime().library<kernels::Conv2dChoices>();
  const bool both = kernels::conv2d_has_vendor(scene.ctx);
  for (const Size& z : {Size{1, 3, 32, 7, 2, 3}, Size{1, 4, 24, 7, 4, 3}, Size{4, 24, 48, 3, 2, 1},
                        Size{16, 128, 128, 3, 1, 1}}) {
    const std::int64_t pixels = scene.sizes.pixels / z.shrink;
    const ops::Conv2dOptions options{.stride = z.stride, .pad = z.pad};
    const std::int64_t out = kernels::conv2d_size(pixels, z.kernel, options);
    const double flops =
        2 * static_cast<double>(scene.sizes.batch * out * out * z.kernel * z.kernel * z.in * z.out);
    for (const auto by : {kernels::Conv2dBy::kVendorFirst, kernels::Conv2dBy::kOwnKernels}) {
      const bool own = by == kernels::Conv2dBy::kOwnKernels;
      if (own && !both) continue;
      choices.prefer(by);
      time_case(scene, report, "conv2d",
                {.variant = text(z.in, " -> ", z.out, ", ", z.kernel, " x ", z.kernel, " on ",
                                 pixels, " x ", pixels, own ? ", own kernels" : ""),
                 .inputs = {uniform(scene.ctx, {scene.sizes.batch, pixels, pixels, z.in}, 1),
                            uniform(scene.ctx, {z.kernel, z.kernel, z.in, z.out}, 2)},
                 .f = [&](const Vars& v) { return ops::conv2d(v[0], v[1], options); },
                 .flops = flops,
                 .backward_flops = 2 * flops,
                 .reads = Backward::kCotangentAndInputs});
    }
    choices.prefer(kernels::Conv2dBy::kVendorFirst);
  }
}

/// Behind the first convolution of the identity network: a third of a photo's side, 32 channels.
void max_pool(const Scene& scene, Report& report) {
  const std::int64_t pixels = scene.sizes.pixels / 3, channels = 32;
  const ops::MaxPoolOptions options{.window = 3, .stride = 2};
  const std::int64_t out = kernels::max_pool_size(pixels, options);
  const double results = static_cast<double>(scene.sizes.batch * out * out * channels);
  time_case(scene, report, "max_pool",
            {.variant = text("3 x 3 on ", pixels, " x ", pixels, " x ", channels),
             .inputs = {uniform(scene.ctx, {scene.sizes.batch, pixels, pixels, channels}, 1)},
             .f = [&](const Vars& v) { return ops::max_pool(v[0], options); },
             .flops = 8 * results,
             .backward_flops = 9 * results,
             // The places: written by the forward pass, read by the other.
             .constant_bytes = results * sizeof(std::int32_t)});
  // For second derivatives: the chosen pixels, of another image.
  const Tensor image = uniform(scene.ctx, {scene.sizes.batch, pixels, pixels, channels}, 1);
  Tensor largest(scene.ctx, {scene.sizes.batch, out, out, channels});
  IndexTensor place(scene.ctx, largest.shape());
  kernels::max_pool(scene.ctx, options, image.view(), largest.view(), place.view());
  time_case(scene, report, "max_pool",
            {.variant = "the chosen pixels of another",
             .inputs = {uniform(scene.ctx, image.shape(), 2)},
             .f = [&](const Vars& v) { return ops::max_pool_pick(v[0], place, options); },
             .backward_flops = 9 * results,
             .constant_bytes = results * sizeof(std::int32_t)});
}

/// Not on the tape: a step reads and writes the weights and both moments, and reads the gradient.
void adam(const Scene& scene, Report& report) {
  const Context& ctx = scene.ctx;
  const Sizes& s = scene.sizes;
  const Shape shape{s.dense_in, s.dense_out};
  Tensor w = uniform(ctx, shape, 1);
  Tensor m = Tensor::zeros(ctx, shape), v = Tensor::zeros(ctx, shape);
  const auto size = static_cast<double>(shape.size());
  const kernels::AdamState state{w.view(), m.view(), v.view()};
  const double bytes = 6 * size * sizeof(real);
  // Two for the norm, three for the gradient, three and four for the moments, five for the weight.
  constexpr double kFlops = 17;
  {
    const Tensor grad = uniform(ctx, shape, 2);
    report.time({"adam", "stored gradient", "step", kFlops * size, bytes + size * sizeof(real)},
                [&] { kernels::adam(ctx, {}, state, {.stored = grad.view()}); });
  }
  const Tensor x = uniform(ctx, {s.batch, s.dense_in}, 3);
  const Tensor grad_y = uniform(ctx, {s.batch, s.dense_out}, 4);
  report.time({"adam", text("gradient of rank ", s.batch), "step",
               (kFlops + 2 * static_cast<double>(s.batch)) * size, bytes},
              [&] { kernels::adam(ctx, {}, state, {.x = x.view(), .grad_y = grad_y.view()}); });
}

/// Not on the tape: a step reads and writes the weights and the velocity, and reads the gradient.
void momentum(const Scene& scene, Report& report) {
  const Shape shape{scene.sizes.dense_in, scene.sizes.dense_out};
  Tensor w = uniform(scene.ctx, shape, 1), velocity = Tensor::zeros(scene.ctx, shape);
  const Tensor grad = uniform(scene.ctx, shape, 2);
  const auto size = static_cast<double>(shape.size());
  report.time({"momentum", "", "step", 6 * size, 5 * size * sizeof(real)}, [&] {
    kernels::momentum(scene.ctx, {.l2 = 1e-4}, w.view(), velocity.view(), grad.view());
  });
}

constexpr OpBench kBenches[] = {{"gemm", gemm},
                                {"conv2d", conv2d},
                                {"max_pool", max_pool},
                                {"adam", adam},
                                {"momentum", momentum}};

}  // namespace

std::span<const OpBench> dense_benches() { return kBenches; }

}  // namespace fgcn::bench
