// Sets of named arrays with one thing wrong, each of which a network has to refuse by its name.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "kernels/core/error.h"

namespace fgcn::test {

/// The whole set is taken; without any one array, or with one of another shape or with a number
/// that is not finite, it is refused with the array's name, and shape where that is wrong.
inline void check_refuses_each(const io::Safetensors& good,
                               const std::function<void(const io::Safetensors&)>& build) {
  const auto refusal = [&](const io::Safetensors& file) {
    try {
      build(file);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string("taken");
  };
  CHECK(refusal(good) == "taken");
  for (const auto& [name, tensor] : good.tensors) {
    CAPTURE(name);
    io::Safetensors bad = good;
    bad.tensors.erase(name);
    CHECK(refusal(bad).find("it has no array " + name + " [") != std::string::npos);
    std::vector<std::int64_t> shape = tensor.shape;
    shape.back() += 1;
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    bad.tensors[name] =
        io::StoredTensor::of(shape, std::vector<float>(static_cast<std::size_t>(count), 1.0F));
    CHECK(refusal(bad).find("its array " + name + " is [") != std::string::npos);
    std::vector<float> values = tensor.floats();
    values.back() = std::numeric_limits<float>::quiet_NaN();
    bad.tensors[name] = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
    CHECK(refusal(bad).find("its array " + name + " holds a number that is not finite") !=
          std::string::npos);
    if (name.ends_with("running_var") || name.ends_with("moving_variance")) {
      values.back() = -0.5F;
      bad.tensors[name] = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
      CHECK(refusal(bad).find(name + " holds a negative variance") != std::string::npos);
    }
  }
}

/// Every array is in a table of `name size ..` lines with its shape; and every line is an array,
/// but those that `unused` accepts.
inline void check_layout(const io::Safetensors& file, const io::Safetensors& table,
                         const std::function<bool(const std::string&)>& unused) {
  for (const auto& [name, tensor] : file.tensors) {
    CAPTURE(name);
    const auto there = table.tensors.find(name);
    REQUIRE(there != table.tensors.end());
    CHECK(tensor.shape == there->second.shape);
  }
  for (const auto& [name, tensor] : table.tensors) {
    CAPTURE(name);
    CHECK((file.tensors.contains(name) || unused(name)));
  }
}

}  // namespace fgcn::test
