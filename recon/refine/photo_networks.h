// The fixed networks that look at a photo for the decoder and for the identity loss.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "autograd/tape.h"
#include "layers/coefficient_regressor.h"
#include "layers/identity_network.h"
#include "recon/refine/refinement_config.h"

namespace fgcn::recon {

/// A user's networks, whose weights never change. Null where there is none. They must outlive it.
struct PhotoNetworks {
  const IdentityNetwork* identity = nullptr;
  const CoefficientRegressor* encoder = nullptr;  // R-Net, for kPooled

  PhotoNetworks() = default;
  PhotoNetworks(const IdentityNetwork* of_identity,
                const CoefficientRegressor* of_encoder = nullptr)
      : identity(of_identity), encoder(of_encoder) {}
};

/// The networks themselves, where they have no other owner.
struct LoadedNetworks {
  std::optional<IdentityNetwork> identity;
  std::optional<CoefficientRegressor> encoder;

  PhotoNetworks fixed() const {
    return {identity ? &*identity : nullptr, encoder ? &*encoder : nullptr};
  }
};

/// Whether these weights take R-Net's means.
bool takes_encoder(const RefinementConfig& config);

/// Whether weights of this configuration can be used with those networks.
/// Errors   InputError naming `where`: a network that the embedding is made of is missing, is of
///          another kind, gives another count of numbers, or has other weights than the one that
///          they were trained with.
void check_networks(const RefinementConfig& config, const PhotoNetworks& networks,
                    const std::string& where);

/// R-Net in any container that io/arrays/read_weights.h takes.
/// Errors   InputError naming the file and what it lacks.
CoefficientRegressor load_encoder(const Context& ctx, const std::filesystem::path& path);

/// The networks that an embedding of this form is made of, with the hashes of their weights; empty
/// for kPatches. RefinementConfig::networks.
std::string networks_text(EmbeddingForm form, const PhotoNetworks& networks);

/// Results of the networks for N crops.
struct CropNumbers {
  Var features;   // [N, F] what the identity loss compares (IdentityNetwork::Output)
  Var embedding;  // [N, E] for the decoder, not scaled; undefined for kPatches
};

/// Whether both are one array: what the loss compares is what the decoder takes.
bool one_result(const PhotoNetworks& networks, EmbeddingForm form);

/// kPooled: R-Net's means of the crop, then FaceNet's of the window; FaceNet's alone without R-Net.
///
///   crops    [N, S, S, 3] RGB, sRGB-encoded, [0, 1]; read for kPooled with R-Net only, 224 x 224
///   windows  [N, side, side, 3] the part of them that the identity network looks at
///
/// Order    any.
/// Source   Lin et al., CVPR 2020, and their public code.
CropNumbers crop_numbers(const PhotoNetworks& networks, EmbeddingForm form, const Var& crops,
                         const Var& windows);

}  // namespace fgcn::recon
