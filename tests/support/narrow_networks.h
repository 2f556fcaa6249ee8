// R-Net and FaceNet with a sixteenth of their channels: a user's networks, fast enough for tests.
#pragma once

#include "kernels/core/rng.h"
#include "layers/coefficient_regressor.h"
#include "layers/facenet.h"
#include "layers/identity_network.h"
#include "recon/refine/photo_networks.h"

namespace fgcn::test {

inline constexpr std::int64_t kNarrow = 16;

struct NarrowNetworks {
  NarrowNetworks(const Context& ctx, std::uint64_t seed) : NarrowNetworks(ctx, arrays(seed)) {}

  recon::PhotoNetworks fixed() const { return {&identity, &encoder}; }

  IdentityNetwork identity;
  FaceNet facenet;  // the same weights
  CoefficientRegressor encoder;

 private:
  struct Arrays {
    io::Safetensors facenet, encoder;
  };
  static Arrays arrays(std::uint64_t seed) {
    Rng rng(seed);
    Arrays out;
    out.facenet = FaceNet::untrained(WeightNames::kTorch, rng, {kNarrow});
    out.encoder = CoefficientRegressor::untrained(RegressorEdition::kTorch, rng, {kNarrow});
    return out;
  }
  NarrowNetworks(const Context& ctx, const Arrays& of)
      : identity(ctx, facenet_identity(of.facenet, "facenet", kNarrow)),
        facenet(ctx, of.facenet, "facenet", {kNarrow}),
        encoder(ctx, of.encoder, "encoder", {kNarrow}) {}
};

}  // namespace fgcn::test
