#include "io/arrays/protobuf.h"

#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::io {

bool take_varint(std::span<const std::uint8_t>& rest, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const std::uint64_t byte = rest[0];
    rest = rest.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void ProtoReader::refuse() const {
  input_error(*where_, ": holds a damaged TensorFlow message; fetch the file again");
}

std::uint64_t ProtoReader::varint() {
  std::uint64_t value = 0;
  if (!take_varint(rest_, value)) refuse();
  return value;
}

bool ProtoReader::next() {
  constexpr std::uint64_t kMaxTag = 0xffffffff;
  if (rest_.empty()) return false;
  const std::uint64_t tag = varint();
  if (tag > kMaxTag || tag < 8) refuse();
  field_ = static_cast<int>(tag >> 3);
  const auto take = [&](std::uint64_t count) {
    if (count > rest_.size()) refuse();
    const auto out = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return out;
  };
  has_bytes_ = false;
  bytes_ = {};
  number_ = 0;
  switch (tag & 7) {
    case 0:
      number_ = varint();
      break;
    case 1:
      number_ = load_le<std::uint64_t>(take(8), 0);
      break;
    case 2:
      has_bytes_ = true;
      bytes_ = take(varint());
      break;
    case 5:
      number_ = load_le<std::uint32_t>(take(4), 0);
      break;
    default:
      refuse();
  }
  return true;
}

}  // namespace fgcn::io
