// The element types of safetensors files, shared by their reader and their arrays.
#pragma once

#include <cstdint>
#include <vector>

#include "io/arrays/safetensors.h"

namespace fgcn::io {

struct DtypeInfo {
  Dtype dtype;
  const char* name;
  std::int64_t bytes;
};
constexpr DtypeInfo kDtypes[] = {{Dtype::kF64, "F64", 8}, {Dtype::kF32, "F32", 4},
                                 {Dtype::kF16, "F16", 2}, {Dtype::kI64, "I64", 8},
                                 {Dtype::kI32, "I32", 4}, {Dtype::kU8, "U8", 1}};

/// fgcn::Error for a number that is no type.
const DtypeInfo& info(Dtype dtype);

/// The product of the shape, or -1 when an extent is negative or the product does not fit.
std::int64_t elements_of(const std::vector<std::int64_t>& shape);

}  // namespace fgcn::io
