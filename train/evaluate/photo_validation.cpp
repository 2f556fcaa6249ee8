#include "train/evaluate/photo_validation.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "recon/fit/triangle_list.h"
#include "render/projected_colors.h"
#include "render/sheet.h"
#include "render/views.h"

namespace fgcn::train {
namespace {

constexpr std::array<float, 3> kBackdrop{0.16F, 0.17F, 0.19F};
constexpr double kMostPsnr = 60;  // dB, of a picture that is the photo itself

std::string decibels(const char* what, const std::optional<recon::Agreement>& found) {
  if (!found) return what;
  char out[64];
  std::snprintf(out, sizeof out, "%s  %.1f dB", what, found->psnr);
  return out;
}

}  // namespace

PhotoJudge::PhotoJudge(const Context& ctx, const recon::RefinementModel& model,
                       const mesh::FaceModel& face, const recon::PhotoNetworks& fixed)
    : ctx_(ctx), model_(&model), fixed_(fixed), faces_(recon::flat(face.triangles)), mouth_(face) {
  recon::check_networks(model.config(), fixed, "validation");
}

RefinedPhoto PhotoJudge::operator()(const recon::PhotoSample& sample) const {
  const recon::FitResult& fit = sample.fit;
  RefinedPhoto out;
  out.crop = recon::crop_colors(sample.crop);
  out.coarse = recon::coarse_face(sample, faces_).rendered;
  const ProjectedColors seen = project_colors(sample.crop, fit.screen, fit.normals, faces_);
  out.refined = recon::refine_photo(ctx_, {*model_, fixed_}, sample, seen, faces_);
  recon::show_mouth(mouth_, sample, seen, faces_, out.refined);
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
  return {draw(sample.fit.albedo_colors), draw(photo.refined.albedo)};
}

void PhotoScore::add(const RefinedPhoto& photo) {
  const std::optional<recon::Agreement>& refined = photo.refined.rendered.agreement;
  if (!refined || !photo.coarse.agreement) return;
  ++photos;
  const recon::Agreement &fine = *refined, &rough = *photo.coarse.agreement;
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
    const recon::RenderedAgreement& refined = photo.refined.rendered;
    tiles.push_back({decibels("refined", refined.agreement), refined.overlay});
    tiles.push_back({"coarse albedo", albedos[0]});
    tiles.push_back({"refined albedo", albedos[1]});
  }
  return make_sheet("", tiles, {.columns = 5, .tile = 224});
}

}  // namespace fgcn::train
