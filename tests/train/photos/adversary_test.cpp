// A critic of every kind goes on from what was saved of it as if it had never stopped.
#include "train/photos/adversary.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/op_check.h"

namespace fgcn::train {
namespace {

AdversaryOptions options(CriticPenalty penalty, Normalisation normalisation) {
  return {
      .weight = 1,
      .loss =
          penalty == CriticPenalty::kReal ? AdversaryLoss::kLogistic : AdversaryLoss::kWasserstein,
      .penalty = penalty,
      .critic = {.side = 8, .filters = {3, 4}, .normalisation = normalisation, .spectral = true}};
}

Tensor pictures(std::uint64_t number) {
  Rng rng(number);
  return test::uniform({2, 8, 8, 3}, rng);
}

/// Results of a step: its losses, then the critic's score of a picture.
std::vector<real> step(Adversary& adversary, std::uint64_t number) {
  adversary.begin(1e-2, 2);
  adversary.learn(pictures(2 * number), pictures(2 * number + 1));
  std::vector<real> out = adversary.losses().to_host();
  Tape tape((Context()));
  out.push_back(adversary.judge(tape.constant(pictures(100))).value().item());
  return out;
}

TEST_CASE("a critic with spectral norms has the same bits for any threads, and when it goes on") {
  for (const CriticPenalty penalty :
       {CriticPenalty::kBatchBlend, CriticPenalty::kSampleBlend, CriticPenalty::kReal})
    for (const Normalisation normalisation :
         {Normalisation::kBatch, Normalisation::kLayer, Normalisation::kNone}) {
      CAPTURE(static_cast<int>(penalty));
      CAPTURE(static_cast<int>(normalisation));
      const AdversaryOptions o = options(penalty, normalisation);
      Adversary whole(Context(Device::kCpu, 1), o, Rng(1)),
          three(Context(Device::kCpu, 3), o, Rng(1));
      std::vector<real> last;
      for (std::uint64_t i = 1; i <= 4; ++i) {
        last = step(whole, i);
        CHECK(last == step(three, i));
      }
      Adversary first(Context(), o, Rng(1)), second(Context(), o, Rng(2));
      for (std::uint64_t i = 1; i <= 3; ++i) step(first, i);
      io::Safetensors file;
      first.save(file);
      step(second, 9);  // what it knew before must not matter
      second.load(io::parse_safetensors(io::encode_safetensors(file), "test"), "test");
      CHECK(step(second, 4) == last);
      io::Safetensors end, other;
      whole.save(end);
      second.save(other);
      for (const auto& [name, tensor] : end.tensors) {
        CAPTURE(name);
        CHECK(tensor.floats() == other.at(name, "test").floats());
      }
    }
}

/// x / |x|.
std::vector<double> scaled_to_one(std::vector<double> x) {
  double squares = 0;
  for (const double v : x) squares += v * v;
  for (double& v : x) v /= std::sqrt(squares);
  return x;
}

TEST_CASE(
    "a step of a critic is one of power iteration, by the weights before it; a judgement none") {
  Adversary adversary(Context(), options(CriticPenalty::kSampleBlend, Normalisation::kLayer),
                      Rng(4));
  for (std::uint64_t i = 1; i <= 5; ++i) {
    io::Safetensors before, after;
    adversary.save(before);
    step(adversary, i);  // with a judgement
    adversary.save(after);
    for (const std::string name : {"critic.0", "critic.1", "critic.score"}) {
      CAPTURE(name);
      const std::vector<float> w = before.at(name + ".weight", "test").floats();
      const std::vector<float> u = before.at(name + ".norm.right", "test").floats();
      std::vector<double> left(w.size() / u.size()), right(u.size());
      for (std::size_t k = 0; k < w.size(); ++k)
        left[k / u.size()] += double{w[k]} * u[k % u.size()];
      left = scaled_to_one(left);
      for (std::size_t k = 0; k < w.size(); ++k) right[k % u.size()] += w[k] * left[k / u.size()];
      right = scaled_to_one(right);
      const auto found = [&](const std::string& which) {
        const std::vector<float> values = after.at(name + which, "test").floats();
        return std::vector<double>(values.begin(), values.end());
      };
      CHECK(test::relative_error(found(".norm.left"), left) <= 1e-5);
      CHECK(test::relative_error(found(".norm.right"), right) <= 1e-5);
      CHECK(w != after.at(name + ".weight", "test").floats());
    }
  }
}

TEST_CASE("a critic's spectral norms are saved, and missed by name") {
  const AdversaryOptions o = options(CriticPenalty::kReal, Normalisation::kLayer);
  Adversary adversary(Context(), o, Rng(3));
  io::Safetensors file;
  adversary.save(file);
  for (const char* name :
       {"critic.0.norm.left", "critic.0.norm.right", "critic.1.norm.left", "critic.1.norm.right",
        "critic.score.norm.left", "critic.score.norm.right"}) {
    CAPTURE(std::string(name));
    io::Safetensors without = file;
    CHECK(without.tensors.erase(name) == 1);
    CHECK_THROWS_WITH_AS(adversary.load(without, "test"), doctest::Contains(name), InputError);
  }
}

}  // namespace
}  // namespace fgcn::train
