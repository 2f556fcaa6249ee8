#include "render/face_renderer.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/interpolate.h"
#include "autograd/ops/project.h"
#include "autograd/ops/rasterize.h"
#include "autograd/ops/rigid.h"
#include "autograd/ops/sh_light.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "autograd/ops/vertex_normals.h"

namespace fgcn {

LitFace light_face(const Triangles& mesh, const Camera& camera, const FaceScene& scene) {
  LitFace out;
  out.screen =
      ops::project(camera.pinhole(), ops::rigid(scene.vertices, scene.angles, scene.translation));
  out.normals = ops::rotate(ops::vertex_normals(mesh, scene.vertices), scene.angles);
  out.light = ops::sh_light(out.normals, scene.sh_coefficients);
  out.colors = ops::clamp(ops::mul(scene.albedo, out.light), 0, 1);
  return out;
}

Var render_face(const Triangles& mesh, const Camera& camera, const LitFace& face) {
  Tape& tape = face.screen.tape();
  const Var raster =
      ops::rasterize(face.screen, mesh, {.height = camera.height, .width = camera.width},
                     {.cull = kernels::Cull::kBack});
  const Var ones = tape.constant(
      Tensor::full(tape.context(), {face.screen.dim(0), face.screen.dim(1), 1}, real(1)));
  return ops::interpolate(raster, ops::concat({face.colors, ones}, 2), mesh);
}

}  // namespace fgcn
