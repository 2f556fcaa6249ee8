// The report's lines, and the sentences of objects whose PTX cannot be read.
#include "tests/ptx/report.h"

#include <doctest/doctest.h>

#include <cstring>
#include <sstream>

#include "tests/ptx/device_array.h"
#include "tests/ptx/runtime_kernels.h"

namespace fgcn::ptx {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) fields.push_back(field);
  return fields;
}

/// The report's lines that begin with these fields.
std::vector<std::vector<std::string>> lines_of(const std::string& kind, const std::string& name) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream report(report_text());
  for (std::string line; std::getline(report, line);) {
    const std::vector<std::string> fields = fields_of(line);
    REQUIRE(fields.size() >= 2);
    if (fields[0] == kind && fields[1] == name) lines.push_back(fields);
  }
  return lines;
}

TEST_CASE("the report names kernels that never started and instructions that were never reached") {
  const std::string half = "fgcn::ptx::half_kernel(float*, bool)";
  const DeviceArray<float> y(std::vector<float>(64, 0));
  start_half(y.data(), true);
  REQUIRE(cudaGetLastError() == cudaSuccess);
  const auto kernel = lines_of("kernel", half);
  REQUIRE(kernel.size() == 1);
  REQUIRE(kernel[0].size() == 13);
  CHECK(kernel[0][3] == "1");   // launches
  CHECK(kernel[0][4] == "1");   // blocks
  CHECK(kernel[0][7] == "32");  // threads
  const int reached = std::stoi(kernel[0][9]), all = std::stoi(kernel[0][10]);
  CHECK(reached > 0);
  const auto missed = lines_of("missed", half);
  CHECK(static_cast<int>(missed.size()) == all - reached);
  bool atomic = false;
  for (const auto& line : missed) {
    REQUIRE(line.size() == 6);
    const bool is_add = line[4].rfind("atom", 0) == 0 || line[4].rfind("red", 0) == 0;
    if (is_add) atomic = line[5].find("runtime_kernels.cu:") != std::string::npos;
  }
  CHECK(atomic);
  start_half(y.data(), false);
  CHECK(lines_of("missed", half).empty());

  const auto never = lines_of("kernel", "fgcn::ptx::never_started_kernel(float*)");
  REQUIRE(never.size() == 1);
  CHECK(never[0].size() == 13);
  CHECK(never[0][3] == "0");
}

TEST_CASE("the report has each finding once, with its count") {
  const RestoredSettings settings;
  device().findings.clear();
  for (int i = 0; i < 3; ++i)
    device().findings.add({"kind", "a kernel", "a.cu:1", "text\twith a tab", 0}, "site");
  const auto lines = lines_of("finding", "3");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        std::vector<std::string>{"finding", "3", "kind", "a kernel", "a.cu:1", "text with a tab"});
}

/// A file as nvcc writes it: a header, then an entry's header and bytes.
std::vector<u8> fat_binary(u16 kind, u32 architecture, u64 flags, const std::string& content) {
  constexpr std::size_t kHeader = 16, kEntry = 64;
  std::vector<u8> bytes(kHeader + kEntry + content.size());
  const auto put = [&](std::size_t at, auto value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  };
  put(0, u32{0xBA55ED50u});
  put(4, u16{1});
  put(6, u16{kHeader});
  put(8, u64{kEntry + content.size()});
  put(kHeader, kind);
  put(kHeader + 4, u32{kEntry});
  put(kHeader + 8, u64{content.size()});
  put(kHeader + 28, architecture);
  put(kHeader + 40, flags);
  std::memcpy(bytes.data() + kHeader + kEntry, content.data(), content.size());
  return bytes;
}

std::string sentence(const std::vector<u8>& bytes) {
  const std::unique_ptr<FatBinary> binary = read_fat_binary(bytes.data());
  Function function;
  function.binary = binary.get();
  function.name = "_Z6kernelv";
  CHECK(module_for(function) == nullptr);
  return why_no_module(function);
}

TEST_CASE("PTX that is compressed, missing or too new is said in one sentence") {
  const RestoredSettings settings;
  options().architecture = 90;
  constexpr u16 kText = 1, kCode = 2;
  CHECK(sentence(fat_binary(kText, 75, 0x8000, "...")) ==
        "kernel() has compressed PTX (for 75): compile its file with nvcc --no-compress");
  CHECK(sentence(fat_binary(kText, 75, 0x2000, "...")) ==
        "kernel() has compressed PTX (for 75): compile its file with nvcc --no-compress");
  CHECK(sentence(fat_binary(kText, 120, 0, ".version 9.0")) ==
        "kernel() has PTX for 120 only, the device is a 90: compile its file for an older one too");
  CHECK(sentence(fat_binary(kCode, 80, 0, "...")) ==
        "kernel() has no PTX, machine code for 80: compile its file with nvcc "
        "-gencode arch=compute_75,code=compute_75");
  std::vector<u8> strange = fat_binary(kText, 75, 0, "");
  strange[0] ^= 1;
  CHECK(sentence(strange) ==
        "kernel() cannot be run: its device code begins with an unknown number");
}

}  // namespace
}  // namespace fgcn::ptx
