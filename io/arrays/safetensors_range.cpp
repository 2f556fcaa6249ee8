#include "io/arrays/safetensors_range.h"

#include <cmath>

#include "kernels/core/error.h"

namespace fgcn::io {

std::vector<float> floats_within(const Safetensors& file, const std::string& name, double most,
                                 const std::string& where) {
  const StoredTensor& tensor = file.at(name, where);
  if (tensor.dtype != Dtype::kF64 && tensor.dtype != Dtype::kF32 && tensor.dtype != Dtype::kF16)
    input_error(where, ": '", name, "' holds integers, expected real numbers; get the file anew");
  std::vector<float> out;
  for (const double value : tensor.doubles()) {
    if (!(std::abs(value) <= most))
      input_error(where, ": '", name, "' holds ", value, ", expected at most ", most,
                  " either way; get the file anew");
    out.push_back(static_cast<float>(value));
  }
  return out;
}

}  // namespace fgcn::io
