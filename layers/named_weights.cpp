#include "layers/named_weights.h"

#include <cmath>
#include <sstream>

#include "io/hash.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

std::string shown(const std::vector<std::int64_t>& shape) {
  std::ostringstream out;
  out << '[';
  for (std::size_t i = 0; i < shape.size(); ++i) out << (i == 0 ? "" : ", ") << shape[i];
  out << ']';
  return std::move(out).str();
}

/// From PyTorch's [C_out, C_in, rows, columns].
std::vector<double> turned(const std::vector<double>& from, const KernelSizes& s) {
  std::vector<double> to(from.size());
  const std::int64_t taps = s.rows * s.columns;
  std::size_t at = 0;
  for (std::int64_t d = 0; d < s.channels_out; ++d)
    for (std::int64_t c = 0; c < s.channels_in; ++c)
      for (std::int64_t t = 0; t < taps; ++t)
        to[static_cast<std::size_t>((t * s.channels_in + c) * s.channels_out + d)] = from[at++];
  return to;
}

void fold(FoldedConvolution& into, const std::vector<double>& scale,
          const std::vector<double>& shift) {
  const std::size_t channels = scale.size();
  for (std::size_t i = 0; i < into.weight.size(); ++i) into.weight[i] *= scale[i % channels];
  for (std::size_t c = 0; c < channels; ++c) into.bias[c] = into.bias[c] * scale[c] + shift[c];
}

}  // namespace

std::uint64_t fingerprint(const io::Safetensors& file) {
  Hash64 hash;
  for (const auto& [name, tensor] : file.tensors)
    hash.add(std::string_view(name)).add(std::span<const std::uint8_t>(tensor.data));
  return hash.value();
}

NamedWeights::NamedWeights(const io::Safetensors& file, std::string where, std::string network)
    : file_(file), where_(std::move(where)), network_(std::move(network)) {}

NamedWeights::NamedWeights(io::Safetensors& file, Rng& rng)
    : file_(file), sampled_(&file), rng_(&rng) {}

void NamedWeights::refuse(const std::string& why) const {
  input_error(where_, ": is not a whole set of ", network_, ": ", why);
}

const io::StoredTensor* NamedWeights::find(const std::string& name) const {
  const auto exact = file_.tensors.find(name);
  if (exact != file_.tensors.end()) return &exact->second;
  const std::string ending = "/" + name;
  const io::StoredTensor* found = nullptr;
  for (const auto& [other, tensor] : file_.tensors) {
    if (!other.ends_with(ending)) continue;
    if (found != nullptr) refuse(text("more than one array ends in ", ending));
    found = &tensor;
  }
  return found;
}

bool NamedWeights::any_in(const io::Safetensors& file, const std::string& scope) {
  for (const auto& [name, tensor] : file.tensors)
    if (name.find(scope) != std::string::npos) return true;
  return false;
}

std::vector<std::int64_t> NamedWeights::shape(const std::string& name) const {
  const io::StoredTensor* found = find(name);
  return found == nullptr ? std::vector<std::int64_t>() : found->shape;
}

std::vector<double> NamedWeights::take(const std::string& name,
                                       const std::vector<std::int64_t>& shape) const {
  if (sampled_ != nullptr) return sample(name, shape);
  const io::StoredTensor* found = find(name);
  if (found == nullptr) refuse(text("it has no array ", name, ' ', shown(shape)));
  if (found->shape != shape)
    refuse(text("its array ", name, " is ", shown(found->shape), ", expected ", shown(shape)));
  std::vector<double> values = found->doubles();
  for (const double v : values)
    if (!std::isfinite(v)) refuse(text("its array ", name, " holds a number that is not finite"));
  return values;
}

std::vector<double> NamedWeights::sample(const std::string& name,
                                         const std::vector<std::int64_t>& shape) const {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  const bool slim = name.ends_with("weights");
  const auto outputs = static_cast<double>(slim ? shape.back() : shape.front());
  const double most = std::sqrt(6 * outputs / static_cast<double>(count));  // He's deviation
  const bool gain = shape.size() == 1 && !name.ends_with("bias") && !name.ends_with("biases") &&
                    !name.ends_with("beta") && !name.ends_with("mean");
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const double u = 2 * rng_->uniform() - 1;
    values.push_back(static_cast<float>(shape.size() > 1 ? most * u : gain ? 1 + u / 4 : u / 10));
  }
  const auto [place, is_new] =
      sampled_->tensors.emplace(name, io::StoredTensor::of(shape, std::span<const float>(values)));
  FGCN_CHECK(is_new, "untrained weights: ", name, " is asked for twice");
  return {values.begin(), values.end()};
}

NamedWeights::Affine NamedWeights::norm(WeightNames names, const std::string& name,
                                        std::int64_t channels, double epsilon, Gamma gamma) const {
  const bool torch = names == WeightNames::kTorch;
  const std::string scale = name + (torch ? ".weight" : "/gamma");
  const std::string variance = name + (torch ? ".running_var" : "/moving_variance");
  Affine out;
  if (!torch && gamma == Gamma::kOptional && !has(scale)) {
    out.scale.assign(static_cast<std::size_t>(channels), 1.0);
  } else {
    out.scale = take(scale, {channels});
  }
  out.shift = take(name + (torch ? ".bias" : "/beta"), {channels});
  const std::vector<double> means =
      take(name + (torch ? ".running_mean" : "/moving_mean"), {channels});
  const std::vector<double> variances = take(variance, {channels});
  for (std::size_t c = 0; c < out.scale.size(); ++c) {
    if (!(variances[c] >= 0)) refuse(text("its array ", variance, " holds a negative variance"));
    out.scale[c] /= std::sqrt(variances[c] + epsilon);
    out.shift[c] -= means[c] * out.scale[c];
  }
  return out;
}

FoldedConvolution NamedWeights::convolution(WeightNames names, const std::string& name,
                                            const KernelSizes& sizes) const {
  FoldedConvolution out{sizes.rows, sizes.columns, sizes.channels_in, sizes.channels_out, {}, {}};
  if (names == WeightNames::kTorch) {
    out.weight = turned(
        take(name + ".weight", {sizes.channels_out, sizes.channels_in, sizes.rows, sizes.columns}),
        sizes);
  } else {
    out.weight =
        take(name + "/weights", {sizes.rows, sizes.columns, sizes.channels_in, sizes.channels_out});
  }
  out.bias.assign(static_cast<std::size_t>(sizes.channels_out), 0.0);
  return out;
}

FoldedConvolution NamedWeights::torch_convolution(const std::string& name, const std::string& norm,
                                                  const KernelSizes& sizes, double epsilon) const {
  FoldedConvolution out = convolution(WeightNames::kTorch, name, sizes);
  const Affine affine =
      this->norm(WeightNames::kTorch, norm, sizes.channels_out, epsilon, Gamma::kNeeded);
  fold(out, affine.scale, affine.shift);
  return out;
}

FoldedConvolution NamedWeights::slim_convolution(const std::string& name, const KernelSizes& sizes,
                                                 double epsilon, Gamma gamma) const {
  FoldedConvolution out = convolution(WeightNames::kSlim, name, sizes);
  const Affine affine =
      norm(WeightNames::kSlim, name + "/BatchNorm", sizes.channels_out, epsilon, gamma);
  fold(out, affine.scale, affine.shift);
  return out;
}

FoldedConvolution NamedWeights::plain_convolution(WeightNames names, const std::string& name,
                                                  const KernelSizes& sizes, Bias bias) const {
  FoldedConvolution out = convolution(names, name, sizes);
  if (bias == Bias::kYes)
    out.bias =
        take(name + (names == WeightNames::kTorch ? ".bias" : "/biases"), {sizes.channels_out});
  return out;
}

FoldedConvolution NamedWeights::connected(WeightNames names, const std::string& name,
                                          const std::string& norm, const KernelSizes& sizes,
                                          double epsilon) const {
  FoldedConvolution out{1, 1, sizes.channels_in, sizes.channels_out, {}, {}};
  if (names == WeightNames::kTorch) {
    out.weight = turned(take(name + ".weight", {sizes.channels_out, sizes.channels_in}), sizes);
  } else {
    out.weight = take(name + "/weights", {sizes.channels_in, sizes.channels_out});
  }
  out.bias.assign(static_cast<std::size_t>(sizes.channels_out), 0.0);
  const Affine affine = this->norm(names, norm, sizes.channels_out, epsilon, Gamma::kOptional);
  fold(out, affine.scale, affine.shift);
  return out;
}

}  // namespace fgcn
