// Named tensors out of the files that networks are published in.
#pragma once

#include <filesystem>

#include "io/arrays/safetensors.h"

namespace fgcn::io {

/// Reads what the file holds, told by its content and not by its name:
///
///   torch.save   both containers (io/arrays/pth.h)
///   TensorFlow   a frozen graph (io/arrays/tensorflow_graph.h), a checkpoint of version 2
///                (io/arrays/tensorflow_checkpoint.h; its name, its .index or a .data file)
///   safetensors  as it is
///   .npz         arrays of numbers
///
/// The metadata "container" says which it was, except for safetensors; "left out", a line each, why
/// members of an .npz were not read.
///
/// Errors   InputError naming the file and what it is, where it is none of these.
Safetensors read_weights(const std::filesystem::path& path);

}  // namespace fgcn::io
