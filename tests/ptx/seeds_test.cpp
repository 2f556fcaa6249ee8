// Every seeded fault is found, by its kind and its line, in each order of threads; clean kernels
// have no finding.
#include "tests/ptx/seeds.h"

#include <cuda_runtime_api.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "kernels/core/error.h"
#include "tests/ptx/device_array.h"

namespace fgcn::ptx {
namespace {

constexpr int kCount = 128;
const char* const kSource = FGCN_SOURCE_DIR "/tests/ptx/seeds.cu";

/// The line of "seeded: NAME" in seeds.cu; 0 when there is none.
int seeded_line(const std::string& name) {
  std::ifstream file(kSource);
  const std::string mark = "// seeded: " + name;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.size() >= mark.size() &&
        line.compare(line.size() - mark.size(), mark.size(), mark) == 0)
      return number;
  }
  return 0;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Some other line may be found instead: an order of threads swaps the two sides of a race.
std::string other_line(const std::string& name) {
  const int line =
      std::max({seeded_line("one order of " + name), seeded_line("the other of " + name)});
  return line == 0 ? "never" : text("seeds.cu:", line);
}

std::string described(const std::vector<Finding>& found) {
  std::string all;
  for (const Finding& finding : found) all += sentence_of(finding) + '\n';
  return all;
}

void check_seed(const Seed& seed) {
  Device& d = device();
  d.findings.clear();
  d.notes.clear();
  void *y = nullptr, *x = nullptr;
  REQUIRE(cudaMalloc(&y, kCount * sizeof(float)) == cudaSuccess);
  REQUIRE(cudaMalloc(&x, kCount * sizeof(float)) == cudaSuccess);
  seed.start(static_cast<float*>(y), static_cast<const float*>(x), kCount);
  const cudaError_t status = cudaGetLastError();
  CHECK(cudaFree(y) == cudaSuccess);
  CHECK(cudaFree(x) == cudaSuccess);
  const std::vector<Finding> found = d.findings.all();
  INFO(described(found));
  if (*seed.wanted == '\0') {
    CHECK(status == cudaSuccess);
    CHECK(found.empty());
    return;
  }
  const std::string line = text("seeds.cu:", seeded_line(seed.name));
  REQUIRE(line != "seeds.cu:0");
  bool named = false;
  for (const Finding& finding : found) {
    const bool kind = contains(finding.kind + ": " + finding.text, seed.wanted);
    const bool place =
        contains(finding.source, line) || contains(finding.source, other_line(seed.name));
    const bool kernel = contains(finding.kernel, "_kernel(float*, float const*, int)");
    named = named || (kind && place && kernel);
    // A fault that ends a kernel is also the status of the call.
    if (finding.kind == "fault") CHECK(status != cudaSuccess);
  }
  CHECK(named);
}

/// This program provokes what ends others with 1.
const bool kFindingsExpected = options().findings_expected = true;

TEST_CASE("every seeded fault is found by kind and line, clean kernels have none") {
  const RestoredSettings settings;
  options().sticky = false;
  options().block_race = true;
  for (const u64 order : {0, 1, 2, 3}) {
    CAPTURE(order);
    options().order = order;
    for (const Seed& seed : seeds()) {
      INFO(std::string(seed.name));
      check_seed(seed);
    }
  }
}

TEST_CASE("a fault names kernel, block, thread, instruction and the lines of inlining") {
  const RestoredSettings settings;
  options().sticky = false;
  for (const Seed& seed : seeds()) {
    if (std::string(seed.name) != "inlined") continue;
    check_seed(seed);
    REQUIRE(device().findings.size() == 1);
    const std::string sentence = sentence_of(device().findings.all().front());
    CHECK(contains(sentence, "fault in fgcn::ptx::inlined_kernel(float*, float const*, int) at "));
    CHECK(contains(sentence, text("seeds.cu:", seeded_line("inlined"), ", inlined at ")));
    CHECK(contains(sentence, text("seeds.cu:", seeded_line("where it is inlined"), ": ")));
    CHECK(contains(sentence, "4 bytes at 0x"));
    CHECK(contains(sentence, "; byte 512 of an allocation of 512; "));
    CHECK(contains(sentence, "block (0,0,0) of (2,1,1), thread (0,0,0) of (64,1,1), `st.global."));
    // The host reads it where it reads the status.
    CHECK(contains(cudaGetErrorString(cudaErrorIllegalAddress), sentence));
  }
}

TEST_CASE("a fault ends the device, as on a GPU") {
  const RestoredSettings settings;
  for (const Seed& seed : seeds()) {
    if (std::string(seed.name) != "inlined") continue;
    void* y = nullptr;
    REQUIRE(cudaMalloc(&y, kCount * sizeof(float)) == cudaSuccess);
    seed.start(static_cast<float*>(y), static_cast<float*>(y), kCount);
    CHECK(cudaGetLastError() == cudaErrorIllegalAddress);
    CHECK(cudaDeviceSynchronize() == cudaErrorIllegalAddress);
    CHECK(cudaMemsetAsync(y, 0, 4, nullptr) == cudaErrorIllegalAddress);
    options().sticky = false;
    CHECK(cudaDeviceSynchronize() == cudaErrorIllegalAddress);  // once more, then no more
    CHECK(cudaFree(y) == cudaSuccess);
  }
}

}  // namespace
}  // namespace fgcn::ptx
