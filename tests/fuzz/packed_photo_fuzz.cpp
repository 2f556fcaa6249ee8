// Records of the original system's packed files: the input as it is (the first byte even), or its
// numbers over and over until a record is full. What is accepted keeps every number, but for the
// rounding to bytes.
#include <algorithm>
#include <cmath>

#include "io/byte_order.h"
#include "tests/fuzz/fuzz.h"
#include "train/dataset/packed_photo.h"

namespace {

using fgcn::Bytes;
using fgcn::io::load_le;

void check_near(std::uint8_t got, double wanted, std::size_t at) {
  const double rounded = std::clamp(wanted, 0.0, 255.0);
  FGCN_CHECK(std::abs(got - rounded) <= 0.501, "packed photo: number ", at, " became ", int{got},
             ", not ", wanted);
}

void read_record(std::span<const std::uint8_t> record) {
  const fgcn::photo::Photo photo = fgcn::train::decode_packed(record);
  for (std::size_t i = 0; i < photo.rgb.pixels.size() / 3; ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      check_near(photo.rgb.pixels[3 * i + c],
                 (double{load_le<float>(record, 4 * (4 * i + c))} + 1) * 127.5, 4 * i + c);
    if (photo.alpha)
      check_near(photo.alpha->pixels[i], 255 * double{load_le<float>(record, 16 * i + 12)},
                 4 * i + 3);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    const std::span<const std::uint8_t> numbers = bytes.subspan(1);
    if (bytes[0] % 2 == 0 || numbers.empty()) return read_record(numbers);
    Bytes record(static_cast<std::size_t>(fgcn::train::kPackedBytes));
    for (std::size_t i = 0; i < record.size(); ++i) record[i] = numbers[i % numbers.size()];
    read_record(record);
  });
}
