// Numbers of a safetensors file that must be of an expected size.
#pragma once

#include <string>
#include <vector>

#include "io/arrays/safetensors.h"

namespace fgcn::io {

/// The real numbers of array `name`.
///
/// Errors   InputError naming `where` and the array: it is missing or of integers, or one of its
///          numbers is not finite or more than `most` either way.
std::vector<float> floats_within(const Safetensors& file, const std::string& name, double most,
                                 const std::string& where);

}  // namespace fgcn::io
