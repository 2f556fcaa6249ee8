#include "recon/refine/photo_networks.h"

#include <cstdio>

#include "autograd/ops/slice.h"
#include "io/arrays/read_weights.h"
#include "kernels/core/error.h"

namespace fgcn::recon {
namespace {

std::string named(const char* network, std::uint64_t hash) {
  char out[64];
  std::snprintf(out, sizeof out, "%s %016llx", network, static_cast<unsigned long long>(hash));
  return out;
}

/// R-Net's part of a pooled embedding, 0 without one.
std::int64_t encoder_size(const PhotoNetworks& networks) {
  return networks.encoder == nullptr ? 0 : networks.encoder->pooled_size();
}

void check_pooled(const RefinementConfig& config, const PhotoNetworks& networks,
                  const std::string& where) {
  if (!networks.identity->is_facenet())
    input_error(where,
                ": these weights take the means of FaceNet's last block, but --identity is dlib's "
                "network; give FaceNet's weights");
  const std::int64_t of_facenet = networks.identity->feature_size();
  if (config.embedding > of_facenet && networks.encoder == nullptr)
    input_error(where, ": these weights take ", config.embedding,
                " numbers of R-Net and FaceNet; give R-Net's file with --encoder "
                "(docs/guide/original.md)");
  const std::int64_t numbers = encoder_size(networks) + of_facenet;
  if (numbers == config.embedding) return;
  if (networks.encoder != nullptr && config.embedding == of_facenet)
    input_error(where, ": these weights take FaceNet's ", config.embedding,
                " numbers alone; leave --encoder out");
  input_error(where, ": these weights take an embedding of ", config.embedding,
              " numbers, but the networks give ", numbers,
              "; give those that they were trained with");
}

}  // namespace

bool takes_encoder(const RefinementConfig& config) {
  return config.embedding_form == EmbeddingForm::kPooled && config.embedding > FaceNet::kPooledSize;
}

void check_networks(const RefinementConfig& config, const PhotoNetworks& networks,
                    const std::string& where) {
  const EmbeddingForm form = config.embedding_form;
  if (form == EmbeddingForm::kPatches) return;
  if (networks.identity == nullptr)
    input_error(where,
                ": these weights take a face's identity; give the identity network's file with "
                "--identity (docs/dev/identity-network.md)");
  if (form == EmbeddingForm::kPooled) check_pooled(config, networks, where);
  const std::int64_t numbers = networks.identity->sizes().embedding;
  if (form == EmbeddingForm::kIdentity && numbers != config.embedding)
    input_error(where, ": these weights take an identity of ", config.embedding,
                " numbers, but the identity network gives ", numbers,
                "; give the one that they were trained with");
  const std::string given = networks_text(form, networks);
  if (!config.networks.empty() && config.networks != given)
    input_error(where, ": these weights were trained with other networks (", config.networks,
                ") than those given (", given, "); give the files that they were trained with");
}

CoefficientRegressor load_encoder(const Context& ctx, const std::filesystem::path& path) {
  return {ctx, io::read_weights(path), path.string()};
}

std::string networks_text(EmbeddingForm form, const PhotoNetworks& networks) {
  if (form == EmbeddingForm::kPatches) return {};
  FGCN_CHECK(networks.identity != nullptr, "photo networks: no identity network");
  std::string out;
  if (form == EmbeddingForm::kPooled && networks.encoder != nullptr)
    out = named("R-Net", networks.encoder->weights_hash()) + ", ";
  return out + named(networks.identity->is_facenet() ? "FaceNet" : "dlib's network",
                     networks.identity->weights_hash());
}

bool one_result(const PhotoNetworks& networks, EmbeddingForm form) {
  if (form == EmbeddingForm::kIdentity) return !networks.identity->is_facenet();
  return form == EmbeddingForm::kPooled && networks.encoder == nullptr;
}

CropNumbers crop_numbers(const PhotoNetworks& networks, EmbeddingForm form, const Var& crops,
                         const Var& windows) {
  FGCN_CHECK(networks.identity != nullptr, "photo networks: no identity network");
  const IdentityNetwork::Output whose = networks.identity->run(windows);
  switch (form) {
    case EmbeddingForm::kPatches:
      return {whose.features, {}};
    case EmbeddingForm::kIdentity:
      return {whose.features, whose.embedding};
    case EmbeddingForm::kPooled:
      break;
  }
  if (networks.encoder == nullptr) return {whose.features, whose.features};
  return {whose.features, ops::concat({(*networks.encoder)(crops).pooled, whose.features}, 1)};
}

}  // namespace fgcn::recon
