// Stand-ins for networks that others published, which cannot be had here: whole layouts with
// weights whose result is known.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "layers/coefficient_regressor.h"
#include "layers/face_parsing.h"
#include "mesh/face/embedded/embedded_face.h"

namespace fgcn::test {

/// BiSeNet's layout with weights that let one channel through: bright pixels are of class `bright`,
/// dark ones of the first class.
inline io::Safetensors brightness_parser(int bright) {
  Rng rng(1);
  io::Safetensors out = FaceParsingNetwork::untrained(rng);
  for (auto& [name, tensor] : out.tensors) {
    const bool one =
        name.ends_with("running_var") || (tensor.shape.size() == 1 && name.ends_with("weight"));
    tensor = io::StoredTensor::of(
        tensor.shape,
        std::vector<float>(static_cast<std::size_t>(tensor.size()), one ? 1.0F : 0.0F));
  }
  const auto set = [&](const std::string& name, std::size_t at, float value) {
    io::StoredTensor& tensor = out.tensors.at(name);
    std::vector<float> values = tensor.floats();
    values.at(at) = value;
    tensor = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
  };
  for (std::size_t c = 0; c < 3; ++c) set("cp.resnet.conv1.weight", c * 49 + 24, 1);
  set("cp.resnet.layer2.0.downsample.0.weight", 0, 1);
  set("ffm.convblk.conv.weight", 0, 1);
  set("conv_out.conv.conv.weight", 4, 1);
  set("conv_out.conv_out.weight", static_cast<std::size_t>(bright) * 256, 1);
  return out;
}

/// The embedded face with as many modes as R-Net speaks of: its own, then small waves.
inline const mesh::FaceModel& face_of_many_modes() {
  static const mesh::FaceModel model = [] {
    mesh::FaceModel out = mesh::make_embedded_face();
    Rng rng(5);
    const auto fill = [&](mesh::Modes& modes, std::int64_t count, double size) {
      const std::size_t values = out.mean_shape.size();
      modes.names.clear();
      modes.data.resize(static_cast<std::size_t>(std::min(modes.count, count)) * values);
      for (std::int64_t m = std::min(modes.count, count); m < count; ++m) {
        const double phase = rng.uniform(0, 6), across = rng.uniform(1, 4), up = rng.uniform(1, 4);
        for (std::size_t i = 0; i < values; ++i) {
          const std::size_t v = i / 3 * 3;
          modes.data.push_back(static_cast<float>(
              size * std::sin(phase + across * double{out.mean_shape[v]} +
                              up * double{out.mean_shape[v + 1]} + static_cast<double>(i % 3))));
        }
      }
      modes.count = count;
    };
    fill(out.identity, 80, 0.005);
    fill(out.expression, 64, 0.005);
    fill(out.albedo, 80, 0.005);
    out.expression_low.resize(64, -1);
    out.expression_high.resize(64, 1);
    return out;
  }();
  return model;
}

/// R-Net of the TensorFlow edition with random weights. Its means have the size of trained ones,
/// about one; without the factors they are in the thousands, and saturate a decoder.
inline io::Safetensors random_tensorflow_rnet(Rng& rng) {
  io::Safetensors out = CoefficientRegressor::untrained(RegressorEdition::kTensorFlow, rng);
  const auto scale = [](io::StoredTensor& tensor, float factor) {
    std::vector<float> values = tensor.floats();
    for (float& v : values) v *= factor;
    tensor = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
  };
  for (auto& [name, tensor] : out.tensors) {
    if (name == "resnet_v1_50/conv1/weights") scale(tensor, 1 / 255.0F);  // of bytes
    if (name.ends_with("conv3/weights")) scale(tensor, 1 / 8.0F);         // 16 of them add up
  }
  return out;
}

/// R-Net's weights of either edition, which then give these 257 numbers for every photo. The means
/// before its last products stay.
inline void make_constant(io::Safetensors& regressor, const std::vector<double>& numbers) {
  // In the order of the numbers. The TensorFlow edition gives the shift in two parts.
  const std::vector<std::string> torch{"0", "1", "2", "3", "4", "5", "6"};
  const std::vector<std::string> slim{"id", "ex", "tex", "angles", "gamma", "XY", "Z"};
  const bool is_torch = regressor.tensors.contains("final_layers.0.bias");
  const std::vector<float> values(numbers.begin(), numbers.end());
  const float* next = values.data();
  for (const std::string& part : is_torch ? torch : slim) {
    const std::string name = (is_torch ? "final_layers." : "fc-") + part;
    io::StoredTensor& weight = regressor.tensors.at(name + (is_torch ? ".weight" : "/weights"));
    weight = io::StoredTensor::of(
        weight.shape, std::vector<float>(static_cast<std::size_t>(weight.size()), 0.0F));
    io::StoredTensor& bias = regressor.tensors.at(name + (is_torch ? ".bias" : "/biases"));
    const auto count = static_cast<std::size_t>(bias.size());
    bias = io::StoredTensor::of(bias.shape, std::span<const float>(next, count));
    next += count;
  }
  FGCN_CHECK(next == values.data() + values.size(), "stand-in: ", values.size(), " numbers");
}

/// R-Net of the torch edition that gives these 257 numbers.
inline io::Safetensors constant_regressor(const std::vector<double>& numbers) {
  static const io::Safetensors plain = [] {
    Rng rng(1);
    return CoefficientRegressor::untrained(RegressorEdition::kTorch, rng);
  }();
  io::Safetensors out = plain;
  make_constant(out, numbers);
  return out;
}

}  // namespace fgcn::test
