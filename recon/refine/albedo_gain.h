// The level of a refined albedo: what a linear regression over faces of known albedo adds to it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"

namespace fgcn::recon {

/// Features of the regression: the logarithms of the mean colors of photo, coarse albedo, light and
/// refined albedo where the photo shows the face (12), the first four harmonics of the light, all
/// channels' mean (4), and all 27 of its coefficients.
constexpr std::size_t kGainFeatures = 43;
using GainFeatures = std::array<double, kGainFeatures>;
/// The first 16 also count by their squares and products.
constexpr std::size_t kGainMultiplied = 16;
constexpr std::size_t kGainTerms = kGainFeatures + kGainMultiplied * (kGainMultiplied + 1) / 2;

/// Four arrays [V, 3], what the photo shows, [V] 1 or 0, and the light's coefficients, channel by
/// channel. Nothing when fewer than 50 vertices are seen: that says nothing of a face.
std::optional<GainFeatures> gain_features(std::span<const float> photo,
                                          std::span<const float> coarse,
                                          std::span<const float> light,
                                          std::span<const float> refined,
                                          std::span<const float> visible,
                                          const std::array<double, 27>& sh_coefficients);

/// Per channel log gain = offset + weight . terms; terms: z = (features - mean) / scale, then z_i
/// z_j for i <= j < kGainMultiplied.
struct AlbedoGain {
  std::vector<float> mean;    // [kGainFeatures]
  std::vector<float> scale;   // [kGainFeatures] positive
  std::vector<float> weight;  // [kGainTerms, 3]
  std::vector<float> offset;  // [3]

  /// Factor per channel of an albedo. Features beyond three standard deviations count as three, and
  /// gains stay within a factor of 1.35: a photo unlike all faces seen is not to be believed far.
  std::array<float, 3> gain(const GainFeatures& features) const;
};

/// Collects faces of known albedo and solves for the correction.
///
/// Repeat   bitwise for the same faces in the same order.
class GainRegression {
 public:
  /// `log_gain`: what the refined albedo should have been multiplied by.
  void add(const GainFeatures& features, const std::array<double, 3>& log_gain);
  std::size_t faces() const { return features_.size(); }
  /// Ridge regression on the terms of standardised features, the offset left free. Then levels are
  /// spread about their mean by a quarter of what least squares draw them together, since that
  /// makes dark skin fair and fair skin dark. fgcn::Error with no faces.
  AlbedoGain solve() const;
  /// Root mean square per channel of the residual of the logarithm, where each face is judged by a
  /// regression without it: every `folds`-th face is left out at a time. NaN with less than two
  /// faces.
  std::array<double, 3> left_over(int folds) const;

 private:
  std::vector<GainFeatures> features_;
  std::vector<std::array<double, 3>> gains_;
};

/// The arrays gain.mean, gain.scale, gain.weight and gain.offset of a weights file.
void put_gain(io::Safetensors& file, const AlbedoGain& gain);
/// The way back; nothing when the file has no gain.weight. InputError naming `where` when an array
/// is missing, has the wrong size or holds what no number is.
std::optional<AlbedoGain> take_gain(const io::Safetensors& file, const std::string& where);

}  // namespace fgcn::recon
