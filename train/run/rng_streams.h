// Streams of a run's random numbers, by name: whatever needs randomness has a stream of its own, so
// that a change in one leaves the others as they were.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/core/rng.h"

namespace fgcn::train {

/// A stream's number: its name's characters (at most 8, ASCII), the first one highest. All results
/// depend on it, so a name stays where what draws from it is called otherwise now (kAlbedoGain).
/// Far above the small numbers that users give as seeds and that samples are numbered by.
constexpr std::uint64_t rng_stream_number(std::string_view name) {
  std::uint64_t out = 0;
  for (const char c : name) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

/// STREAM(enumerator, name)
// clang-format off
#define FGCN_RNG_STREAMS(STREAM)                                                             \
  STREAM(kWeights, "weights")     /* first weights of a network */                           \
  STREAM(kOrder, "order")         /* order of the photos in an epoch */                      \
  STREAM(kVary, "vary")           /* augmentation of a photo */                              \
  STREAM(kReplay, "replay")       /* choice among synthetic faces that are kept for a while */ \
  STREAM(kStep, "step")           /* critic's first weights, blend weights of its penalty */ \
  STREAM(kCritic, "critic")       /* photos for the critic's own steps */                    \
  STREAM(kSampleSheet, "sample")  /* seed of the faces of a run's sample sheet */            \
  STREAM(kEvaluation, "evaluate") /* added to the seed of an evaluation's faces */           \
  STREAM(kAlbedoGain, "tone")     /* added to the seed of the faces an albedo gain is fitted to */ \
  STREAM(kCalibration, "points")  /* added to the seed of the portraits that landmarks are measured on */  \
  STREAM(kSideFaces, "aside")     /* added to the seed of the portraits that side faces are learnt from */
// clang-format on

enum class RngStream : std::uint64_t {
#define FGCN_RNG_ENUMERATOR(KIND, NAME) KIND = rng_stream_number(NAME),
  FGCN_RNG_STREAMS(FGCN_RNG_ENUMERATOR)
#undef FGCN_RNG_ENUMERATOR
};

/// All of them.
inline constexpr auto kRngStreams = std::to_array<RngStream>({
#define FGCN_RNG_ELEMENT(KIND, NAME) RngStream::KIND,
    FGCN_RNG_STREAMS(FGCN_RNG_ELEMENT)
#undef FGCN_RNG_ELEMENT
});

constexpr std::uint64_t number(RngStream stream) { return static_cast<std::uint64_t>(stream); }

/// A stream of a run with this seed.
inline Rng rng_of(std::uint64_t seed, RngStream stream) { return Rng(seed).split(number(stream)); }

}  // namespace fgcn::train
