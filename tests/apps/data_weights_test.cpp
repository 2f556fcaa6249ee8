// fgcn_data convert-weights: the same numbers as safetensors, and a list of them.
#include <doctest/doctest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/archive/zip.h"
#include "io/arrays/npz.h"
#include "io/arrays/read_weights.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "tests/io/arrays/torch_files.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

using test::quoted;

test::Outcome convert(const std::string& arguments) {
  return test::run_program("fgcn_data", "convert-weights " + arguments);
}

TEST_CASE("convert-weights writes what it read, and lists it") {
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2.5f, -3, 0, 5, 6};
  const std::filesystem::path torch = folder / "a net.pth";
  write_file(torch, test::torch_zip({{"conv.weight", io::StoredTensor::of({2, 3}, values)}}));
  const std::filesystem::path out = folder / "net.safetensors";

  const test::Outcome done = convert(quoted(torch) + " --list -o " + quoted(out));
  CAPTURE(done.err);
  REQUIRE(done.exit_code == 0);
  CHECK(done.out.starts_with("conv.weight [2, 3] F32\n"));
  CHECK(done.out.find("1 arrays of 6 numbers") != std::string::npos);
  const io::Safetensors read = io::read_safetensors(out);
  CHECK(read.at("conv.weight", "").floats() == values);
  CHECK(read.metadata.at("container") == "torch");

  const test::Outcome listed = convert(quoted(out) + " --json");
  REQUIRE(listed.exit_code == 0);
  const nlohmann::json json = nlohmann::json::parse(listed.out);
  CHECK(json.at("container") == "torch");
  CHECK(json.at("arrays").at(0).at("name") == "conv.weight");
  CHECK(json.at("arrays").at(0).at("shape") == nlohmann::json{2, 3});
  CHECK(json.at("arrays").at(0).at("type") == "F32");
}

TEST_CASE("convert-weights refuses what is no weights, and writes nothing") {
  const TemporaryFolder folder;
  test::PickleWriter code;
  code.raw("cposix\nsystem\n").word("true").raw("\x85R");
  const std::filesystem::path bad = folder / "bad.pth";
  write_file(bad, test::torch_zip(code.end(), {}));
  const std::filesystem::path out = folder / "out.safetensors";
  const test::Outcome refused = convert(quoted(bad) + " -o " + quoted(out));
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("bad.pth: names \"posix.system\", which would be code") !=
        std::string::npos);
  CHECK(!std::filesystem::exists(out));
  CHECK(convert(quoted(bad)).exit_code == 2);
  CHECK(convert(quoted(folder / "none.pth") + " --list").exit_code == 2);
}

TEST_CASE("convert-weights says which member of an archive it leaves out") {
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const auto npy = [&](std::vector<std::int64_t> shape) {
    return io::encode_npy(io::NpyArray::of(std::move(shape), std::span(values)));
  };
  Bytes cut = npy({2, 3});
  cut.resize(cut.size() - 4);
  const Bytes archive =
      io::encode_zip({{"whole.npy", npy({6})}, {"cut.npy", cut}}, io::ZipMethod::kStored);
  write_file(folder / "net.npz", archive);
  const test::Outcome done =
      convert(quoted(folder / "net.npz") + " -o " + quoted(folder / "net.safetensors"));
  CHECK(done.exit_code == 0);
  CHECK(done.out.find("1 arrays of 6 numbers") != std::string::npos);
  CHECK(done.err.find("net.npz: cut.npy: ") != std::string::npos);
  CHECK(done.err.find("it is left out") != std::string::npos);
  CHECK(io::read_safetensors(folder / "net.safetensors").at("whole", "").floats() == values);
  write_file(folder / "net.npz", io::encode_zip({{"cut.npy", cut}}, io::ZipMethod::kStored));
  const test::Outcome none = convert(quoted(folder / "net.npz") + " --list");
  CHECK(none.exit_code == 2);
  CHECK(none.err.find("net.npz: cut.npy: ") != std::string::npos);
}

}  // namespace
}  // namespace fgcn
