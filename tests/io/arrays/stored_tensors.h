// Comparison of tensors with the arrays of an .npz.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "io/arrays/safetensors.h"

namespace fgcn::test {

/// Equal in every bit, but for the width of types that .npz files widen.
inline void check_equal(const io::StoredTensor& tensor, const io::NpyArray& expected) {
  CHECK(tensor.shape == expected.shape);
  const bool is_integer = tensor.dtype == io::Dtype::kI64 || tensor.dtype == io::Dtype::kI32 ||
                          tensor.dtype == io::Dtype::kU8;
  if (!is_integer) {
    CHECK(tensor.doubles() == expected.doubles());
    return;
  }
  io::NpyArray integers;
  integers.shape = tensor.shape;
  integers.data = tensor.data;
  integers.type = tensor.dtype == io::Dtype::kI64   ? io::NpyType::kI64
                  : tensor.dtype == io::Dtype::kI32 ? io::NpyType::kI32
                                                    : io::NpyType::kU8;
  CHECK(integers.longs() == expected.longs());
}

/// The names of both, and every array.
inline void check_equal(const io::Safetensors& file, const io::Npz& expected) {
  CHECK(file.tensors.size() == expected.size());
  for (const auto& [name, array] : expected) {
    CAPTURE(name);
    REQUIRE(file.tensors.contains(name));
    check_equal(file.tensors.at(name), array);
  }
}

}  // namespace fgcn::test
