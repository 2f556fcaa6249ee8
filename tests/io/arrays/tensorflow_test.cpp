// Files of TensorFlow that somebody made or changed; those that it wrote are in read_weights_test.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "io/arrays/read_weights.h"
#include "io/arrays/tensorflow_checkpoint.h"
#include "io/arrays/tensorflow_graph.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/io/arrays/tensorflow_files.h"

namespace fgcn::io {
namespace {

using test::ProtoWriter;

StoredTensor only_constant(const ProtoWriter& tensor) {
  return parse_frozen_graph(test::graph_of("x", tensor), "a.pb").at("x", "a.pb");
}
ProtoWriter tensor_of(std::uint64_t type, const std::vector<std::int64_t>& shape) {
  return ProtoWriter().number(1, type).message(2, test::proto_shape(shape));
}
void refused(const ProtoWriter& tensor, const char* sentence) {
  CHECK_THROWS_WITH_AS(only_constant(tensor), doctest::Contains(sentence), InputError);
}

TEST_CASE("frozen graph: values of every type, listed, packed or repeated") {
  const std::uint32_t two = 0x40000000;
  const std::uint32_t half = 0x3f000000;
  CHECK(only_constant(tensor_of(1, {3}).fixed(5, two).fixed(5, half)).floats() ==
        std::vector<float>{2, 0.5, 0.5});
  Bytes packed;
  append_le(packed, two);
  append_le(packed, half);
  CHECK(only_constant(tensor_of(1, {2, 2}).bytes(5, packed)).floats() ==
        std::vector<float>{2, 0.5, 0.5, 0.5});
  CHECK(only_constant(tensor_of(1, {2}).bytes(4, packed)).floats() == std::vector<float>{2, 0.5});
  CHECK(only_constant(tensor_of(1, {2})).floats() == std::vector<float>{0, 0});
  CHECK(only_constant(tensor_of(3, {2}).number(7, ~std::uint64_t{6})).ints() ==
        std::vector<std::int32_t>{-7, -7});
  CHECK(only_constant(tensor_of(9, {}).number(10, 5)).dtype == Dtype::kI64);
  CHECK(only_constant(tensor_of(10, {2}).number(11, 1).number(11, 0)).ints() ==
        std::vector<std::int32_t>{1, 0});
  CHECK(only_constant(tensor_of(5, {1}).number(7, ~std::uint64_t{0})).ints() ==
        std::vector<std::int32_t>{-1});
  CHECK(only_constant(tensor_of(6, {1}).bytes(4, {0xfe})).ints() == std::vector<std::int32_t>{-2});
  CHECK(only_constant(tensor_of(14, {1}).number(13, 0x4000)).floats() == std::vector<float>{2});
  CHECK(only_constant(tensor_of(19, {1}).number(13, 0xb800)).floats() == std::vector<float>{-0.5});
}

TEST_CASE("frozen graph: a tensor that is not what its shape says is refused") {
  refused(tensor_of(1, {1}).fixed(5, 0).fixed(5, 0), "the tensor \"x\" has more values than");
  refused(tensor_of(1, {2}).bytes(4, {1, 2, 3}), "the tensor \"x\" has 3 bytes, 8 are expected");
  refused(tensor_of(1, {1}).bytes(5, {1, 2, 3}), "are cut off");
  refused(tensor_of(3, {1}).bytes(7, {0x80}), "are cut off");
  refused(tensor_of(1, {-1}), "whose shape is not known");
  refused(tensor_of(1, {std::int64_t{1} << 40}), "is larger than the file can mean");
  refused(tensor_of(1, {std::int64_t{1} << 40, std::int64_t{1} << 40}), "is larger than");
  refused(tensor_of(1, std::vector<std::int64_t>(33, 1)), "whose shape is not known");
  refused(tensor_of(7, {1}).text(8, "a"), "holds no constant");
  CHECK_THROWS_WITH_AS(parse_frozen_graph(ProtoWriter().number(1, 1).end(), "a.pb"),
                       doctest::Contains("a.pb: is a SavedModel"), InputError);
  for (const Bytes& damaged :
       {Bytes{0x0a}, Bytes{0x0a, 5, 1}, Bytes{0x0b}, Bytes(11, 0xff), Bytes{0x00, 0x00}})
    CHECK_THROWS_WITH_AS(parse_frozen_graph(damaged, "a.pb"),
                         doctest::Contains("a.pb: holds a damaged TensorFlow message"), InputError);
}

ProtoWriter entry_of(std::uint64_t offset, const Bytes& data) {
  return ProtoWriter()
      .number(1, 1)
      .message(2, test::proto_shape({static_cast<std::int64_t>(data.size() / 4)}))
      .number(4, offset)
      .number(5, data.size())
      .fixed(6, test::masked_crc(data));
}
const Bytes kHeader = ProtoWriter().number(1, 1).end();

TEST_CASE("checkpoint: tensors lie in the shard where the index says, and overlap nowhere") {
  const TemporaryFolder folder;
  const Bytes a{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40};
  const Bytes b{0, 0, 0, 0x3f};
  Bytes shard = a;
  shard.insert(shard.end(), b.begin(), b.end());
  write_file(folder / "m.data-00000-of-00001", shard);
  const auto write_index = [&](const ProtoWriter& second) {
    write_file(folder / "m.index",
               test::index_of(test::block_of(
                   {{"", kHeader}, {"a", entry_of(0, a).end()}, {"b", second.end()}})));
  };
  write_index(entry_of(8, b));
  const Safetensors read = read_weights(folder / "m");
  CHECK(read.at("a", "").floats() == std::vector<float>{1, 2});
  CHECK(read.at("b", "").floats() == std::vector<float>{0.5});

  const auto refused_index = [&](const ProtoWriter& second, const char* sentence) {
    write_index(second);
    CHECK_THROWS_WITH_AS(read_weights(folder / "m.index"), doctest::Contains(sentence), InputError);
  };
  refused_index(entry_of(9, b), "ends before the tensor \"b\"");
  refused_index(entry_of(0, a), "its tensors overlap");
  refused_index(entry_of(4, b), "the checksum of tensor \"b\" is wrong");
  refused_index(entry_of(8, b).number(3, 1), "the tensor \"b\" lies in no data file");
  refused_index(entry_of(8, b).number(5, 8), "the tensor \"b\" has 8 bytes, 4 are expected");
  refused_index(entry_of(8, b).message(7, ProtoWriter()), "the tensor \"b\" is partitioned");
  refused_index(entry_of(8, b).message(2, test::proto_shape({-1})), "whose shape is not known");
  std::filesystem::remove(folder / "m.data-00000-of-00001");
  write_index(entry_of(8, b));
  CHECK_THROWS_WITH_AS(read_weights(folder / "m"), doctest::Contains("m.data-00000-of-00001"),
                       InputError);
}

TEST_CASE(
    "checkpoint: blocks that lie elsewhere or over one another, and too many files, are refused") {
  const Bytes block = test::block_of({{"", kHeader}});
  const auto refused_index = [&](const Bytes& index, const char* sentence) {
    CHECK_THROWS_WITH_AS(parse_checkpoint_index(index, "m.index"), doctest::Contains(sentence),
                         InputError);
  };
  const auto with = [&](const test::IndexEntries& entries) {
    return test::index_of(block, 0, entries);
  };
  CHECK(parse_checkpoint_index(with([](const Bytes& place) {
                                 return test::BlockEntries{{"z", place}};
                               }),
                               "m.index")
            .shards == 1);
  refused_index(with([](const Bytes& place) {
                  return test::BlockEntries{{"y", place}, {"z", place}};
                }),
                "its blocks overlap");
  const auto at = [&](std::uint64_t begin, std::uint64_t size) {
    return with([=](const Bytes&) {
      return test::BlockEntries{{"z", ProtoWriter().varint(begin).varint(size).end()}};
    });
  };
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  refused_index(at(0, 1000), "a block lies outside the file");
  refused_index(at(1000, 0), "a block lies outside the file");
  refused_index(at(kHuge, 10), "a block lies outside the file");
  // Of a block that lies inside, the trailer alone (packing and checksum) outside: all five bytes,
  // down to the last one.
  constexpr std::uint64_t kFooter = 48, kTrailer = 5;
  const std::uint64_t room = at(0, 0).size() - kFooter;
  REQUIRE(room < 128);  // so that no place takes more bytes than another
  for (std::uint64_t inside = 0; inside < kTrailer; ++inside) {
    CAPTURE(inside);
    refused_index(at(0, room - inside), "a block lies outside the file");
    refused_index(at(room - inside, 0), "a block lies outside the file");
  }
  refused_index(at(0, room - kTrailer), "a block's checksum is wrong");
  refused_index(at(0, kHuge - 4), "a block lies outside the file");
  refused_index(with([](const Bytes& place) {
                  return test::BlockEntries{{"z", Bytes(place.begin(), place.end() - 1)}};
                }),
                "a block's place is cut off");
  refused_index(test::index_of(test::block_of({{"", ProtoWriter().number(1, 10001).end()}})),
                "does not say how many data files");
  refused_index(test::index_of(test::block_of({{"", kHeader}, {std::string(1001, 'a'), {}}})),
                "an entry is cut off");
  const TemporaryFolder folder;
  write_file(folder / "m.index", test::index_of(block));
  CHECK_THROWS_WITH_AS(read_weights(folder / "m.index"), doctest::Contains("holds no tensors"),
                       InputError);
}

TEST_CASE("checkpoint: an index is refused where it breaks") {
  const auto refused_bytes = [](const Bytes& index, const char* sentence) {
    CHECK_THROWS_WITH_AS(parse_checkpoint_index(index, "m.index"), doctest::Contains(sentence),
                         InputError);
  };
  const auto block = [](const test::BlockEntries& entries) { return test::block_of(entries); };
  CHECK(parse_checkpoint_index(test::index_of(block({{"", kHeader}})), "m.index").shards == 1);
  refused_bytes(test::index_of(block({{"", kHeader}}), 1), "its blocks are packed");
  refused_bytes(test::index_of(block({})), "does not say how many data files");
  refused_bytes(test::index_of(block({{"", ProtoWriter().number(1, 1).number(2, 1).end()}})),
                "big-endian");
  refused_bytes(test::index_of(block({{"", kHeader}, {"b", {}}, {"a", {}}})), "out of order");
  refused_bytes(test::index_of({1, 2, 3}), "a block is cut off");
  refused_bytes(test::index_of({0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}), "a block is cut off");
  refused_bytes(test::index_of({3, 0, 0, 0, 0, 0, 0}), "an entry is cut off");
  refused_bytes(test::index_of({0, 0x7f, 0, 0, 0, 0, 0}), "an entry is cut off");
  Bytes changed = test::index_of(block({{"", kHeader}}));
  changed[4] ^= 1;
  refused_bytes(changed, "a block's checksum is wrong");
  const Bytes good = test::index_of(block({{"", kHeader}, {"a", entry_of(0, Bytes(4)).end()}}));
  for (std::size_t n = 0; n < good.size(); ++n)
    refused_bytes(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)),
                  "is no index of a TensorFlow checkpoint");
  Rng rng(5);
  int refusals = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    Bytes other = good;
    other[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(good.size())))] ^=
        static_cast<std::uint8_t>(1 + rng.below(255));
    std::size_t entries = 1;  // the empty block and the padding mean nothing
    try {
      entries = parse_checkpoint_index(other, "m.index").entries.size();
    } catch (const InputError&) {
      ++refusals;
    }
    CHECK(entries == 1);
  }
  CHECK(refusals > 1000);
}

}  // namespace
}  // namespace fgcn::io
