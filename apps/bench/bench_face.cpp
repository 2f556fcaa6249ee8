#include <algorithm>

#include "apps/bench/bench_case.h"
#include "apps/bench/bench_ops.h"
#include "autograd/ops/interpolate.h"
#include "autograd/ops/project.h"
#include "autograd/ops/rasterize.h"
#include "autograd/ops/rigid.h"
#include "autograd/ops/sample_image.h"
#include "autograd/ops/sh_light.h"
#include "autograd/ops/vertex_normals.h"
#include "render/camera.h"

namespace fgcn::bench {
namespace {

double points(const Scene& scene) {
  return static_cast<double>(scene.sizes.batch * scene.sizes.vertices());
}

double index_bytes(const Scene& scene) {
  return static_cast<double>(scene.triangles.index().bytes());
}

void project(const Scene& scene, Report& report) {
  const kernels::Pinhole camera = Camera().pinhole();
  time_case(scene, report, "project",
            {.variant = {},
             .inputs = {scene.positions},
             .f = [&](const Vars& v) { return ops::project(camera, v[0]); },
             .flops = 6 * points(scene),
             .backward_flops = 8 * points(scene),
             .reads = Backward::kCotangentAndInputs});
}

void rigid(const Scene& scene, Report& report) {
  const Shape one{scene.sizes.batch, 3};
  time_case(scene, report, "rigid",
            {.variant = {},
             .inputs = {scene.positions, uniform(scene.ctx, one, 1), uniform(scene.ctx, one, 2)},
             .f = [](const Vars& v) { return ops::rigid(v[0], v[1], v[2]); },
             .flops = 18 * points(scene),
             .backward_flops = 36 * points(scene),
             .reads = Backward::kCotangentAndInputs});
}

void sh_light(const Scene& scene, Report& report) {
  Tape tape(scene.ctx);
  const Tensor normals =
      ops::vertex_normals(scene.triangles, tape.constant(scene.positions)).value();
  time_case(scene, report, "sh_light",
            {.variant = {},
             .inputs = {normals, uniform(scene.ctx, {scene.sizes.batch, 27}, 1)},
             .f = [](const Vars& v) { return ops::sh_light(v[0], v[1]); },
             .flops = 66 * points(scene),
             .backward_flops = 130 * points(scene),
             .reads = Backward::kCotangentAndInputs});
}

void vertex_normals(const Scene& scene, Report& report) {
  const double triangles = static_cast<double>(scene.sizes.batch * scene.triangles.index().dim(0));
  time_case(scene, report, "vertex_normals",
            {.variant = {},
             .inputs = {scene.positions},
             .f = [&](const Vars& v) { return ops::vertex_normals(scene.triangles, v[0]); },
             .flops = 24 * triangles + 9 * points(scene),
             .backward_flops = 48 * triangles + 15 * points(scene),
             .reads = Backward::kCotangentAndInputs,
             .constant_bytes = 2 * index_bytes(scene) + 4 * points(scene)});
}

void rasterize(const Scene& scene, Report& report) {
  const ops::ImageSize size{scene.sizes.pixels, scene.sizes.pixels};
  time_case(scene, report, "rasterize",
            {.variant = text(size.height, " x ", size.width),
             .inputs = {scene.screen},
             .f = [&](const Vars& v) { return ops::rasterize(v[0], scene.triangles, size); },
             .reads = Backward::kCotangentAndOutput,
             .constant_bytes = index_bytes(scene)});
}

void interpolate(const Scene& scene, Report& report) {
  const std::vector<real> raster = scene.raster.to_host();
  double covered = 0;
  for (std::size_t i = 3; i < raster.size(); i += 4) covered += raster[i] > 0 ? 1 : 0;
  const Tensor attributes = uniform(scene.ctx, scene.positions.shape(), 1);
  const auto time = [&](const char* variant, const Tensor& input, const Tensor& fixed,
                        double backward_flops, const std::function<Var(const Vars&)>& f) {
    time_case(scene, report, "interpolate",
              {.variant = variant,
               .inputs = {input},
               .f = f,
               .flops = 17 * covered,
               .backward_flops = backward_flops * covered,
               .constant_bytes = index_bytes(scene) + static_cast<double>(fixed.bytes())});
  };
  time("by the attributes", attributes, scene.raster, 18, [&](const Vars& v) {
    return ops::interpolate(v[0].tape().constant(scene.raster), v[0], scene.triangles);
  });
  time("by the raster", scene.raster, attributes, 18, [&](const Vars& v) {
    return ops::interpolate(v[0], v[0].tape().constant(attributes), scene.triangles);
  });
}

/// Every vertex reads the photo where it is seen.
void sample_image(const Scene& scene, Report& report) {
  const std::int64_t pixels = scene.sizes.pixels;
  const Tensor image = uniform(scene.ctx, {scene.sizes.batch, pixels, pixels, 3}, 1, 0, 1);
  const std::vector<real> screen = scene.screen.to_host();
  std::vector<real> flat;
  for (std::size_t i = 0; i < screen.size(); i += 3)
    flat.insert(flat.end(), {screen[i], screen[i + 1]});
  const Tensor places = Tensor::of(scene.ctx, {scene.sizes.batch, scene.sizes.vertices(), 2}, flat);
  time_case(scene, report, "sample_image",
            {.variant = "bilinear",
             .inputs = {image, places},
             .f = [](const Vars& v) { return ops::sample_image(v[0], v[1]); },
             .flops = 29 * points(scene),
             .backward_flops = 60 * points(scene),
             .reads = Backward::kCotangentAndInputs});
  time_case(scene, report, "sample_image",
            {.variant = "rounded, by the image",
             .inputs = {image},
             .f =
                 [&](const Vars& v) {
                   return ops::sample_image(v[0], v[0].tape().constant(places),
                                            ops::Sampling::kRounded);
                 },
             .backward_flops = 3 * points(scene),
             .constant_bytes = static_cast<double>(places.bytes())});
}

constexpr OpBench kBenches[] = {{"project", project},          {"rigid", rigid},
                                {"sh_light", sh_light},        {"vertex_normals", vertex_normals},
                                {"rasterize", rasterize},      {"interpolate", interpolate},
                                {"sample_image", sample_image}};

}  // namespace

std::span<const OpBench> face_benches() { return kBenches; }

}  // namespace fgcn::bench
