// Weights of a published network's layout whose numbers any language can make: each is a hash of
// its array's name and of its place.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "io/arrays/safetensors.h"

namespace fgcn::test {

/// Numbers in [0, 1) of a name: splitmix64 of its FNV-1a hash and a counter.
inline std::vector<double> seeded_uniform(const std::string& name, std::int64_t count) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint64_t x = hash + (static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    x ^= x >> 31;
    out.push_back(static_cast<double>(x >> 11) * 0x1p-53);
  }
  return out;
}

/// Positive variances, small means and shifts, gains around one, weights that keep numbers of size
/// one from layer to layer.
inline io::StoredTensor seeded_tensor(const std::string& name,
                                      const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  if (name.ends_with("num_batches_tracked"))
    return io::StoredTensor::of(shape,
                                std::vector<std::int32_t>(static_cast<std::size_t>(count), 7));
  const bool slim = name.ends_with("weights");
  const double fan_in = static_cast<double>(count) / static_cast<double>(shape.empty() ? 1
                                                                         : slim ? shape.back()
                                                                                : shape.front());
  const auto value = [&](double u) {
    if (name.ends_with("running_var") || name.ends_with("moving_variance")) return 0.75 + 0.5 * u;
    if (name.ends_with("running_mean") || name.ends_with("moving_mean")) return 0.1 * (2 * u - 1);
    if (shape.size() == 1)
      return name.ends_with("weight") || name.ends_with("gamma") ? 0.75 + 0.5 * u
                                                                 : 0.1 * (2 * u - 1);
    return std::sqrt(4.0 / fan_in) * (2 * u - 1);
  };
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(count));
  for (const double u : seeded_uniform(name, count)) values.push_back(static_cast<float>(value(u)));
  return io::StoredTensor::of(shape, std::span<const float>(values));
}

/// The layout of a table of `name size size ..` lines, filled.
///
///   narrow  all channels but those in `kept` are divided by it
inline io::Safetensors seeded_weights(const std::filesystem::path& table, std::int64_t narrow = 1,
                                      const std::vector<std::int64_t>& kept = {}) {
  io::Safetensors out;
  std::ifstream in(table);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    std::vector<std::int64_t> shape;
    for (std::int64_t size = 0; words >> size;) {
      const bool keep = size < 16 || std::find(kept.begin(), kept.end(), size) != kept.end();
      shape.push_back(keep ? size : size / narrow);
    }
    out.tensors.emplace(name, seeded_tensor(name, shape));
  }
  return out;
}

/// An image [N, H, W, C] of the numbers that a name gives to [N, C, H, W].
inline std::vector<double> seeded_image(const std::string& name, std::int64_t images,
                                        std::int64_t height, std::int64_t width) {
  const std::vector<double> planes = seeded_uniform(name, images * 3 * height * width);
  std::vector<double> out;
  out.reserve(planes.size());
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t p = 0; p < height * width; ++p)
      for (std::int64_t c = 0; c < 3; ++c)
        out.push_back(planes[static_cast<std::size_t>((n * 3 + c) * height * width + p)]);
  return out;
}

}  // namespace fgcn::test
