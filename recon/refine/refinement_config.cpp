#include "recon/refine/refinement_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "layers/generator.h"

namespace fgcn::recon {
namespace {

constexpr std::int64_t kMostSize = 4096;
constexpr std::size_t kMostNetworks = 200;  // bytes of their text

template <class T, std::size_t count = 2>
using Names = std::array<std::pair<std::string_view, T>, count>;

constexpr Names<OutputForm> kOutputs{
    {{"residual", OutputForm::kResidual}, {"plain", OutputForm::kPlain}}};
constexpr Names<InputForm> kInputs{
    {{"base", InputForm::kBase}, {"projected", InputForm::kProjected}}};
constexpr Names<Activation> kActivations{
    {{"bias-elu", Activation::kBiasElu}, {"relu", Activation::kRelu}}};
constexpr Names<BranchOutput> kBranchOutputs{
    {{"linear", BranchOutput::kLinear}, {"activated", BranchOutput::kActivated}}};
constexpr Names<WeightForm> kWeightForms{
    {{"equalised", WeightForm::kEqualised}, {"plain", WeightForm::kPlain}}};
constexpr Names<EmbeddingForm, 3> kEmbeddings{{{"patches", EmbeddingForm::kPatches},
                                               {"identity", EmbeddingForm::kIdentity},
                                               {"pooled", EmbeddingForm::kPooled}}};

template <class T, std::size_t count>
std::string name_of(const Names<T, count>& names, T value) {
  for (const auto& [name, known] : names)
    if (known == value) return std::string(name);
  FGCN_CHECK(false, "refinement config: a form without a name");
  return {};
}

template <class T, std::size_t count>
T value_of(const Names<T, count>& names, const std::string& key, const std::string& name,
           const std::string& where) {
  std::string all;
  for (const auto& [known, value] : names) {
    if (name == known) return value;
    all += (all.empty() ? "" : " or ") + std::string(known);
  }
  input_error(where, ": '", key, "' is '", name, "', expected ", all);
}

/// Text of the metadata, or the value that files of earlier versions stand for.
std::string text_or(const io::Safetensors& file, const std::string& key,
                    const std::string& otherwise) {
  const auto found = file.metadata.find(key);
  return found == file.metadata.end() ? otherwise : found->second;
}

template <class T>
bool parse(const std::string& value, T& out) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  return error == std::errc() && end == value.data() + value.size();
}

std::int64_t size_of(const io::Safetensors& file, const std::string& key,
                     const std::string& where) {
  const std::string value = metadata_text(file, key, where);
  std::int64_t out = -1;
  if (!parse(value, out) || out < 0 || out > kMostSize)
    input_error(where, ": '", key, "' is '", value, "', expected a number up to ", kMostSize);
  return out;
}

}  // namespace

RefinementConfig RefinementConfig::reference() {
  RefinementConfig out;
  out.output = OutputForm::kPlain;
  out.input = InputForm::kProjected;
  out.branch_output = BranchOutput::kActivated;
  out.weights = WeightForm::kPlain;
  out.detail_width = 0;
  out.blend_weight = 0;
  return out;
}

RefinementConfig RefinementConfig::paper() {
  RefinementConfig out = reference();
  out.generator = "resnet";
  out.activation = Activation::kRelu;
  return out;
}

std::string name_of(EmbeddingForm form) { return name_of(kEmbeddings, form); }

std::string metadata_text(const io::Safetensors& file, const std::string& key,
                          const std::string& where) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) {
    input_error(where, ": is not a file of refinement weights (no '", key,
                "'); give one that fgcn_train wrote");
  }
  return found->second;
}

void put_config(io::Safetensors& file, const RefinementConfig& config) {
  file.metadata["output"] = name_of(kOutputs, config.output);
  file.metadata["input"] = name_of(kInputs, config.input);
  file.metadata["generator"] = config.generator;
  file.metadata["activation"] = name_of(kActivations, config.activation);
  file.metadata["branch output"] = name_of(kBranchOutputs, config.branch_output);
  file.metadata["weights"] = name_of(kWeightForms, config.weights);
  file.metadata["embedding form"] = name_of(kEmbeddings, config.embedding_form);
  file.metadata["embedding"] = std::to_string(config.embedding);
  if (!config.networks.empty()) file.metadata["embedding networks"] = config.networks;
  file.metadata["detail width"] = std::to_string(config.detail_width);
  file.metadata["blend weight"] = text(config.blend_weight);
}

RefinementConfig take_config(const io::Safetensors& file, const std::string& where) {
  const RefinementConfig before;
  RefinementConfig out;
  out.output = value_of(kOutputs, "output", metadata_text(file, "output", where), where);
  const auto choice = [&](const auto& names, const char* key, auto otherwise) {
    return value_of(names, key, text_or(file, key, name_of(names, otherwise)), where);
  };
  out.input = choice(kInputs, "input", before.input);
  out.activation = choice(kActivations, "activation", before.activation);
  out.branch_output = choice(kBranchOutputs, "branch output", BranchOutput::kActivated);
  out.weights = choice(kWeightForms, "weights", WeightForm::kPlain);
  out.embedding_form = choice(kEmbeddings, "embedding form", before.embedding_form);
  out.generator = text_or(file, "generator", before.generator);
  if (std::find(kGeneratorNames.begin(), kGeneratorNames.end(), out.generator) ==
      kGeneratorNames.end()) {
    std::string names;
    for (const std::string_view name : kGeneratorNames) names += text(" ", name);
    input_error(where, ": 'generator' is '", out.generator, "', expected one of", names);
  }
  out.embedding = size_of(file, "embedding", where);
  out.detail_width = size_of(file, "detail width", where);
  if (out.embedding == 0) input_error(where, ": 'embedding' is 0");
  out.networks = text_or(file, "embedding networks", "");
  if (out.networks.size() > kMostNetworks)
    input_error(where, ": 'embedding networks' has ", out.networks.size(),
                " bytes, expected at most ", kMostNetworks);
  const std::string share = text_or(file, "blend weight", text(before.blend_weight));
  if (!parse(share, out.blend_weight) || !(out.blend_weight >= 0 && out.blend_weight <= 1))
    input_error(where, ": 'blend weight' is '", share, "', expected a number from 0 to 1");
  return out;
}

}  // namespace fgcn::recon
