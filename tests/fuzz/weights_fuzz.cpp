// Weights of a tiny face's network: whole files (the first byte even) whose checksums are passed
// over, or changes of right weights (tests/fuzz/script.h). All parts that a file describes are read
// each time. The network itself is built for one input of 64 and for seeds: its random weights
// take longer than all the rest.
#include <cmath>

#include "io/hash.h"
#include "kernels/core/context.h"
#include "kernels/core/rng.h"
#include "recon/refine/albedo_gain.h"
#include "recon/refine/hierarchy_arrays.h"
#include "recon/refine/refinement_model.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/tiny_face.h"

namespace {

using fgcn::io::Safetensors;
using fgcn::recon::RefinementModel;

const fgcn::mesh::FaceModel& face() {
  static const fgcn::mesh::FaceModel out = fgcn::fuzz::tiny_face();
  return out;
}

/// The smallest network that there is, with a gain.
Safetensors right_weights() {
  fgcn::recon::RefinementConfig config;
  config.embedding = 1;
  config.embedding_form = fgcn::recon::EmbeddingForm::kIdentity;
  config.detail_width = 1;
  fgcn::Rng rng(1);
  RefinementModel model(fgcn::Context(fgcn::Device::kCpu, 1), face(), fgcn::fuzz::tiny_hierarchy(),
                        config, rng);
  model.set_gain(fgcn::recon::AlbedoGain{std::vector<float>(fgcn::recon::kGainFeatures, 0.1F),
                                         std::vector<float>(fgcn::recon::kGainFeatures, 1.0F),
                                         std::vector<float>(3 * fgcn::recon::kGainTerms, 0.01F),
                                         {0.1F, 0.0F, -0.1F}});
  return model.weights({});
}

/// The larger arrays of the network: copying them takes longer than reading all the rest.
bool is_large(const fgcn::io::StoredTensor& tensor) { return tensor.data.size() > 2048; }

void read_input(std::span<const std::uint8_t> input) {
  static const Safetensors whole = right_weights();
  static const Safetensors right = [] {
    Safetensors out = whole;
    std::erase_if(out.tensors, [](const auto& one) { return is_large(one.second); });
    return out;
  }();
  fgcn::fuzz::Script script(input);
  Safetensors file;
  if (script.byte() % 2 == 0) {
    file = fgcn::io::parse_safetensors(fgcn::fuzz::without_checksums(script.rest()), "fuzz");
  } else {
    file = changed(right, script);
  }
  const fgcn::recon::RefinementConfig config = fgcn::recon::take_config(file, "fuzz");
  Safetensors again;
  put_config(again, config);
  fgcn::recon::RefinementConfig back;
  fgcn::fuzz::use_accepted([&] { back = fgcn::recon::take_config(again, "again"); });
  FGCN_CHECK(back.generator == config.generator && back.embedding == config.embedding &&
                 back.blend_weight == config.blend_weight && back.output == config.output,
             "weights: the form of the network changed");
  const auto matrices = fgcn::recon::take_hierarchy(file, face().vertices(), "fuzz");
  for (const auto* list : {&matrices.laplacian, &matrices.down, &matrices.up})
    for (const fgcn::Csr& matrix : *list) check(matrix);
  if (const auto gain = fgcn::recon::take_gain(file, "fuzz")) {
    fgcn::recon::GainFeatures features{};
    features[3] = -2;
    for (const float factor : gain->gain(features))
      FGCN_CHECK(factor >= 0.5F && factor <= 2.0F, "weights: a gain of ", factor);
  }
  const bool quick = config.embedding <= 4 && config.generator == "normal";
  if (!quick || (input.size() > 1 && fgcn::hash64(input) % 64 != 0)) return;
  for (const auto& [name, tensor] : whole.tensors)
    if (is_large(tensor)) file.tensors.emplace(name, tensor);
  const RefinementModel model =
      RefinementModel::from_file(fgcn::Context(fgcn::Device::kCpu, 1), face(), file, "fuzz");
  FGCN_CHECK(model.vertices() == face().vertices(), "weights: of another mesh");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
