#include "recon/fit/agreement.h"

#include <algorithm>
#include <utility>

#include "kernels/core/error.h"
#include "recon/fit/inner_lips.h"
#include "render/metrics.h"
#include "render/views.h"

namespace fgcn::recon {
namespace {

std::vector<float> lit(const LitAlbedo& face) {
  std::vector<float> out(face.albedo.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = std::clamp(face.albedo[i] * face.vertex_irradiance[i], 0.0F, 1.0F);
  return out;
}

/// PSNR where the mask of the agreement and the opening of the lips meet.
std::optional<double> mouth_psnr(const Image& rendered, const Image& crop, Image mask,
                                 const photo::Landmarks& landmarks) {
  const Image lips = within_lips(landmarks, crop.height);
  if (lips.pixels.empty()) return {};
  bool any = false;
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    mask.pixels[i] *= lips.pixels[i];
    any = any || mask.pixels[i] > 0;
  }
  if (!any) return {};
  return compare(rendered, crop, mask).psnr;
}

}  // namespace

RenderedAgreement render_agreement(const FitResult& fit, const LitAlbedo& face, const Image& crop,
                                   const std::vector<std::int32_t>& faces,
                                   const photo::Landmarks* landmarks) {
  FGCN_CHECK(face.albedo.size() == fit.vertices.size() &&
                 face.vertex_irradiance.size() == face.albedo.size(),
             "render_agreement: albedo and light of ", face.albedo.size(), " and ",
             face.vertex_irradiance.size(), " numbers for a face of ", fit.vertices.size());
  FGCN_CHECK(crop.channels == 4, "render_agreement: the crop has ", crop.channels,
             " channels, expected 4");
  Camera camera;
  camera.height = crop.height;
  camera.width = crop.width;
  const Image rendered = render_colors({fit.vertices, faces}, lit(face), fit.pose(), camera);
  Image mask(crop.height, crop.width, 1);
  bool any = false;
  for (std::int64_t i = 0; i < crop.height * crop.width; ++i) {
    const bool covered = rendered.pixels[4 * i + 3] > 0.99F;
    const bool counts = covered && crop.pixels[4 * i + 3] > 0.5F;
    mask.pixels[i] = counts ? 1.0F : 0.0F;
    any = any || counts;
  }
  RenderedAgreement out{lay_over(rendered, crop), {}};
  if (!any) return out;
  const ImageError error = compare(rendered, crop, mask);
  out.agreement = {error.l1, error.psnr, error.ssim, {}};
  if (landmarks != nullptr)
    out.agreement->mouth_psnr = mouth_psnr(rendered, crop, std::move(mask), *landmarks);
  return out;
}

const Agreement& agreement_of(const RenderedAgreement& rendered, const std::string& where) {
  if (!rendered.agreement)
    input_error(where,
                ": no skin is seen where the face was fitted; give a photo that shows it, or a "
                "mask that covers it");
  return *rendered.agreement;
}

}  // namespace fgcn::recon
