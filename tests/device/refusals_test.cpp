// NVIDIA's libraries may not do what they are asked for: each of their calls is refused in turn.
#include "kernels/simt/vendor/refusals.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/runtime/graph.h"
#include "tests/device/gpus.h"
#include "tests/device/small_penalty.h"

namespace fgcn {
namespace {

using simt::Refusal;

/// Whatever happens, later tests are refused nothing.
struct NothingRefused {
  NothingRefused() = default;
  NothingRefused(const NothingRefused&) = delete;
  NothingRefused& operator=(const NothingRefused&) = delete;
  ~NothingRefused() { simt::refuse({}); }
};

/// Effect of a refusal on the work: the sentence that ended it, or nothing when it had the right
/// result all the same.
std::string outcome_of(const Refusal& refusal, const std::vector<std::vector<double>>& expected) {
  simt::refuse(refusal);
  const Context ctx = test::counted_device();  // with handles of its own
  std::vector<std::vector<double>> actual;
  try {
    actual = test::penalty(ctx);
  } catch (const Error& error) {
    return error.what();
  }
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(test::relative_error(actual[i], expected[i]) <= 1e-5);
  return "";
}

TEST_CASE("each call of a library that is refused is done otherwise, or named in one sentence") {
  if (!test::can_count({"cublas", "cudnn"})) return;
  const NothingRefused afterwards;
  const std::vector<std::vector<double>> expected = test::penalty(Context());
  CHECK(outcome_of({}, expected).empty());
  const auto calls = simt::vendor_calls();
  CHECK(calls.size() >= 20);
  std::vector<Refusal> refusals;
  for (const auto& [call, count] : calls) {
    CAPTURE(call);
    CHECK(count > 0);
    refusals.push_back({call, 0});
    refusals.push_back({call, 1});
    if (count > 1) refusals.push_back({call, count});
    if (call.starts_with("cudnnGet")) refusals.push_back({call, 0, true});
  }
  int replaced = 0, named = 0;
  for (const Refusal& refusal : refusals) {
    CAPTURE(refusal.call);
    CAPTURE(refusal.nth);
    const std::string said = outcome_of(refusal, expected);
    CAPTURE(said);
    CHECK(simt::vendor_calls().at(refusal.call) > 0);
    // Convolutions have kernels of our own; products have none.
    CHECK(said.empty() == refusal.call.starts_with("cudnn"));
    if (!said.empty()) {
      CHECK(said.find(refusal.call) != std::string::npos);
      CHECK(said.find("STATUS_NOT_") != std::string::npos);
      CHECK(std::count(said.begin(), said.end(), '\n') == 0);
    }
    ++(said.empty() ? replaced : named);
  }
  MESSAGE(calls.size() << " calls of cuBLAS and cuDNN, " << refusals.size()
                       << " refusals: " << replaced << " done otherwise, " << named << " named");
}

TEST_CASE("what is refused once is refused for good, and a graph has the plain work's bits") {
  if (!test::can_count({"cublas", "cudnn"})) return;
  const NothingRefused afterwards;
  simt::refuse({"cudnnConvolutionForward", 1});
  const Context ctx = test::counted_device();
  Rng rng(8);
  Conv2d layer(ctx, "layer", {.channels_in = 3, .channels_out = 5, .stride = 2, .pad = 1}, rng);
  const Tensor image = test::uniform({2, 11, 11, 3}, rng).to(ctx);
  const auto convolved = [&] {
    Tape tape(ctx, Record::kNothing);
    return layer(tape.constant(image)).value();
  };
  const std::vector<real> plain = convolved().to_host();
  CHECK(simt::vendor_calls().at("cudnnConvolutionForward") == 1);
  Tensor recorded = Tensor::zeros(ctx, {2, 6, 6, 5});
  const Graph graph(ctx, [&] {
    const Tensor y = convolved();
    ctx.runtime().copy(recorded.data(), y.data(), y.bytes());
  });
  graph.run();
  CHECK(recorded.to_host() == plain);
  CHECK(simt::vendor_calls().at("cudnnConvolutionForward") == 1);
}

}  // namespace
}  // namespace fgcn
