// The arrays of a pickled dictionary: face models that came out of Python.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "io/arrays/npz.h"

namespace fgcn::io {

/// What np.load gives for the same names in an .npz. Arrays of numpy; what a chumpy array holds;
/// scipy's csc and csr matrices, dense; numbers and texts, of shape []. Everything else is kUnread.
/// Halves become F32, small integers I32, uint32 and uint64 I64.
///
/// Errors   InputError naming `where`: no dictionary, a global or opcode that is no data, a shape
///          that does not fit its bytes, a dense matrix beyond 2^23 elements.
Npz parse_pickle_arrays(std::span<const std::uint8_t> bytes, const std::string& where);
/// An .npy that np.save made of a dictionary (an array of one object) is read too.
Npz read_pickle_arrays(const std::filesystem::path& path);

/// Whether the bytes may begin a pickle.
bool looks_like_pickle(std::span<const std::uint8_t> bytes);

}  // namespace fgcn::io
