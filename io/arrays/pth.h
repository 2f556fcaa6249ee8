// The tensors of a file that torch.save wrote (.pth, .pt, .tar).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/arrays/safetensors.h"
#include "io/byte_source.h"

namespace fgcn::io {

/// Both containers: the zip archive, and the row of pickles of torch before 1.6. The pickle is read
/// as data (io/arrays/pickle.h); tensors become dense, whatever their strides. bfloat16 becomes
/// F32, short and char I32, bool U8; the others keep their type.
///
/// Names are the keys on the way to a tensor, joined by dots. Where the file has a dictionary
/// "net_recon" or "state_dict", only that is taken: an optimizer's state is no weight. A "module."
/// before every name is stripped.
///
/// Errors   InputError naming `where` and the global, opcode, storage or tensor that is refused.
Safetensors read_pth(const ByteSource& file, const std::string& where);

/// Whether a pickle's first bytes are those of the container before torch 1.6.
bool looks_like_legacy_pth(std::span<const std::uint8_t> bytes);

}  // namespace fgcn::io
