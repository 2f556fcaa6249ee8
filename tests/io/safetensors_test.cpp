#include "io/safetensors.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "io/half.h"
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

}  // namespace fgcn::mesh
