// The critic's part of a checkpoint: arrays and numbers that the input changes
// (tests/fuzz/script.h), as a resumed run reads them. What is accepted takes a step and comes back.
#include <cmath>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/core/not_finite.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/script.h"
#include "train/photos/adversary.h"

namespace {

using fgcn::io::Safetensors;
using fgcn::train::Adversary;
using fgcn::train::AdversaryOptions;

const fgcn::Context& context() {
  static const fgcn::Context out(fgcn::Device::kCpu, 1);
  return out;
}

/// Batch norm remembers, spectral norms have vectors: all that a critic can keep.
AdversaryOptions options(bool batch) {
  AdversaryOptions out;
  out.weight = 1;
  out.penalty = fgcn::train::CriticPenalty::kSampleBlend;
  out.critic = {.side = 4,
                .filters = {2, 2},
                .normalisation = batch ? fgcn::Normalisation::kBatch : fgcn::Normalisation::kLayer,
                .spectral = true};
  return out;
}

Safetensors right(const AdversaryOptions& how) {
  const Adversary adversary(context(), how, fgcn::Rng(3));
  Safetensors out;
  adversary.save(out);
  return out;
}

/// A step on gray pictures. Weights may be as large as numbers are: what they make need not be
/// finite, and the critic's optimiser says so.
void take_step(Adversary& adversary) {
  const fgcn::Tensor pictures = fgcn::Tensor::full(context(), {1, 4, 4, 3}, fgcn::real(0.25));
  const fgcn::Tensor others = fgcn::Tensor::full(context(), {1, 4, 4, 3}, fgcn::real(-0.5));
  adversary.begin(1e-3, 1);
  adversary.learn(pictures, others);
  try {
    adversary.check();
  } catch (const fgcn::NotFinite&) {
    return;
  }
}

void read_input(std::span<const std::uint8_t> input) {
  static const AdversaryOptions how[] = {options(false), options(true)};
  static const Safetensors files[] = {right(how[0]), right(how[1])};
  static Adversary with_layers(context(), how[0], fgcn::Rng(3));
  static Adversary with_batches(context(), how[1], fgcn::Rng(3));
  fgcn::fuzz::Script script(input);
  const std::uint8_t first = script.byte();
  const std::size_t kind = first % 2;
  Adversary& adversary = kind == 0 ? with_layers : with_batches;
  adversary.load(changed(files[kind], script), "fuzz");
  FGCN_CHECK(adversary.steps() >= 0, "critic: ", adversary.steps(), " steps");
  Safetensors again;
  adversary.save(again);
  fgcn::fuzz::use_accepted([&] { adversary.load(again, "again"); });
  if (first / 2 % 8 == 0) take_step(adversary);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
