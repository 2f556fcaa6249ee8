// The constants of a frozen TensorFlow graph (.pb).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/arrays/safetensors.h"

namespace fgcn::io {

/// One tensor for each Const node with numbers, under the node's name. A list of values that is
/// shorter than the shape goes on with its last one, as TensorFlow reads it.
///
/// Errors   InputError naming `where`: no GraphDef, a tensor with more values than its shape, no
///          constant at all.
Safetensors parse_frozen_graph(std::span<const std::uint8_t> bytes, const std::string& where);

}  // namespace fgcn::io
