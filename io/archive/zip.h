// The zip container, as far as .npz and .usdz files use it.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"

namespace fgcn::io {

enum class ZipMethod { kStored, kDeflated };

/// Every member by name. Sizes come from the central directory and are checked: members may not
/// overlap, each is inflated as far as its stated size and its CRC is compared, and together they
/// may not exceed 4 GiB. InputError on anything else: encryption, other methods, two members of one
/// name.
/// `wanted`, where given, chooses the members by name; the others are left packed and unchecked.
std::map<std::string, Bytes> parse_zip(std::span<const std::uint8_t> bytes,
                                       const std::string& where,
                                       const std::function<bool(const std::string&)>& wanted = {});

/// Members in name order, dated 1980-01-01, so that equal contents give equal bytes.
Bytes encode_zip(const std::map<std::string, Bytes>& members, ZipMethod method);

struct ZipMember {
  std::string name;
  Bytes data;
};

/// Members stored as they are, in the order given. The data of each begins at a multiple of
/// `alignment`, so that a reader may map it.
Bytes encode_aligned_zip(const std::vector<ZipMember>& members, std::size_t alignment);

}  // namespace fgcn::io
