#include "train/evaluate/photo_validation.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "kernels/core/error.h"
#include "recon/fit/relight.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine/identity.h"
#include "render/sheet.h"
#include "render/views.h"

namespace fgcn::train {
namespace {

constexpr std::array<float, 3> kBackdrop{0.16F, 0.17F, 0.19F};
constexpr double kMostPsnr = 60;  // dB, of a picture that is the photo itself

Image without_mask(const Image& crop) {
  Image out(crop.height, crop.width, 3);
  for (std::int64_t i = 0; i < crop.height * crop.width; ++i)
    std::copy_n(crop.pixels.data() + 4 * i, 3, out.pixels.data() + 3 * i);
  return out;
}

std::string decibels(const char* what, const std::optional<recon::Agreement>& found) {
  if (!found) return what;
  char out[64];
  std::snprintf(out, sizeof out, "%s  %.1f dB", what, found->psnr);
  return out;
}

}  // namespace

PhotoJudge::PhotoJudge(const Context& ctx, const recon::RefinementModel& model,
                       const mesh::FaceModel& face, const IdentityNetwork* identity)
    : ctx_(ctx), model_(&model), identity_(identity), faces_(recon::flat(face.triangles)) {
  if (model.config().embedding_form == recon::EmbeddingForm::kIdentity && identity == nullptr)
    input_error("embedding_form=identity: needs the identity network's weights; give --identity");
}

RefinedPhoto PhotoJudge::operator()(const recon::PhotoSample& sample) const {
  RefinedPhoto out;
  out.crop = without_mask(sample.crop);
  recon::Observation o = recon::observe(sample, faces_, model_->config());
  if (model_->config().embedding_form == recon::EmbeddingForm::kIdentity) {
    const auto numbers =
        recon::identity_embedding(ctx_, *identity_, to_bytes(out.crop), sample.landmarks);
    o.embedding.assign(numbers.begin(), numbers.end());
  }
  out.refined_albedo = model_->refine(o);
  const recon::FitResult& fit = sample.fit;
  const std::vector<float> light = recon::light_at(
      fit.normals, recon::refit_light(recon::facing_colors(o.photo_color, o.visible, fit.normals),
                                      out.refined_albedo, fit.light));
  out.coarse =
      recon::render_agreement(fit, {fit.albedo_colors, fit.light_colors}, sample.crop, faces_);
  out.refined = recon::render_agreement(fit, {out.refined_albedo, light}, sample.crop, faces_);
  return out;
}

std::array<Image, 2> PhotoJudge::albedos(const recon::PhotoSample& sample,
                                         const RefinedPhoto& photo) const {
  Camera camera;
  camera.height = sample.crop.height;
  camera.width = sample.crop.width;
  const auto draw = [&](const std::vector<float>& colors) {
    return lay_over(render_colors({sample.fit.vertices, faces_}, colors, sample.fit.pose(), camera),
                    kBackdrop);
  };
  return {draw(sample.fit.albedo_colors), draw(photo.refined_albedo)};
}

void PhotoScore::add(const RefinedPhoto& photo) {
  if (!photo.refined.agreement || !photo.coarse.agreement) return;
  ++photos;
  const recon::Agreement &fine = *photo.refined.agreement, &rough = *photo.coarse.agreement;
  l1 += fine.l1;
  psnr += std::min(fine.psnr, kMostPsnr);
  ssim += fine.ssim;
  coarse_l1 += rough.l1;
  coarse_psnr += std::min(rough.psnr, kMostPsnr);
  coarse_ssim += rough.ssim;
}

PhotoScore PhotoScore::mean() const {
  if (photos == 0) return {};
  const auto n = static_cast<double>(photos);
  return {photos, l1 / n, psnr / n, ssim / n, coarse_l1 / n, coarse_psnr / n, coarse_ssim / n};
}

Image8 photo_sheet(std::span<const ShownPhoto> photos) {
  std::vector<SheetTile> tiles;
  for (const auto& [photo, albedos] : photos) {
    tiles.push_back({"photo", photo.crop});
    tiles.push_back({decibels("coarse", photo.coarse.agreement), photo.coarse.overlay});
    tiles.push_back({decibels("refined", photo.refined.agreement), photo.refined.overlay});
    tiles.push_back({"coarse albedo", albedos[0]});
    tiles.push_back({"refined albedo", albedos[1]});
  }
  return make_sheet("", tiles, {.columns = 5, .tile = 224});
}

}  // namespace fgcn::train
