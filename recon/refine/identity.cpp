#include "recon/refine/identity.h"

#include <cmath>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"

namespace fgcn::recon {

ChipMap whole_crop(std::int64_t from, std::int64_t to) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  // The middles of the first pixels lie on each other.
  return {step, 0, (1 - step) / 2, (1 - step) / 2};
}

IdentitySimilarity identity_similarity(std::span<const real> a, std::span<const real> b) {
  FGCN_CHECK(!a.empty() && a.size() == b.size(), "identity_similarity: embeddings of ", a.size(),
             " and ", b.size(), " numbers");
  double apart = 0, dot = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    apart += (x - y) * (x - y);
    dot += x * y;
    of_a += x * x;
    of_b += y * y;
  }
  FGCN_CHECK(of_a > 0 && of_b > 0 && std::isfinite(of_a + of_b),
             "identity_similarity: an embedding of length ", std::sqrt(of_a), " or ",
             std::sqrt(of_b));
  return {std::sqrt(apart), dot / std::sqrt(of_a * of_b)};
}

std::vector<real> identity_embedding(const Context& ctx, const IdentityNetwork& network,
                                     const Image8& rgb, const photo::Landmarks& landmarks) {
  const std::int64_t side = network.sizes().side;
  Tape tape(ctx, Record::kNothing);
  if (network.is_facenet()) {
    FGCN_CHECK(rgb.height == rgb.width, "identity_embedding: FaceNet looks at a crop, not at ",
               rgb.height, " x ", rgb.width, " pixels");
    const Var crop =
        tape.constant(Tensor::of(ctx, {1, rgb.height, rgb.width, 3}, to_float(rgb).pixels));
    const Var chip = face_chip(crop, {whole_crop(rgb.height, side)}, {.side = side});
    return network(chip).value().to_host();
  }
  const Image8 chip = photo::cut_face_chip(rgb, photo::face_chip_view(landmarks, {.side = side}));
  const Var x = tape.constant(Tensor::of(ctx, {1, side, side, 3}, to_float(chip).pixels));
  return network(x).value().to_host();
}

ChipMap chip_map(const photo::View& view) {
  const double a = std::cos(view.angle) / view.scale, b = -std::sin(view.angle) / view.scale;
  const photo::Point corner = view.to_image({0, 0});
  return {a, b, corner.x, corner.y};
}

Var identity_loss(const Var& a, const Var& b) {
  FGCN_CHECK(a.defined() && b.defined() && a.shape().rank == 2 && a.shape() == b.shape(),
             "identity_loss: embeddings ", a.shape(), " and ", b.shape(),
             ", expected [N, E] twice");
  const Shape each{a.dim(0), 1};
  const auto dot = [&](const Var& x, const Var& y) { return ops::sum_to(ops::mul(x, y), each); };
  const Var cosine = ops::div(dot(a, b), ops::sqrt(ops::mul(dot(a, a), dot(b, b))));
  return ops::add_scalar(ops::neg(ops::mean(cosine)), 1);
}

}  // namespace fgcn::recon
