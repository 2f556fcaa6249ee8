// How well a fitted face, rendered in some albedo and light, agrees with its photo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/image.h"
#include "photo/landmarks.h"
#include "recon/fit/fit_result.h"

namespace fgcn::recon {

/// Agreement of a render with the crop over visible skin; values on [0, 1].
struct Agreement {
  double l1 = 0;
  double psnr = 0;  // dB
  double ssim = 0;
  /// Within the inner lips (inner_lips.h) alone, dB; none where they are shut or not visible.
  std::optional<double> mouth_psnr = {};
};

/// Colors of a face at its vertices; the rendered color is clamp(albedo * irradiance, 0, 1).
struct LitAlbedo {
  const std::vector<float>& albedo;             // [V, 3] sRGB-encoded [0, 1]
  const std::vector<float>& vertex_irradiance;  // [V, 3]
};

struct RenderedAgreement {
  Image overlay;                       // [S, S, 3] the rendered face over the crop
  std::optional<Agreement> agreement;  // none where no skin is seen at all
};

/// Draws the fitted face over its crop and compares the two (render/metrics.h) where the face
/// covers a pixel wholly and the crop's fourth channel is above one half.
///
///   crop   [S, S, 4] aligned: RGB and the skin mask
///   faces  [T, 3] flat, of the face model
///   landmarks in pixels of the crop; null: nothing is measured within the lips
///
/// Repeat   bitwise.
RenderedAgreement render_agreement(const FitResult& fit, const LitAlbedo& face, const Image& crop,
                                   const std::vector<std::int32_t>& faces,
                                   const photo::Landmarks* landmarks = nullptr);

/// The agreement; InputError naming the photo, `where`, when there is none.
const Agreement& agreement_of(const RenderedAgreement& rendered, const std::string& where);

}  // namespace fgcn::recon
