// Tensors that every language can make from their names: the weights of golden outputs.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/arrays/safetensors_types.h"
#include "io/hash.h"

namespace fgcn::test {

/// In [0, 1); `index` counts the elements in C order.
inline double seeded_uniform(std::uint64_t name_hash, std::int64_t index) {
  std::uint64_t x = name_hash + static_cast<std::uint64_t>(index + 1) * 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  x ^= x >> 31;
  return static_cast<double>(x >> 11) * 0x1p-53;
}

inline io::StoredTensor seeded_tensor(const std::string& name, std::vector<std::int64_t> shape) {
  const std::int64_t count = io::elements_of(shape);
  if (name.ends_with("num_batches_tracked")) {
    io::StoredTensor out{io::Dtype::kI64, std::move(shape), Bytes(8, 0)};
    out.data[0] = 7;
    return out;
  }
  double offset = 0;
  double scale = 1;  // of 2u - 1
  if (name.ends_with("running_var") || name.ends_with("moving_variance") ||
      (shape.size() == 1 && (name.ends_with("weight") || name.ends_with("gamma")))) {
    offset = 1;
    scale = 0.25;
  } else if (shape.size() == 1) {
    scale = 0.1;
  } else {
    const std::int64_t outputs = name.ends_with("weights") ? shape.back() : shape.front();
    scale = std::sqrt(4.0 / static_cast<double>(count / outputs));
  }
  const std::uint64_t hash = Hash64().add(name).fnv1a();
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    values[static_cast<std::size_t>(i)] =
        static_cast<float>(offset + scale * (2 * seeded_uniform(hash, i) - 1));
  return io::StoredTensor::of(std::move(shape), std::span<const float>(values));
}

/// The tensors of a table "name extent extent ..." a line.
inline std::map<std::string, io::StoredTensor> seeded_tensors(const std::filesystem::path& table) {
  std::map<std::string, io::StoredTensor> out;
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    std::vector<std::int64_t> shape;
    for (std::int64_t extent = 0; words >> extent;) shape.push_back(extent);
    if (!name.empty()) out[name] = seeded_tensor(name, shape);
  }
  return out;
}

}  // namespace fgcn::test
