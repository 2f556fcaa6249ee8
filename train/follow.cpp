#include "train/follow.h"

#include <algorithm>
#include <cstdint>

#include "kernels/core/parallel_failure.h"
#include "recon/fit/relight.h"

namespace fgcn::train {
namespace {

/// The true albedo at the level of `refined`.
std::vector<float> with_gain(const SyntheticFace& face, const std::vector<float>& refined) {
  constexpr double kMostGain = 2;
  const AlbedoSums sums = albedo_sums(face, refined, [](std::size_t) { return true; });
  std::array<float, 3> gain{};
  for (std::size_t c = 0; c < 3; ++c)
    gain[c] =
        static_cast<float>(std::clamp(sums.found[c] / sums.truth[c], 1 / kMostGain, kMostGain));
  std::vector<float> out(face.albedo);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::min(out[i] * gain[i % 3], 1.0F);
  return out;
}

}  // namespace

AlbedoSums albedo_sums(const SyntheticFace& face, const std::vector<float>& albedo,
                       const std::function<bool(std::size_t v)>& counts) {
  constexpr double kLeast = 1e-3;
  AlbedoSums out;
  out.truth.fill(kLeast);
  out.found.fill(kLeast);
  const std::vector<float>& visible = face.observation.visible;
  for (std::size_t v = 0; v < visible.size(); ++v) {
    if (!(visible[v] > 0.5F) || !counts(v)) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      out.truth[c] += static_cast<double>(face.albedo[3 * v + c]);
      out.found[c] += static_cast<double>(albedo[3 * v + c]);
    }
  }
  return out;
}

std::vector<float> light_for(const recon::Observation& observation,
                             const std::vector<float>& normals, const std::vector<float>& albedo) {
  constexpr int kReweightings = 2;
  return recon::relight({observation.photo_color, observation.visible, normals}, albedo,
                        observation.sh_coefficients, kReweightings)
      .vertex_irradiance;
}

TrainingStep::Followed follow_predictions(const Context& ctx,
                                          std::span<const SyntheticFace* const> faces,
                                          const std::vector<std::vector<float>>& albedo) {
  TrainingStep::Followed out;
  out.light.resize(faces.size());
  out.with_gain.resize(faces.size());
  const auto count = static_cast<std::int64_t>(faces.size());
  ParallelFailure failure;
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t n = 0; n < count; ++n) {
    failure.keep([&] {
      const auto at = static_cast<std::size_t>(n);
      const SyntheticFace& face = *faces[at];
      out.light[at] = light_for(face.observation, face.normals, albedo[at]);
      out.with_gain[at] = with_gain(face, albedo[at]);
    });
  }
  failure.rethrow();
  return out;
}

}  // namespace fgcn::train
