// Archives of the wide form, which hold sizes and places of 64 bits: torch and numpy write them.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/archive/zip.h"
#include "io/archive/zip_directory.h"
#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

const std::string kName = "a";
const Bytes kData{1, 2, 3, 4, 5};

/// What is written wide, and what is wrong.
struct Wide {
  bool size = true, packed = true, place = true;
  std::size_t field_bytes = 24;    // of the directory's wide field that are there
  std::uint64_t record_shift = 0;  // of the place that the locator says
  std::uint32_t record_mark = 0x06064b50;
  std::uint64_t length_shift = 0;  // of the directory's length in the record
};

template <class T>
void put(Bytes& out, T value) {
  append_le(out, value);
}

/// One stored member.
Bytes archive(const Wide& wide) {
  constexpr std::uint32_t kInWide = 0xffffffff;
  const std::uint32_t crc = zip_crc(kData);
  const auto size = static_cast<std::uint32_t>(kData.size());
  Bytes out;
  put(out, std::uint32_t{0x04034b50});
  for (const int x : {45, 0, 0, 0, 0}) put(out, static_cast<std::uint16_t>(x));
  put(out, crc);
  put(out, size);
  put(out, size);
  put(out, static_cast<std::uint16_t>(kName.size()));
  put(out, std::uint16_t{0});
  out.insert(out.end(), kName.begin(), kName.end());
  out.insert(out.end(), kData.begin(), kData.end());

  const std::uint64_t start = out.size();
  Bytes field;
  if (wide.size) put(field, std::uint64_t{kData.size()});
  if (wide.packed) put(field, std::uint64_t{kData.size()});
  if (wide.place) put(field, std::uint64_t{0});
  field.resize(std::min(field.size(), wide.field_bytes));
  put(out, std::uint32_t{0x02014b50});
  for (const int x : {45, 45, 0, 0, 0, 0}) put(out, static_cast<std::uint16_t>(x));
  put(out, crc);
  put(out, wide.packed ? kInWide : size);
  put(out, wide.size ? kInWide : size);
  put(out, static_cast<std::uint16_t>(kName.size()));
  put(out, static_cast<std::uint16_t>(8 + field.size()));
  for (int i = 0; i < 3; ++i) put(out, std::uint16_t{0});
  put(out, std::uint32_t{0});
  put(out, wide.place ? kInWide : 0);
  out.insert(out.end(), kName.begin(), kName.end());
  for (const int x : {0x7777, 0, 1})
    put(out, static_cast<std::uint16_t>(x));  // another field first
  put(out, static_cast<std::uint16_t>(field.size()));
  out.insert(out.end(), field.begin(), field.end());

  const std::uint64_t end = out.size();
  put(out, wide.record_mark);
  put(out, std::uint64_t{44});
  put(out, std::uint32_t{0x002d002d});
  put(out, std::uint64_t{0});
  for (const std::uint64_t x :
       {std::uint64_t{1}, std::uint64_t{1}, end - start + wide.length_shift, start})
    put(out, x);
  put(out, std::uint32_t{0x07064b50});
  put(out, std::uint32_t{0});
  put(out, end + wide.record_shift);
  put(out, std::uint32_t{1});
  put(out, std::uint32_t{0x06054b50});
  put(out, std::uint32_t{0});
  put(out, std::uint32_t{0xffffffff});  // both counts of members
  put(out, kInWide);
  put(out, kInWide);
  put(out, std::uint16_t{0});
  return out;
}

void refused(const Wide& wide, const char* sentence) {
  CHECK_THROWS_WITH_AS(parse_zip(archive(wide), "x"), doctest::Contains(sentence), InputError);
}

}  // namespace

TEST_CASE("zip64: each value is taken from the wide field where the narrow one says so") {
  for (int which = 0; which < 8; ++which) {
    CAPTURE(which);
    Wide wide;
    wide.size = (which & 1) != 0;
    wide.packed = (which & 2) != 0;
    wide.place = (which & 4) != 0;
    CHECK(parse_zip(archive(wide), "x").at(kName) == kData);
  }
}

TEST_CASE("zip64: a record that is not there, or says something else, is refused") {
  for (const std::size_t bytes : {0, 7, 8, 15, 16, 23})
    refused({.field_bytes = bytes}, "a zip64 field is cut off");
  refused({.record_shift = 1}, "its zip64 record is not where it should be");
  refused({.record_shift = std::uint64_t{1} << 40}, "its zip64 record is not where it should be");
  refused({.record_shift = ~std::uint64_t{0} - 200}, "its zip64 record is not where it should be");
  refused({.record_mark = 0x06064b51}, "its zip64 record is not where it should be");
  refused({.length_shift = 1}, "its directory is not where it should be");
  refused({.length_shift = std::uint64_t{1} << 63}, "its directory is not where it should be");
}

}  // namespace fgcn::io
