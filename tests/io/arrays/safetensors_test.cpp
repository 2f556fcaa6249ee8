#include "io/arrays/safetensors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>

#include "io/arrays/half.h"
#include "io/arrays/safetensors_range.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn::mesh {
namespace {

Bytes with_header(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  Bytes out(8 + header.size() + data_bytes, 0);
  std::memcpy(out.data(), &length, 8);
  std::memcpy(out.data() + 8, header.data(), header.size());
  return out;
}

io::Safetensors example() {
  io::Safetensors file;
  file.metadata = {{"format", "pt"}, {"note", "a \"quoted\" ü"}};
  const std::vector<float> f{1.5f, -2.0f, 3e-40f, 0.0f, 5.0f, 6.0f};
  const std::vector<double> d{1.0 / 3.0, -0.0};
  const std::vector<std::int32_t> i{7, -8, 2147483647};
  const std::vector<std::uint8_t> u{0, 255, 1};
  file.tensors["f"] = io::StoredTensor::of({2, 3}, f);
  file.tensors["d"] = io::StoredTensor::of({2}, d);
  file.tensors["i"] = io::StoredTensor::of({3, 1}, i);
  file.tensors["u"] = io::StoredTensor::of({3}, u);
  file.tensors["h"] = io::StoredTensor::half({3, 2}, f);
  file.tensors["empty"] = io::StoredTensor::of({0, 4}, std::span<const float>());
  file.tensors["scalar"] = io::StoredTensor::of({}, std::span<const float>(f).first(1));
  return file;
}

}  // namespace

TEST_CASE("safetensors: what is written is read back, and the bytes repeat") {
  const io::Safetensors file = example();
  const Bytes bytes = io::encode_safetensors(file);
  CHECK(bytes == io::encode_safetensors(example()));
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  CHECK(header % 8 == 0);

  const io::Safetensors back = io::parse_safetensors(bytes, "back");
  CHECK(back.metadata == file.metadata);
  REQUIRE(back.tensors.size() == file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    CAPTURE(name);
    const io::StoredTensor& other = back.at(name, "back");
    CHECK(other.dtype == tensor.dtype);
    CHECK(other.shape == tensor.shape);
    CHECK(other.data == tensor.data);
  }
  CHECK(back.at("i", "").ints() == std::vector<std::int32_t>{7, -8, 2147483647});
  CHECK(back.at("u", "").ints() == std::vector<std::int32_t>{0, 255, 1});
  CHECK(back.at("d", "").doubles()[0] == 1.0 / 3.0);
  CHECK(back.at("scalar", "").floats() == std::vector<float>{1.5f});
  CHECK_THROWS_WITH_AS(back.at("nothing", "x.st"), doctest::Contains("x.st: holds no array"),
                       InputError);
  CHECK_THROWS_AS(back.at("f", "").ints(), InputError);
  CHECK_THROWS_AS(back.at("i", "").floats(), InputError);
}

TEST_CASE("safetensors: a value that does not fit is refused, not wrapped") {
  const std::vector<double> large{1e300};
  CHECK_THROWS_AS(io::StoredTensor::of({1}, large).floats(), InputError);
  io::StoredTensor wide{io::Dtype::kI64, {1}, Bytes(8, 0)};
  wide.data[4] = 1;  // 2^32
  CHECK_THROWS_AS(wide.ints(), InputError);
  const std::vector<float> beyond{70000.0f};
  CHECK_THROWS_AS(io::StoredTensor::half({1}, beyond), Error);
  CHECK_THROWS_AS(io::StoredTensor::of({2}, beyond), Error);
}

TEST_CASE("safetensors: numbers beyond an expected size are refused with the array's name") {
  io::Safetensors file;
  const std::vector<double> values{-1000, 0.5, 1000};
  file.tensors["d"] = io::StoredTensor::of({3}, std::span<const double>(values));
  file.tensors["i"] = io::StoredTensor::of({1}, std::vector<std::int32_t>{3});
  CHECK(io::floats_within(file, "d", 1000, "x.st") == std::vector<float>{-1000, 0.5f, 1000});
  const auto refused = [&](const char* name, const char* why) {
    CHECK_THROWS_WITH_AS(io::floats_within(file, name, 1000, "x.st"), doctest::Contains(why),
                         InputError);
  };
  refused("i", "x.st: 'i' holds integers");
  refused("none", "x.st: holds no array \"none\"");
  for (const double absurd :
       {-1000.5, 1e300, std::numeric_limits<double>::infinity(), std::nan("")}) {
    const std::vector<double> bad{0, absurd};
    file.tensors["d"] = io::StoredTensor::of({2}, std::span<const double>(bad));
    refused("d", "x.st: 'd' holds ");
  }
}

TEST_CASE("half precision rounds to the nearest, ties to even, over every half") {
  for (std::uint32_t h = 0; h < 0x10000u; ++h) {
    const auto half = static_cast<std::uint16_t>(h);
    const float value = io::float_from_half(half);
    if (std::isnan(value)) {
      CHECK(std::isnan(io::float_from_half(io::half_from_float(value))));
      continue;
    }
    REQUIRE(io::half_from_float(value) == half);
    if ((half & 0x7fffu) >= 0x7bffu) continue;
    // Midway to the next half (a float, exactly) goes to the even one; a hair beside it does not.
    const float next = io::float_from_half(static_cast<std::uint16_t>(h + 1));
    const float middle = 0.5f * value + 0.5f * next;
    const std::uint32_t even = (h & 1u) == 0 ? h : h + 1;
    REQUIRE(io::half_from_float(middle) == even);
    REQUIRE(io::half_from_float(std::nextafter(middle, value)) == h);
    REQUIRE(io::half_from_float(std::nextafter(middle, next)) == h + 1);
  }
  CHECK(io::half_from_float(65504.0f) == 0x7bffu);
  CHECK(io::half_from_float(65519.996f) == 0x7bffu);
  CHECK(io::half_from_float(65520.0f) == 0x7c00u);
  CHECK(io::half_from_float(std::numeric_limits<float>::infinity()) == 0x7c00u);
  CHECK(io::half_from_float(std::numeric_limits<float>::min()) == 0);
}

TEST_CASE("safetensors: hostile headers are refused in one sentence") {
  const struct {
    const char* header;
    std::size_t data_bytes;
  } cases[] = {
      {"", 0},
      {"[]", 0},
      {"{", 0},
      {R"({"a":3})", 0},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4},
      {R"({"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},
           "b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
       6},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},
           "b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}})",
       5},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 3},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
           "a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
       1},
      {R"({"__metadata__":{"k":1}})", 0},
      {R"({"__metadata__":7})", 0},
      {R"({"a":[[[[[[[[]]]]]]]]})", 0},
  };
  for (const auto& k : cases) {
    CAPTURE(k.header);
    CHECK_THROWS_AS(io::parse_safetensors(with_header(k.header, k.data_bytes), "bad.st"),
                    InputError);
  }
  CHECK_THROWS_AS(io::parse_safetensors(Bytes(5, 0), "bad.st"), InputError);
  CHECK_THROWS_AS(io::parse_safetensors(Bytes(64, 0xff), "bad.st"), InputError);
}

TEST_CASE("safetensors: no cut or changed byte makes the reader do worse than refuse") {
  const Bytes good = io::encode_safetensors(example());
  for (std::size_t n = 0; n < good.size(); ++n)
    REQUIRE_THROWS_AS(io::parse_safetensors(std::span(good).first(n), "cut"), InputError);
  Rng rng(1);
  for (int trial = 0; trial < 2000; ++trial) {
    Bytes changed = good;
    for (int k = 0; k < 3; ++k)
      changed[rng.below(static_cast<std::int64_t>(changed.size()))] =
          static_cast<std::uint8_t>(rng.next());
    try {
      const io::Safetensors file = io::parse_safetensors(changed, "changed");
      for (const auto& [name, tensor] : file.tensors)
        REQUIRE(static_cast<std::size_t>(tensor.size()) <= tensor.data.size());
    } catch (const InputError&) {
      continue;  // one clear refusal is the other right answer
    }
  }
}

TEST_CASE(
    "safetensors: a changed byte of data, name, type, shape or text does not fit the checksum") {
  io::Safetensors file;
  file.metadata = {{"blend weight", "0.25"}, {"format", "some"}};
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  file.tensors["aa"] = io::StoredTensor::of({2, 3}, values);
  file.tensors["bb"] = io::StoredTensor::of({6}, values);
  const Bytes good = io::encode_safetensors(file);
  const std::string text(good.begin(), good.end());
  const auto damaged = [&](const std::string& from, const std::string& to) {
    CAPTURE(from);
    REQUIRE(from.size() == to.size());
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    Bytes bad = good;
    std::copy(to.begin(), to.end(), bad.begin() + static_cast<std::ptrdiff_t>(at));
    CHECK_THROWS_WITH_AS(io::parse_safetensors(bad, "x.st"),
                         doctest::Contains("does not fit its checksum"), InputError);
  };
  damaged("0.25", "0.75");
  damaged("[2,3]", "[3,2]");
  damaged("\"aa\"", "\"ab\"");
  damaged("F32", "I32");
  Bytes bad = good;
  for (std::size_t back = 1; back <= 48; ++back) {
    bad[bad.size() - back] ^= 0x10;
    const std::string array = back <= 24 ? "\"bb\"" : "\"aa\"";
    CHECK_THROWS_WITH_AS(io::parse_safetensors(bad, "x.st"),
                         doctest::Contains(("array " + array + " does not fit").c_str()),
                         InputError);
    bad[bad.size() - back] ^= 0x10;
  }
  CHECK(io::parse_safetensors(bad, "x.st").metadata == file.metadata);
  // One checksum alone is damage; none is another program's file.
  std::string one = text, none = text;
  one.replace(one.find("crc32c"), 6, "crc32x");
  CHECK_THROWS_WITH_AS(io::parse_safetensors(Bytes(one.begin(), one.end()), "x.st"),
                       doctest::Contains("some arrays alone"), InputError);
  for (std::size_t at = none.find("crc32c"); at != std::string::npos; at = none.find("crc32c"))
    none.replace(at, 6, "crc32x");
  none.back() ^= 0x10;
  CHECK(io::parse_safetensors(Bytes(none.begin(), none.end()), "x.st").tensors.size() == 2);
}

TEST_CASE("safetensors: a file's header is judged before its arrays are read") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "x.safetensors";
  const auto large = [&](const std::string& header) {
    write_file(path, with_header(header, 0));
    std::filesystem::resize_file(path, std::uint64_t{3900} << 20);  // sparse
  };
  const auto refused = [&](const char* why, const io::HeaderJudge& judge) {
    CHECK_THROWS_WITH_AS(io::read_safetensors(path, judge), doctest::Contains(why), InputError);
  };
  large("");
  refused("not JSON", {});
  large(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})");
  refused("bytes after its last array", {});
  std::string header = R"({"__metadata__":{"format":"other"},"a":{"dtype":"U8","shape":[N],)"
                       R"("data_offsets":[0,N]}})";
  const std::string bytes = std::to_string((std::uint64_t{3900} << 20) - 8 - header.size() - 18);
  for (std::size_t at = header.find('N'); at != std::string::npos; at = header.find('N'))
    header.replace(at, 1, bytes);
  large(header);
  refused("of another kind", [](const io::Safetensors& head) {
    CHECK(head.metadata.at("format") == "other");
    CHECK(head.tensors.at("a").data.empty());
    throw InputError("of another kind");
  });
  refused("expected at most 1000",
          [](const io::Safetensors& head) { io::check_bytes(head, 1000, "x"); });
  refused("some bytes", [](const io::Safetensors&) { throw InputError("some bytes"); });
}

TEST_CASE("safetensors: a file gives what its bytes give") {
  const TemporaryFolder folder;
  io::write_safetensors(folder / "x", example());
  const io::Safetensors back = io::read_safetensors(folder / "x");
  CHECK(back.metadata == example().metadata);
  for (const auto& [name, tensor] : example().tensors) CHECK(back.at(name, "").data == tensor.data);
  const Bytes whole = read_file(folder / "x");
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{7}, std::size_t{40}, whole.size() - 1}) {
    write_file(folder / "cut", std::span(whole).first(bytes));
    CHECK_THROWS_AS(io::read_safetensors(folder / "cut"), InputError);
  }
  CHECK_THROWS_WITH_AS(io::read_safetensors(folder.path()), doctest::Contains("regular file"),
                       InputError);
  CHECK_THROWS_WITH_AS(io::read_safetensors(folder / "none"), doctest::Contains("cannot be opened"),
                       InputError);
}

}  // namespace fgcn::mesh
