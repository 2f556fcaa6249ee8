#include "train/run/checkpoints.h"

#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

io::Safetensors state(std::int64_t step) {
  io::Safetensors out;
  std::vector<float> values;
  for (int i = 0; i < 300; ++i) values.push_back(static_cast<float>(i * step));
  out.tensors["weight"] = io::StoredTensor::of({100, 3}, values);
  out.tensors["bias"] = io::StoredTensor::of({1}, std::vector<float>{0.5F});
  out.metadata["steps"] = std::to_string(step);
  return out;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    out.insert(entry.path().filename().string());
  return out;
}

void write_bytes(const fs::path& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

TEST_CASE("the newest checkpoints are kept, and what was cut short goes") {
  const TemporaryFolder folder;
  write_bytes(folder / ".checkpoint-000001.safetensors.12.0.tmp", {1, 2, 3});
  for (const char* foreign : {".notes.tmp", ".notes.3.tmp", ".12.3.tmp", ".a.1.b.tmp", "a.1.2.tmp"})
    write_bytes(folder / foreign, {4});
  write_bytes(folder / "checkpoint-1.safetensors", {1, 2, 3});  // a person's, not ours
  Checkpoints checkpoints(folder.path(), 3);
  CHECK(!checkpoints.any());
  for (const std::int64_t step : {5, 10, 999'995, 1'000'000, 1'000'005})
    checkpoints.write(step, state(step));
  CHECK(names_in(folder.path()) ==
        std::set<std::string>{".notes.tmp", ".notes.3.tmp", ".12.3.tmp", ".a.1.b.tmp", "a.1.2.tmp",
                              "lock", "checkpoint-1.safetensors", "checkpoint-999995.safetensors",
                              "checkpoint-1000000.safetensors", "checkpoint-1000005.safetensors"});
  const auto found = checkpoints.newest([](const std::string& said) { FAIL(said); });
  REQUIRE(found);
  CHECK(found->step == 1'000'005);
  CHECK(found->path == checkpoints.latest());
  CHECK(found->file.at("weight", "").data == state(1'000'005).at("weight", "").data);
  CHECK(found->file.metadata.at("steps") == "1000005");
}

TEST_CASE("a checkpoint that was cut or changed anywhere is passed over with a sentence") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder.path(), 3);
  checkpoints.write(1, state(1));
  checkpoints.write(2, state(2));
  const fs::path newest = folder / "checkpoint-000002.safetensors";
  const Bytes whole = read_file(newest);
  const auto step_found = [&](const Bytes& bytes) {
    write_bytes(newest, bytes);
    int said = 0;
    const auto found = checkpoints.newest([&](const std::string& sentence) {
      CHECK(sentence.find("checkpoint-000002.safetensors: ") != std::string::npos);
      ++said;
    });
    REQUIRE(found);
    CHECK(said == (found->step == 2 ? 0 : 1));
    return found->step;
  };
  for (std::size_t size = 0; size < whole.size(); size += 37)
    CHECK(step_found(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) == 1);
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    Bytes changed = whole;
    changed[at] ^= 0x10;
    CAPTURE(at);
    CHECK(step_found(changed) == 1);
  }
  CHECK(step_found(whole) == 2);
  write_bytes(folder / "checkpoint-000001.safetensors", {});
  write_bytes(newest, {});
  CHECK(checkpoints.any());
  CHECK(!checkpoints.newest([](const std::string&) {}));
}

TEST_CASE("a damaged newest checkpoint does not push out what is written after it") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder.path(), 1);
  write_bytes(folder / "checkpoint-000009.safetensors", {1, 2, 3});
  checkpoints.write(8, state(8));
  CHECK(names_in(folder.path()) == std::set<std::string>{"lock", "checkpoint-000008.safetensors"});
}

TEST_CASE("a folder has one run at a time") {
  const TemporaryFolder folder;
  {
    const Checkpoints first(folder.path(), 3);
    CHECK_THROWS_WITH_AS(Checkpoints(folder.path(), 3),
                         doctest::Contains("another run is writing here"), InputError);
  }
  CHECK_NOTHROW(Checkpoints(folder.path(), 3));
  write_bytes(folder / "file", {});
  CHECK_THROWS_WITH_AS(Checkpoints(folder / "file", 3), doctest::Contains("cannot be made"),
                       InputError);
}

/// No file may become larger than this while it is there: what a full disk does to a write.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_CASE("a write that fails leaves the older checkpoints") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder.path(), 1);
  checkpoints.write(1, state(1));
  {
    const FileSizeLimit full(500);
    CHECK_THROWS_WITH_AS(checkpoints.write(2, state(2)), doctest::Contains("cannot be written"),
                         InputError);
  }
  CHECK(names_in(folder.path()) == std::set<std::string>{"lock", "checkpoint-000001.safetensors"});
  const auto found = checkpoints.newest([](const std::string& said) { FAIL(said); });
  REQUIRE(found);
  CHECK(found->step == 1);
}

}  // namespace
}  // namespace fgcn::train
