// SHA-256, to tell whether a fetched file is the one that was meant.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace fgcn::io {

/// 64 hexadecimal digits, lower case.
/// Source: FIPS 180-4; OpenSSL computes it.
std::string sha256(std::span<const std::uint8_t> bytes);

}  // namespace fgcn::io
