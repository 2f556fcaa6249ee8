#include "train/run/event_file.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "io/byte_order.h"
#include "io/crc32c.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string hexadecimal(const Bytes& bytes) {
  std::string out;
  for (const std::uint8_t b : bytes)
    for (const int digit : {b >> 4, b & 15}) out += "0123456789abcdef"[digit];
  return out;
}

/// Bit by bit: slow, and nothing in common with the tables.
std::uint32_t plain_crc32c(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t b : bytes) {
    crc ^= b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

std::uint32_t mask(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U; }

/// The data of every whole record; stops at one that is cut. Error when a checksum is wrong.
std::vector<Bytes> records_of(const Bytes& file) {
  std::vector<Bytes> out;
  for (std::size_t at = 0; at + 12 <= file.size();) {
    const std::span<const std::uint8_t> all(file);
    const auto size = static_cast<std::size_t>(io::load_le<std::uint64_t>(all, at));
    FGCN_CHECK(io::load_le<std::uint32_t>(all, at + 8) == mask(plain_crc32c(all.subspan(at, 8))),
               "length");
    if (at + 12 + size + 4 > file.size()) break;
    const auto data = all.subspan(at + 12, size);
    FGCN_CHECK(io::load_le<std::uint32_t>(all, at + 12 + size) == mask(plain_crc32c(data)), "data");
    out.emplace_back(data.begin(), data.end());
    at += size + 16;
  }
  return out;
}

/// A field of a message: a number, or its bytes.
struct Field {
  std::uint64_t number = 0;
  Bytes bytes;
};
std::multimap<int, Field> fields_of(const Bytes& message) {
  std::multimap<int, Field> out;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint8_t b = message.at(at++);
      value |= std::uint64_t{b & 0x7FU} << shift;
      if (b < 0x80) return value;
    }
  };
  while (at < message.size()) {
    const std::uint64_t key = varint();
    Field field;
    if ((key & 7) == 0) {
      field.number = varint();
    } else {
      const std::size_t size = (key & 7) == 1 ? 8 : (key & 7) == 5 ? 4 : varint();
      FGCN_CHECK(at + size <= message.size(), "cut");
      field.bytes.assign(message.begin() + static_cast<std::ptrdiff_t>(at),
                         message.begin() + static_cast<std::ptrdiff_t>(at + size));
      at += size;
    }
    out.emplace(static_cast<int>(key >> 3), field);
  }
  return out;
}
Field only(const std::multimap<int, Field>& fields, int which) {
  REQUIRE(fields.count(which) == 1);
  return fields.find(which)->second;
}

TEST_CASE("CRC-32C has the values that RFC 3720 gives, whole and in parts") {
  CHECK(crc32c(bytes_of("123456789")) == 0xE3069283U);
  CHECK(crc32c(Bytes(32, 0)) == 0x8A9136AAU);
  CHECK(crc32c(Bytes(32, 0xFF)) == 0x62A8AB43U);
  CHECK(crc32c({}) == 0);
  Bytes bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<std::uint8_t>(i * i % 251));
  const std::span<const std::uint8_t> all(bytes);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{13}, std::size_t{999}})
    CHECK(crc32c(all.subspan(cut), crc32c(all.first(cut))) == plain_crc32c(all));
}

TEST_CASE("an event has the bytes that the format asks for") {
  // By hand: length 26, its checksum, then Event{wall_time 1.5, step 300, summary{value{tag "a/b",
  // simple_value 0.5}}}, then the data's checksum.
  const Scalar scalar[] = {{"a/b", 0.5}};
  CHECK(hexadecimal(event_record(scalars_event(1.5, 300, scalar))) ==
        "1a00000000000000129bd82d"
        "09000000000000f83f10ac022a0c0a0a0a03612f62150000003f"
        "49db135b");
  CHECK(hexadecimal(start_event(1.5, 7)) == "09000000000000f83f10073a020801");
  const std::string version(std::string("\x09\0\0\0\0\0\0\xf8\x3f\x1a\x0d", 11) + "brain.Event:2");
  CHECK(version_event(1.5) == Bytes(version.begin(), version.end()));
}

TEST_CASE("an event file holds curves and pictures, and a later start's comes after it") {
  const TemporaryFolder folder;
  Image8 picture(3, 5, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>(5 * i);
  std::filesystem::path first;
  {
    EventFile file(folder.path(), 1);
    first = file.path();
    const Scalar scalars[] = {{"loss/total", 0.25}, {"loss/identity", 1e-3}};
    file.add(10, scalars);
    file.add(20, "samples", picture);
  }
  const Bytes written = read_file(first);
  const std::vector<Bytes> records = records_of(written);
  REQUIRE(records.size() == 4);
  const std::string version = "brain.Event:2";
  CHECK(only(fields_of(records[0]), 3).bytes == Bytes(version.begin(), version.end()));
  CHECK(only(fields_of(records[1]), 2).number == 1);
  CHECK(only(fields_of(only(fields_of(records[1]), 7).bytes), 1).number == 1);

  CHECK(only(fields_of(records[2]), 2).number == 10);
  const auto values = fields_of(only(fields_of(records[2]), 5).bytes);
  REQUIRE(values.count(1) == 2);
  const auto second = fields_of(std::next(values.begin())->second.bytes);
  CHECK(only(second, 1).bytes ==
        Bytes({'l', 'o', 's', 's', '/', 'i', 'd', 'e', 'n', 't', 'i', 't', 'y'}));
  CHECK(io::load_le<float>(only(second, 2).bytes, 0) == 1e-3F);

  const auto shown = fields_of(
      only(fields_of(only(fields_of(only(fields_of(records[3]), 5).bytes), 1).bytes), 4).bytes);
  CHECK(only(shown, 1).number == 3);
  CHECK(only(shown, 2).number == 5);
  CHECK(only(shown, 3).number == 3);
  CHECK(only(shown, 4).bytes == encode_png(picture));

  // A cut file: the reader stops in front of what is cut.
  CHECK(records_of(Bytes(written.begin(), written.end() - 7)).size() == 3);

  const EventFile again(folder.path(), 11);
  CHECK(again.path().filename().string() > first.filename().string());
  CHECK(read_file(first) == written);
  CHECK(only(fields_of(records_of(read_file(again.path()))[1]), 2).number == 11);
}

TEST_CASE("an event file that cannot be made is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(EventFile(folder / "none", 1), doctest::Contains("cannot be created"),
                       InputError);
}

}  // namespace
}  // namespace fgcn::train
