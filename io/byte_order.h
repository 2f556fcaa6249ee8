// Numbers to and from the bytes of a file.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "io/file.h"

namespace fgcn::io {

/// The value at `offset`, which the caller has checked to lie inside.
template <class T>
T load_in(std::endian order, std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::array<std::uint8_t, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes.data() + offset, sizeof(T));
  if (order != std::endian::native) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}
template <class T>
T load_le(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return load_in<T>(std::endian::little, bytes, offset);
}

template <class T>
void append_in(std::endian order, Bytes& out, T value) {
  auto raw = std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(value);
  if (order != std::endian::native) std::reverse(raw.begin(), raw.end());
  out.insert(out.end(), raw.begin(), raw.end());
}
template <class T>
void append_le(Bytes& out, T value) {
  append_in(std::endian::little, out, value);
}

}  // namespace fgcn::io
