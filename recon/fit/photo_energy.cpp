#include "recon/fit/photo_energy.h"

#include <algorithm>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"

namespace fgcn::recon {
namespace {

constexpr double kSmooth = 0.01;  // color difference below which |.| is rounded off
constexpr double kHuber = 2.0;    // standard deviations beyond which a landmark pulls linearly

/// strength * sum w sqrt(|I - J|^2 + s^2) / sum w over the pixels that the face covers now.
Var photo_term(const EnergyTarget& target, const Var& rendered) {
  Tape& tape = rendered.tape();
  // Which pixels count is fixed for the step: no gradient flows through coverage.
  const Var alpha = tape.constant(rendered.value());
  const Var weight =
      ops::mul(tape.constant(target.weight), ops::slice(alpha, {.axis = 3, .begin = 3, .size = 1}));
  const double total = std::max(1e-6, static_cast<double>(ops::sum(weight).value().item()));
  const Var difference = ops::sub(ops::slice(rendered, {.axis = 3, .begin = 0, .size = 3}),
                                  tape.constant(target.photo));
  const Shape pixels{1, target.camera.height, target.camera.width, 1};
  const Var squared = ops::sum_to(ops::square(difference), pixels);
  const Var distance = ops::sqrt(ops::add_scalar(squared, kSmooth * kSmooth));
  return ops::scale(ops::sum(ops::mul(distance, weight)), target.photo_strength / total);
}

/// sum_k 2 h^2 (sqrt(1 + |screen_k - l_k|^2 / (sigma_k h)^2) - 1)
Var landmark_term(const EnergyTarget& target, const Var& screen) {
  Tape& tape = screen.tape();
  const Var points = ops::slice(ops::gather(screen, target.landmark_vertices, {.axis = 1}),
                                {.axis = 2, .begin = 0, .size = 2});
  const Var squared =
      ops::mul(ops::sum_to(ops::square(ops::sub(points, tape.constant(target.landmarks))),
                           {1, target.landmark_vertices.size(), 1}),
               tape.constant(target.landmark_weight));
  const Var rounded = ops::sqrt(ops::add_scalar(ops::scale(squared, 1 / (kHuber * kHuber)), 1));
  return ops::scale(ops::sum(ops::add_scalar(rounded, -1)), 2 * kHuber * kHuber);
}

}  // namespace

Energy photo_energy(const Context& ctx, const MorphableFace& face, const Triangles& mesh,
                    const EnergyTarget& target, const FitVector& x) {
  Tape tape(ctx);
  Vars leaves;
  for (const std::vector<double>& row : x)
    leaves.push_back(tape.leaf(Tensor::of(ctx, {1, static_cast<std::int64_t>(row.size())}, row)));
  const LitFace lit = light_face(mesh, target.camera,
                                 {.vertices = face.vertices(leaves[kIdentity], leaves[kExpression]),
                                  .albedo = face.albedo(leaves[kAlbedo]),
                                  .angles = leaves[kAngles],
                                  .translation = leaves[kTranslation],
                                  .sh_coefficients = leaves[kLight]});
  const Var rendered = render_face(mesh, target.camera, lit);
  const Var loss = ops::add(photo_term(target, rendered), landmark_term(target, lit.screen));
  const Vars grads = tape.grad(loss, leaves);

  Energy out;
  out.value = static_cast<double>(loss.value().item());
  for (int i = 0; i < kFitUnknowns; ++i) {
    const std::vector<real> host = grads[i].value().to_host();
    out.gradient[i].assign(host.begin(), host.end());
    for (std::size_t k = 0; k < x[i].size(); ++k) {
      if (!(target.sigma[i][k] > 0)) continue;
      const double z = (x[i][k] - target.prior[i][k]) / target.sigma[i][k];
      out.value += z * z;
      out.gradient[i][k] += 2 * z / target.sigma[i][k];
    }
  }
  return out;
}

}  // namespace fgcn::recon
