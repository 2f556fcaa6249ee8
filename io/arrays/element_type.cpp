#include "io/arrays/element_type.h"

#include <algorithm>
#include <utility>

#include "io/arrays/half.h"
#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

template <class From, class To>
Bytes converted(std::endian order, std::span<const std::uint8_t> from) {
  Bytes out;
  out.reserve(from.size() / sizeof(From) * sizeof(To));
  for (std::size_t at = 0; at < from.size(); at += sizeof(From))
    append_le(out, static_cast<To>(load_in<From>(order, from, at)));
  return out;
}

template <class Word>
Bytes ordered(std::endian order, std::span<const std::uint8_t> from) {
  if (order == std::endian::little) return Bytes(from.begin(), from.end());
  return converted<Word, Word>(order, from);
}

Bytes halves(std::endian order, std::span<const std::uint8_t> from) {
  Bytes out;
  out.reserve(from.size() * 2);
  for (std::size_t at = 0; at < from.size(); at += sizeof(std::uint16_t))
    append_le(out, float_from_half(load_in<std::uint16_t>(order, from, at)));
  return out;
}

}  // namespace

ElementType element_type(std::string_view name) {
  ElementType out;
  if (name.size() < 2 || name.size() > 3 ||
      !std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return out;
  out.kind = name[0];
  for (const char c : name.substr(1)) out.bytes = out.bytes * 10 + (c - '0');
  return out;
}

std::optional<NpyType> read_as(const ElementType& type) {
  const auto is = [&](char kind, std::int64_t bytes) {
    return type.kind == kind && type.bytes == bytes;
  };
  if (is('f', 8)) return NpyType::kF64;
  if (is('f', 4) || is('f', 2)) return NpyType::kF32;
  if (is('i', 8) || is('u', 8) || is('u', 4)) return NpyType::kI64;
  if (is('i', 4) || is('i', 2) || is('i', 1) || is('u', 2)) return NpyType::kI32;
  if (is('u', 1)) return NpyType::kU8;
  if (is('b', 1)) return NpyType::kBool;
  return std::nullopt;
}

Bytes widened(const ElementType& type, std::span<const std::uint8_t> from,
              const std::string& where) {
  switch (type.bytes) {
    case 8:
      for (std::size_t at = 0; type.kind == 'u' && at < from.size(); at += sizeof(std::uint64_t))
        if (!std::in_range<std::int64_t>(load_in<std::uint64_t>(type.order, from, at)))
          input_error(where, ": holds an integer beyond 63 bits; store it smaller");
      return ordered<std::uint64_t>(type.order, from);
    case 4:
      if (type.kind == 'u') return converted<std::uint32_t, std::int64_t>(type.order, from);
      return ordered<std::uint32_t>(type.order, from);
    case 2:
      if (type.kind == 'u') return converted<std::uint16_t, std::int32_t>(type.order, from);
      if (type.kind == 'i') return converted<std::int16_t, std::int32_t>(type.order, from);
      return halves(type.order, from);
    default:
      if (type.kind == 'i') return converted<std::int8_t, std::int32_t>(type.order, from);
      return Bytes(from.begin(), from.end());
  }
}

}  // namespace fgcn::io
