#include "io/arrays/npz.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstring>
#include <limits>

#include "io/byte_order.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/mesh/shapes.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

io::Npz example() {
  const std::vector<float> f{1.5f, -2, 3, 4, 5, 6};
  const std::vector<double> d{1.0 / 3.0};
  const std::vector<std::int32_t> i{7, -8};
  const std::vector<std::int64_t> l{std::int64_t{1} << 40, -1};
  const std::vector<std::uint8_t> u{0, 255, 1};
  io::Npz out;
  out["f"] = io::NpyArray::of({2, 3}, std::span(f));
  out["d"] = io::NpyArray::of({}, std::span(d));
  out["i"] = io::NpyArray::of({2}, std::span(i));
  out["l"] = io::NpyArray::of({2, 1}, std::span(l));
  out["u"] = io::NpyArray::of({3}, std::span(u));
  out["none"] = io::NpyArray::of({0, 5}, std::span(f).first(0));
  out["t"] = io::NpyArray::of(std::string("csr"));
  out["names"] = io::NpyArray{io::NpyType::kText, {3}, {}, {"jaw", "", "left_eye"}};
  return out;
}

/// A .npy of the given header text and data.
Bytes npy(const std::string& header, const Bytes& data) {
  Bytes out{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  io::append_le(out, static_cast<std::uint16_t>(header.size()));
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

Bytes f32(std::initializer_list<float> values) {
  Bytes out;
  for (const float v : values) io::append_le(out, v);
  return out;
}

std::string header_of(const std::string& descr, const std::string& order,
                      const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

Csr random_sparse(std::int64_t rows, std::int64_t cols) {
  Rng rng(9);
  std::vector<Triplet> entries;
  for (int k = 0; k < rows * 3; ++k)
    entries.push_back({static_cast<std::int32_t>(rng.below(rows)),
                       static_cast<std::int32_t>(rng.below(cols)), rng.uniform(-1, 1)});
  entries.push_back({0, 0, 0.0});
  return csr_from_triplets(rows, cols, entries);
}

}  // namespace

TEST_CASE("npz: what is written is read back, and the bytes repeat") {
  for (const io::ZipMethod method : {io::ZipMethod::kStored, io::ZipMethod::kDeflated}) {
    const Bytes bytes = io::encode_npz(example(), method);
    CHECK(bytes == io::encode_npz(example(), method));
    const io::Npz back = io::parse_npz(bytes, "x.npz");
    REQUIRE(back.size() == example().size());
    for (const auto& [name, array] : example()) {
      CAPTURE(name);
      CHECK(back.at(name).type == array.type);
      CHECK(back.at(name).shape == array.shape);
      CHECK(back.at(name).data == array.data);
      CHECK(back.at(name).texts == array.texts);
    }
  }
  const io::Npz file = example();
  CHECK(file.at("l").longs() == std::vector<std::int64_t>{std::int64_t{1} << 40, -1});
  CHECK(file.at("u").ints() == std::vector<std::int32_t>{0, 255, 1});
  CHECK(file.at("u").doubles()[1] == 255.0);
  CHECK(file.at("t").only_text() == "csr");
  CHECK_THROWS_AS(file.at("l").ints(), InputError);  // 2^40
  CHECK_THROWS_AS(file.at("f").ints(), InputError);
  CHECK_THROWS_AS(file.at("t").doubles(), InputError);
  CHECK_THROWS_AS(file.at("f").only_text(), InputError);
  CHECK_THROWS_WITH_AS(at(file, "x", "a.npz"), doctest::Contains("a.npz: holds no array \"x\""),
                       InputError);
}

TEST_CASE("npy: an array stored by columns is turned over; texts of both kinds") {
  const io::NpyArray turned =
      io::parse_npy(npy(header_of("<f4", "True", "(2, 3)"), f32({1, 4, 2, 5, 3, 6})), "x");
  CHECK(turned.doubles() == std::vector<double>{1, 2, 3, 4, 5, 6});
  const io::NpyArray cube =
      io::parse_npy(npy(header_of("<f4", "True", "(2, 1, 3)"), f32({1, 4, 2, 5, 3, 6})), "x");
  CHECK(cube.doubles() == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(io::parse_npy(npy(header_of("<f4", "True", "(0, 9223372036854775807)"), {}), "x").size() ==
        0);
  CHECK(io::parse_npy(npy(header_of("|S4", "False", "()"), {'c', 's', 'r', 0}), "x").only_text() ==
        "csr");
  CHECK(io::parse_npy(
            npy(header_of("<U3", "False", "()"), {'c', 0, 0, 0, 's', 0, 0, 0, 0, 0, 0, 0}), "x")
            .only_text() == "cs");
  CHECK(io::parse_npy(npy("{'shape': (1,), 'fortran_order': False, 'descr': '|b1'}", {1}), "x")
            .ints() == std::vector<std::int32_t>{1});
}

TEST_CASE("npy: malformed arrays are refused") {
  const Bytes six = f32({1, 2, 3, 4, 5, 6});
  const std::string headers[] = {
      "",
      "{",
      "{}",
      header_of("<f4", "False", "(7,)"),
      header_of("<f4", "False", "(5,)"),
      header_of("<f4", "False", "(-6,)"),
      header_of("<f4", "False", "(6)") + "x",
      header_of("<f4", "Maybe", "(6,)"),
      header_of(">f4", "False", "(6,)"),
      header_of("<c8", "False", "(3,)"),
      header_of("|O", "False", "(6,)"),
      header_of("|S0", "False", "(6,)"),
      header_of("|Sx", "False", "(6,)"),
      header_of("<f4", "False", "(4294967296, 4294967296)"),
      header_of("<f8", "False", "(1152921504606846979,)"),
      header_of("<f4", "False", "(99999999999999999999,)"),
      header_of("<f4", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,6)"),
      "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'shape': (6,)}",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}",
      "{'fortran_order': False, 'shape': (6,)}",
  };
  for (const std::string& header : headers) {
    CAPTURE(header);
    CHECK_THROWS_AS(io::parse_npy(npy(header, six), "x.npy"), InputError);
  }
  Bytes version = npy(header_of("<f4", "False", "(6,)"), six);
  CHECK(io::parse_npy(version, "x").size() == 6);
  version[6] = 9;
  CHECK_THROWS_AS(io::parse_npy(version, "x"), InputError);
}

TEST_CASE("npz: small types are widened, by columns too") {
  const auto read = [](const std::string& type, const Bytes& data) {
    return io::parse_npy(npy(header_of(type, "False", "(2,)"), data), "x.npy");
  };
  CHECK(read("<f2", {0, 0xb8, 0, 0x3c}).doubles() == std::vector<double>{-0.5, 1});
  CHECK(read("|i1", {0xff, 2}).ints() == std::vector<std::int32_t>{-1, 2});
  CHECK(read("<i2", {0xfe, 0xff, 1, 1}).ints() == std::vector<std::int32_t>{-2, 257});
  CHECK(read("<u2", {0xfe, 0xff, 1, 1}).ints() == std::vector<std::int32_t>{65534, 257});
  CHECK(read("<u4", {0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0}).longs() ==
        std::vector<std::int64_t>{4294967295, 1});
  CHECK_THROWS_AS(read("<u8", Bytes(16, 0xff)), InputError);
  const io::NpyArray columns =
      io::parse_npy(npy(header_of("<i2", "True", "(2, 2)"), {1, 0, 2, 0, 3, 0, 4, 0}), "x.npy");
  CHECK(columns.ints() == std::vector<std::int32_t>{1, 3, 2, 4});
}

TEST_CASE("npz: damage is found, whatever byte it is in") {
  const Bytes good = io::encode_npz(example(), io::ZipMethod::kDeflated);
  for (std::size_t n = 0; n < good.size(); ++n)
    REQUIRE_THROWS_AS(io::parse_npz(std::span(good).first(n), "cut"), InputError);
  Rng rng(2);
  for (int trial = 0; trial < 3000; ++trial) {
    Bytes changed = good;
    changed[rng.below(static_cast<std::int64_t>(changed.size()))] ^=
        static_cast<std::uint8_t>(1 + rng.below(255));
    try {
      const io::Npz back = io::parse_npz(changed, "changed");
      // Fields that do not matter (dates, attributes) and names may differ; contents may not.
      for (const auto& [name, array] : back)
        if (example().contains(name)) REQUIRE(array.data == example().at(name).data);
    } catch (const InputError&) {
      continue;
    }
  }
}

TEST_CASE("npz: a member that cannot be read refuses itself alone") {
  const Bytes good = npy(header_of("<f4", "False", "(2,)"), f32({1, 2}));
  const Bytes archive =
      io::encode_zip({{"a.npy", good},
                      {"sub/", {}},
                      {"sub/b.npy", good},
                      {"readme.txt", {'h', 'i'}},
                      {"object.npy", npy(header_of("|O", "False", "()"), {1})},
                      {"wide.npy", npy(header_of("<f16", "False", "(1,)"), Bytes(16, 0))},
                      {"text.npy", npy(header_of("<U1", "False", "(1,)"), {0xe9, 0, 0, 0})}},
                     io::ZipMethod::kDeflated);
  const io::Npz file = io::parse_npz(archive, "x.npz");
  CHECK(at(file, "a", "x.npz").doubles() == std::vector<double>{1, 2});
  CHECK(at(file, "sub/b", "x.npz").doubles() == std::vector<double>{1, 2});
  for (const auto& [name, why] :
       std::map<std::string, const char*>{{"object", "x.npz: object.npy: has the type |O"},
                                          {"wide", "x.npz: wide.npy: has the type <f16"},
                                          {"text", "x.npz: text.npy: holds a text that is not"},
                                          {"readme.txt", "x.npz: readme.txt: is not a NumPy array"},
                                          {"sub/", "x.npz: sub/: is not a NumPy array"}}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(at(file, name, "x.npz"), doctest::Contains(why), InputError);
    const io::NpyArray& array = file.at(name);
    CHECK_THROWS_WITH_AS(array.doubles(), doctest::Contains(why), InputError);
    CHECK_THROWS_WITH_AS(array.ints(), doctest::Contains(why), InputError);
    CHECK_THROWS_WITH_AS(array.only_text(), doctest::Contains(why), InputError);
    CHECK_THROWS_WITH_AS(array.size(), doctest::Contains(why), InputError);
    CHECK_THROWS_AS(io::encode_npy(array), Error);
  }
}

TEST_CASE("zip: members that overlap or promise too much are refused") {
  const Bytes data(1000, 7);
  const Bytes good = io::encode_zip({{"a", data}, {"b", data}}, io::ZipMethod::kDeflated);
  CHECK(io::parse_zip(good, "x").at("b") == data);
  // The directory follows the members; its entries are 46 bytes and the name.
  const std::size_t directory = io::load_le<std::uint32_t>(good, good.size() - 6);
  const auto with_u32 = [&](std::size_t at, std::uint32_t value) {
    Bytes out = good;
    std::memcpy(out.data() + at, &value, 4);
    return out;
  };
  const std::size_t second = directory + 47;
  CHECK(io::load_le<std::uint32_t>(good, second) == 0x02014b50);
  CHECK_THROWS_WITH_AS(io::parse_zip(with_u32(second + 42, 0), "x"), doctest::Contains("overlap"),
                       InputError);
  CHECK_THROWS_AS(io::parse_zip(with_u32(second + 24, 999), "x"), InputError);
  CHECK_THROWS_AS(io::parse_zip(with_u32(second + 24, 0xfffffff0), "x"), InputError);
  CHECK_THROWS_AS(io::parse_zip(with_u32(second + 16, 0), "x"), InputError);        // checksum
  CHECK_THROWS_AS(io::parse_zip(with_u32(second + 20, 1 << 30), "x"), InputError);  // packed size
  CHECK_THROWS_AS(io::parse_zip(with_u32(second + 42, 1 << 30), "x"), InputError);  // offset
  CHECK(io::parse_zip(io::encode_zip({}, io::ZipMethod::kStored), "x").empty());
}

TEST_CASE("sparse npz: round trip, and the three forms scipy writes") {
  const Csr a = random_sparse(7, 11);
  CHECK(test::same(io::sparse_from_npz(io::npz_from_sparse(a, io::NpzPrecision::kF64), "x"), a));
  CHECK(test::largest_relative_difference(
            io::sparse_from_npz(io::npz_from_sparse(a, io::NpzPrecision::kF32), "x"), a) <= 6e-8);

  const Csr t = transpose(a);
  io::Npz csc = io::npz_from_sparse(t, io::NpzPrecision::kF64);
  const std::vector<std::int64_t> shape{a.rows, a.cols};
  csc["format"] = io::NpyArray::of(std::string("csc"));
  csc["shape"] = io::NpyArray::of({2}, std::span(shape));
  CHECK(test::same(io::sparse_from_npz(csc, "x"), a));

  // Coordinates in any order, an entry in two parts.
  io::Npz coo;
  const std::vector<std::int64_t> rows{3, 0, 3}, cols{1, 2, 1}, two{4, 5};
  const std::vector<float> values{1.0f, 2.0f, 0.5f};
  coo["format"] = io::NpyArray::of(std::string("coo"));
  coo["shape"] = io::NpyArray::of({2}, std::span(two));
  coo["row"] = io::NpyArray::of({3}, std::span(rows));
  coo["col"] = io::NpyArray::of({3}, std::span(cols));
  coo["data"] = io::NpyArray::of({3}, std::span(values));
  CHECK(test::same(io::sparse_from_npz(coo, "x"),
                   csr_from_triplets(4, 5, {{0, 2, 2.0}, {3, 1, 1.5}})));
}

TEST_CASE("sparse npz: inconsistent matrices are refused") {
  const io::Npz good = io::npz_from_sparse(random_sparse(4, 6), io::NpzPrecision::kF64);
  const auto ints = [](std::vector<std::int64_t> v) {
    return io::NpyArray::of({static_cast<std::int64_t>(v.size())},
                            std::span<const std::int64_t>(v));
  };
  const auto refused = [&](const char* field, io::NpyArray value) {
    CAPTURE(field);
    io::Npz bad = good;
    bad[field] = std::move(value);
    CHECK_THROWS_AS(io::sparse_from_npz(bad, "x.npz"), InputError);
  };
  refused("shape", ints({3, 6}));
  refused("shape", ints({4}));
  refused("shape", ints({4, 1}));
  refused("shape", ints({-4, 6}));
  refused("shape", ints({4, std::int64_t{1} << 40}));
  refused("format", io::NpyArray::of(std::string("bsr")));
  refused("indptr", ints({0, 0, 0, 0}));
  refused("indptr", ints({0, 1000, 2, 3, good.at("data").size()}));
  refused("indptr", ints({0, -1, 2, 3, good.at("data").size()}));
  refused("indices", ints({0}));
  refused("data", io::NpyArray::of(std::string("x")));
  for (const char* field : {"shape", "format", "indptr", "indices", "data"}) {
    io::Npz bad = good;
    bad.erase(field);
    CHECK_THROWS_AS(io::sparse_from_npz(bad, "x.npz"), InputError);
  }
}

TEST_CASE("npz: the shared files are read") {
  const auto path = test::shared_data("meshes/ict_facekit/ict_face_region_f32c.npz");
  if (!path) return;
  const io::Npz file = io::read_npz(*path);
  CHECK(at(file, "id_delta", "x").shape == std::vector<std::int64_t>{100, 9409, 3});
}

}  // namespace fgcn::mesh
