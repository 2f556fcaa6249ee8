// Files of torch that somebody made or changed; those that torch wrote are in read_weights_test.
#include "io/arrays/pth.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "io/arrays/read_weights.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/io/arrays/seeded_tensors.h"
#include "tests/io/arrays/torch_files.h"
#include "tests/support/shared_data.h"

namespace fgcn::io {
namespace {

using test::TorchContainer;
using test::TorchView;
using test::TorchViews;

Bytes numbered_floats(int count) {
  Bytes out;
  for (int i = 0; i < count; ++i) append_le(out, static_cast<float>(i));
  return out;
}

Safetensors parse(const Bytes& file) { return read_pth(ByteSource(file), "a.pth"); }
Bytes zip_of(const TorchViews& views) {
  return test::torch_zip(test::torch_pickle(views, TorchContainer::kZip),
                         {{"0", numbered_floats(24)}});
}
Bytes legacy_of(const TorchViews& views) {
  return test::torch_legacy(test::torch_pickle(views, TorchContainer::kLegacy),
                            {{"0", numbered_floats(24)}}, sizeof(float));
}
void refused(const Bytes& file, const std::string& sentence) {
  CHECK_THROWS_WITH_AS(parse(file), doctest::Contains(("a.pth: " + sentence).c_str()), InputError);
}
/// By both containers.
void refused(const TorchView& view, const std::string& sentence) {
  refused(zip_of({{"x", view}}), sentence);
  refused(legacy_of({{"x", view}}), sentence);
}

TorchView view(std::int64_t offset, std::vector<std::int64_t> shape,
               std::vector<std::int64_t> stride) {
  return {"FloatStorage", "0", 24, offset, std::move(shape), std::move(stride)};
}

TEST_CASE("pth: views of one storage become dense, and an optimizer's state is left out") {
  const TorchViews views{{"whole", view(0, {4, 6}, {6, 1})},
                         {"turned", view(1, {3, 2}, {1, 6})},
                         {"repeated", view(5, {2, 2}, {0, 1})},
                         {"none", view(24, {0, 7}, {7, 1})},
                         {"one", view(23, {}, {})}};
  for (const Bytes& file : {zip_of(views), legacy_of(views)}) {
    const Safetensors read = parse(file);
    CHECK(read.tensors.size() == 5);  // "epoch" is no tensor
    CHECK(read.at("whole", "").floats()[23] == 23);
    CHECK(read.at("turned", "").floats() == std::vector<float>{1, 7, 2, 8, 3, 9});
    CHECK(read.at("repeated", "").floats() == std::vector<float>{5, 6, 5, 6});
    CHECK(read.at("none", "").shape == std::vector<std::int64_t>{0, 7});
    CHECK(read.at("one", "").floats() == std::vector<float>{23});
  }
}

TEST_CASE("pth: a tensor that leaves its storage is refused") {
  refused(view(0, {4, 6}, {6, 2}), "the tensor \"x\" reaches beyond its storage of 24 elements");
  refused(view(1, {24}, {1}), "the tensor \"x\" reaches beyond");
  refused(view(23, {2}, {-1}), "the tensor \"x\" has a negative stride");
  refused(view(-1, {2}, {1}), "the tensor \"x\" begins beyond");
  refused(view(25, {0}, {1}), "the tensor \"x\" begins beyond");
  refused(view(0, {-1}, {1}), "the tensor \"x\" has no shape");
  refused(view(0, {2, 2}, {1}), "the tensor \"x\" has no shape");
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  refused(view(0, {kHuge, 4}, {4, 1}), "the tensor \"x\" has no shape");
  refused(view(0, {3, 3}, {kHuge, kHuge}), "the tensor \"x\" reaches beyond");
  refused(view(0, {kHuge}, {0}), "its tensors repeat their storages too often");
  refused(view(0, {std::int64_t{1} << 30}, {0}), "its tensors repeat their storages too often");
}

TEST_CASE("pth: a storage is what the pickle says or the file is refused") {
  TorchView wrong = view(0, {24}, {1});
  wrong.count = 25;
  refused(zip_of({{"x", wrong}}), "the storage \"0\" has 96 bytes, 25 elements of 4 bytes");
  refused(legacy_of({{"x", wrong}}), "the storage \"0\" has 96 bytes");
  wrong.count = std::int64_t{1} << 62;
  refused(wrong, "the storage \"0\" has 96 bytes");
  wrong = view(0, {12}, {1});
  wrong.type = "DoubleStorage";
  refused(zip_of({{"x", wrong}}), "the storage \"0\" has 96 bytes, 24 elements of 8 bytes");
  wrong.type = "ComplexFloatStorage";
  refused(wrong, "names \"torch.ComplexFloatStorage\", which would be code");
  wrong = view(0, {24}, {1});
  wrong.key = "1";
  refused(zip_of({{"x", wrong}}), "lacks the storage \"1\"");
  refused(legacy_of({{"x", wrong}}), "holds a storage \"0\" of unknown type");
}

TEST_CASE("pth: dictionaries that go round in a circle or repeat without end are refused") {
  const auto zip = [](test::PickleWriter& pickle) {
    return test::torch_zip(pickle.end(), {{"0", numbered_floats(24)}});
  };
  refused(zip(test::PickleWriter().raw("}q\x01").word("a").raw("h\x01s")),
          "its dictionaries are nested deeper than 16");
  test::PickleWriter nested;  // each dictionary holds the one before ten times
  nested.raw("}q\x01");
  for (int level = 0; level < 12; ++level) {
    nested.raw("0}(");
    for (int i = 0; i < 10; ++i) nested.word(std::to_string(i)).raw("h\x01");
    nested.raw("uq\x01");
  }
  refused(zip(nested), "its dictionaries repeat without end");
  refused(zip(test::PickleWriter().raw("]")), "holds no dictionary of tensors");
  refused(zip(test::PickleWriter().raw("}")), "holds no tensors");
}

TEST_CASE("pth: a file cut off anywhere or changed anywhere is refused or means the same") {
  const TorchViews views{{"a", view(0, {4, 6}, {6, 1})}, {"b", view(3, {2}, {1})}};
  for (const Bytes& file : {zip_of(views), legacy_of(views)}) {
    for (std::size_t n = 0; n < file.size(); ++n)
      REQUIRE_THROWS_AS(parse(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(n))),
                        InputError);
    Rng rng(3);
    for (int trial = 0; trial < 3000; ++trial) {
      Bytes changed = file;
      changed[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(file.size())))] ^=
          static_cast<std::uint8_t>(1 + rng.below(255));
      try {
        for (const auto& [name, tensor] : parse(changed).tensors)
          REQUIRE(static_cast<std::int64_t>(tensor.data.size()) % tensor.size() == 0);
      } catch (const InputError&) {
        continue;
      }
    }
  }
}

TEST_CASE("pth: an archive whose members overlap is refused") {
  Bytes file = zip_of({{"x", view(0, {24}, {1})}});
  const std::string name = "a/version";
  const auto directory = std::search(file.rbegin(), file.rend(), name.rbegin(), name.rend());
  const auto entry = file.rend() - directory - static_cast<std::ptrdiff_t>(name.size()) - 46;
  std::fill_n(file.begin() + entry + 42, 4, std::uint8_t{0});  // the place of data.pkl
  refused(file, "its members overlap");
}

TEST_CASE("pth: a full-size R-Net is read as it was written") {
  const auto table = test::shared_data("golden/nets_layout/rnet_torch_tensors.txt");
  if (!table) return;
  const auto expected = test::seeded_tensors(*table);
  REQUIRE(expected.size() == 332);
  // as the page says
  CHECK(test::seeded_uniform(Hash64().add("backbone.conv1.weight").fnv1a(), 0) ==
        doctest::Approx(0.55479879).epsilon(1e-7));
  const TemporaryFolder folder;
  const auto path = folder.path() / "epoch_20.pth";
  write_file(path, test::torch_zip(expected));
  const auto begin = std::chrono::steady_clock::now();
  const Safetensors read = read_weights(path);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  MESSAGE(std::filesystem::file_size(path), " bytes read in ", seconds.count(), " s");
  REQUIRE(read.tensors.size() == expected.size());
  bool is_equal = true;
  for (const auto& [name, tensor] : expected) {
    const StoredTensor& other = read.at(name, "epoch_20.pth");
    is_equal = is_equal && other.dtype == tensor.dtype && other.shape == tensor.shape &&
               other.data == tensor.data;
  }
  CHECK(is_equal);
}

}  // namespace
}  // namespace fgcn::io
