#include "io/arrays/read_weights.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "io/arrays/npz.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/io/arrays/stored_tensors.h"
#include "tests/support/shared_data.h"

namespace fgcn::io {
namespace {

namespace fs = std::filesystem;

TEST_CASE("weights: both containers of torch give what torch gives") {
  const auto folder = test::shared_data("golden/nets_files");
  if (!folder) return;
  for (const auto& [file, expected, container] :
       {std::tuple("epoch_zip.pth", "epoch_expected.npz", "torch"),
        std::tuple("epoch_legacy.pth", "epoch_expected.npz", "torch legacy"),
        std::tuple("bare_module_prefix.pth", "epoch_expected.npz", "torch"),
        std::tuple("views_zip.pth", "views_expected.npz", "torch"),
        std::tuple("views_legacy.pth", "views_expected.npz", "torch legacy")}) {
    CAPTURE(file);
    const Safetensors read = read_weights(*folder / file);
    CHECK(read.metadata.at("container") == container);
    test::check_equal(read, read_npz(*folder / expected));
  }
}

TEST_CASE("weights: integers and halves keep their type") {
  const auto folder = test::shared_data("golden/nets_files");
  if (!folder) return;
  const Safetensors views = read_weights(*folder / "views_zip.pth");
  CHECK(views.at("half", "").dtype == Dtype::kF16);
  CHECK(views.at("bfloat", "").dtype == Dtype::kF32);
  CHECK(views.at("double", "").dtype == Dtype::kF64);
  CHECK(views.at("i64", "").dtype == Dtype::kI64);
  CHECK(views.at("u8", "").dtype == Dtype::kU8);
  const Safetensors graph = read_weights(*folder / "frozen_graph.pb");
  CHECK(graph.at("fc-id/weights", "").dtype == Dtype::kF16);
  CHECK(graph.at("concat/axis", "").dtype == Dtype::kI32);
}

TEST_CASE("weights: five bad files of torch are refused for what is wrong with each") {
  const auto folder = test::shared_data("golden/nets_files");
  if (!folder) return;
  for (const auto& [file, sentence] :
       {std::pair("refuse_system_call.pth", "names \"posix.system\", which would be code"),
        std::pair("refuse_missing_storage.pth", "lacks the storage \"0\""),
        std::pair("refuse_short_storage.pth", "the storage \"0\" has 212 bytes, 54 elements of 4"),
        std::pair("refuse_stride_past_end.pth", "reaches beyond its storage of 24 elements"),
        std::pair("refuse_truncated_legacy.pth", "ends within the storage \"")}) {
    CAPTURE(file);
    CHECK_THROWS_WITH_AS(read_weights(*folder / file), doctest::Contains(sentence), InputError);
    CHECK_THROWS_WITH_AS(read_weights(*folder / file), doctest::Contains(file), InputError);
  }
}

TEST_CASE("weights: a frozen graph's constants, however their values are listed") {
  const auto folder = test::shared_data("golden/nets_files");
  if (!folder) return;
  test::check_equal(read_weights(*folder / "frozen_graph.pb"),
                    read_npz(*folder / "frozen_graph_expected.npz"));
}

TEST_CASE("weights: a TensorFlow checkpoint is named by any of its files") {
  const auto folder = test::shared_data("golden/coma");
  if (!folder) return;
  const Npz golden = read_npz(*folder / "tf_relu_momentum.npz");
  for (const char* name : {"model-0", "model-0.index", "model-0.data-00000-of-00001"}) {
    CAPTURE(name);
    const Safetensors read = read_weights(*folder / "tf_checkpoint" / name);
    CHECK(read.metadata.at("container") == "tensorflow checkpoint");
    int compared = 0;
    for (const auto& [key, array] : golden) {
      if (!key.starts_with("w:")) continue;
      CAPTURE(key);
      REQUIRE(read.tensors.contains(key.substr(2)));
      const StoredTensor& tensor = read.tensors.at(key.substr(2));
      CHECK(tensor.shape == array.shape);
      const std::vector<double> expected = array.doubles();
      const std::vector<float> values = tensor.floats();
      bool is_equal = values.size() == expected.size();
      for (std::size_t i = 0; is_equal && i < values.size(); ++i)
        is_equal = values[i] == static_cast<float>(expected[i]);
      CHECK(is_equal);
      ++compared;
    }
    CHECK(compared == 21);
  }
}

TEST_CASE("weights: files of other kinds are named") {
  const auto folder = test::shared_data("golden");
  if (!folder) return;
  const auto refused = [](const fs::path& path, const char* sentence) {
    CHECK_THROWS_WITH_AS(read_weights(path), doctest::Contains(sentence), InputError);
  };
  refused(*folder / "bfm_standin/flame_small.pkl", "is a pickle that torch.save did not write");
  refused(*folder / "bfm_standin/bfm2019_small.h5", "is an HDF5 file");
  refused(*folder / "bfm_standin/01_MorphableModel.mat", "is none of the files that hold weights");
  refused(*folder / "nets_files/absent.pth", "absent.pth");
  CHECK(read_weights(*folder / "coma/data.npz").metadata.at("container") == "npz");
}

}  // namespace
}  // namespace fgcn::io
