#include "train/photo_validation.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "kernels/core/error.h"
#include "render/sheet.h"
#include "render/views.h"
#include "train/identity.h"
#include "train/relight.h"
#include "train/triangle_list.h"

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

/// A face in these colours over its crop, and how far it is from it.
std::pair<Image, ImageError> draw_over(const PhotoSample& sample, const ViewedMesh& mesh,
                                       const std::vector<float>& albedo,
                                       const std::vector<float>& light, const Camera& camera) {
  std::vector<float> lit(albedo.size());
  for (std::size_t i = 0; i < lit.size(); ++i)
    lit[i] = std::clamp(albedo[i] * light[i], 0.0F, 1.0F);
  const Image drawn = draw_colors(mesh, lit, sample.fit.pose(), camera);
  Image mask(drawn.height, drawn.width, 1);
  bool any = false;
  for (std::int64_t i = 0; i < drawn.height * drawn.width; ++i) {
    const bool counts = drawn.pixels[4 * i + 3] > 0.99F && sample.crop.pixels[4 * i + 3] > 0.5F;
    mask.pixels[i] = counts ? 1.0F : 0.0F;
    any = any || counts;
  }
  return {lay_over(drawn, sample.crop), any ? compare(drawn, sample.crop, mask) : ImageError{}};
}

std::string decibels(const char* what, const ImageError& error) {
  char out[64];
  std::snprintf(out, sizeof out, "%s  %.1f dB", what, error.psnr);
  return out;
}

}  // namespace

PhotoJudge::PhotoJudge(const Context& ctx, const RefinementModel& model,
                       const mesh::FaceModel& face, const IdentityNetwork* identity)
    : ctx_(ctx), model_(&model), identity_(identity), faces_(flat(face.triangles)) {
  if (model.config().embedding_form == EmbeddingForm::kIdentity && identity == nullptr)
    input_error("embedding_form=identity: needs the identity network's weights; give --identity");
}

RefinedPhoto PhotoJudge::operator()(const PhotoSample& sample) const {
  RefinedPhoto out;
  out.crop = without_mask(sample.crop);
  Observation o = observe(sample, faces_, model_->config());
  if (model_->config().embedding_form == EmbeddingForm::kIdentity) {
    const auto numbers = identity_embedding(ctx_, *identity_, to_bytes(out.crop), sample.landmarks);
    o.embedding.assign(numbers.begin(), numbers.end());
  }
  const std::vector<float> refined = model_->refine(o);
  const std::vector<float> light = light_at(
      sample.fit.normals, refit_light(facing_colors(o.photo_colour, o.visible, sample.fit.normals),
                                      refined, sample.fit.light));
  const ViewedMesh mesh{sample.fit.vertices, faces_};
  Camera camera;
  camera.height = sample.crop.height;
  camera.width = sample.crop.width;
  std::tie(out.coarse, out.coarse_error) =
      draw_over(sample, mesh, sample.fit.albedo_colours, sample.fit.light_colours, camera);
  std::tie(out.refined, out.refined_error) = draw_over(sample, mesh, refined, light, camera);
  const auto albedo = [&](const std::vector<float>& colours) {
    return lay_over(draw_colors(mesh, colours, sample.fit.pose(), camera), kBackdrop);
  };
  out.coarse_albedo = albedo(sample.fit.albedo_colours);
  out.refined_albedo = albedo(refined);
  return out;
}

void PhotoScore::add(const RefinedPhoto& photo) {
  if (photo.refined_error.pixels == 0) return;
  ++photos;
  const ImageError &fine = photo.refined_error, &rough = photo.coarse_error;
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

Image8 photo_sheet(std::span<const RefinedPhoto> photos) {
  std::vector<SheetTile> tiles;
  for (const RefinedPhoto& p : photos) {
    tiles.push_back({"photo", p.crop});
    tiles.push_back({decibels("coarse", p.coarse_error), p.coarse});
    tiles.push_back({decibels("refined", p.refined_error), p.refined});
    tiles.push_back({"coarse albedo", p.coarse_albedo});
    tiles.push_back({"refined albedo", p.refined_albedo});
  }
  return make_sheet("", tiles, {.columns = 5, .tile = 224});
}

}  // namespace fgcn::train
