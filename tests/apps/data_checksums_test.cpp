// fgcn_data add-checksums: the same values, and damage is seen from then on.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

using test::quoted;

test::Outcome add_checksums(const std::filesystem::path& from, const std::filesystem::path& to) {
  return test::run_program("fgcn_data", "add-checksums " + quoted(from) + " -o " + quoted(to));
}

/// A file as other programs write it: two arrays, a text, no checksums.
Bytes plain_file() {
  const std::string header =
      R"({"__metadata__":{"about":"me"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
      R"("b":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}})";
  Bytes out{static_cast<std::uint8_t>(header.size()), 0, 0, 0, 0, 0, 0, 0};
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), {0, 0, 0x80, 0x3f, 1, 2, 3, 4});
  return out;
}

TEST_CASE("add-checksums keeps arrays and texts to the bit, and a changed bit is then refused") {
  const TemporaryFolder folder;
  const std::filesystem::path plain = folder / "plain", checked = folder / "checked";
  write_file(plain, plain_file());
  const test::Outcome outcome = add_checksums(plain, checked);
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.out.find("2 arrays, each with its checksum") != std::string::npos);
  const io::Safetensors before = io::read_safetensors(plain);
  const io::Safetensors after = io::read_safetensors(checked);
  CHECK(after.metadata == before.metadata);
  REQUIRE(after.tensors.size() == before.tensors.size());
  for (const auto& [name, tensor] : before.tensors) {
    CAPTURE(name);
    CHECK(after.at(name, "after").data == tensor.data);
    CHECK(after.at(name, "after").shape == tensor.shape);
    CHECK(after.at(name, "after").dtype == tensor.dtype);
  }

  for (const std::filesystem::path& path : {plain, checked}) {
    Bytes bytes = read_file(path);
    bytes.back() ^= 1;
    write_file(path, bytes);
  }
  CHECK_NOTHROW(io::read_safetensors(plain));
  CHECK_THROWS_WITH_AS(io::read_safetensors(checked), doctest::Contains("checksum"), InputError);
  // Damage is not made right by checksums of it, and stays where it is.
  const Bytes damaged = read_file(checked);
  CHECK(add_checksums(checked, checked).exit_code == 2);
  CHECK(read_file(checked) == damaged);

  // The same file again; no file at all.
  REQUIRE(add_checksums(plain, plain).exit_code == 0);
  const Bytes once = read_file(plain);
  REQUIRE(add_checksums(plain, plain).exit_code == 0);
  CHECK(read_file(plain) == once);
  CHECK(add_checksums(folder / "none", checked).exit_code == 2);
}

TEST_CASE("the default weights have a checksum for each array") {
  const Bytes bytes = read_file(std::string(FGCN_SOURCE_DIR) + "/data/default_weights.safetensors");
  const io::Safetensors file = io::parse_safetensors(bytes, "default");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t found = 0;
  for (std::size_t at = text.find("\"crc32c\":"); at != std::string_view::npos;
       at = text.find("\"crc32c\":", at + 1))
    ++found;
  CHECK(found == file.tensors.size());
}

}  // namespace
}  // namespace fgcn
