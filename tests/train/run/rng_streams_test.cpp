#include "train/run/rng_streams.h"

#include <doctest/doctest.h>

#include <set>

namespace fgcn::train {
namespace {

TEST_CASE("no two streams of random numbers share a number, or meet a user's seed") {
  std::set<std::uint64_t> numbers;
  for (const RngStream stream : kRngStreams) {
    CHECK(numbers.insert(number(stream)).second);
    CHECK(number(stream) > std::uint64_t{1} << 24);
  }
  CHECK(numbers.size() == kRngStreams.size());
  // They are in the results of every run so far.
  CHECK(number(RngStream::kWeights) == 0x77656967687473);
  CHECK(number(RngStream::kOrder) == 0x6f72646572);
  CHECK(number(RngStream::kVary) == 0x76617279);
  CHECK(number(RngStream::kReplay) == 0x7265706c6179);
  CHECK(number(RngStream::kStep) == 0x73746570);
  CHECK(number(RngStream::kCritic) == 0x637269746963);
  CHECK(number(RngStream::kSampleSheet) == 0x73616d706c65);
  CHECK(number(RngStream::kEvaluation) == 0x6576616c75617465);
  CHECK(number(RngStream::kAlbedoGain) == 0x746f6e65);
}

TEST_CASE("streams of one seed, and one stream of two seeds, give other numbers") {
  std::set<std::uint64_t> first;
  for (const std::uint64_t seed : {0, 1, 2})
    for (const RngStream stream : kRngStreams) {
      Rng rng = rng_of(seed, stream);
      CHECK(rng.seed() == Rng(seed).split(number(stream)).seed());
      CHECK(first.insert(rng.next()).second);
    }
}

}  // namespace
}  // namespace fgcn::train
