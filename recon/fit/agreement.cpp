#include "recon/fit/agreement.h"

#include <algorithm>

#include "kernels/core/error.h"
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

}  // namespace

RenderedAgreement render_agreement(const FitResult& fit, const LitAlbedo& face, const Image& crop,
                                   const std::vector<std::int32_t>& faces) {
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
  out.agreement = {error.l1, error.psnr, error.ssim};
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
