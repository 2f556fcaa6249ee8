#include "train/evaluate/photo_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "io/srgb.h"
#include "kernels/core/error.h"
#include "recon/fit/posed_face.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine_photo.h"
#include "render/projected_colors.h"
#include "train/evaluate/spread.h"

namespace fgcn::train {
namespace {

std::array<double, 3> corner(const std::vector<float>& vertices, std::int32_t v) {
  const auto at = 3 * static_cast<std::size_t>(v);
  return {vertices[at], vertices[at + 1], vertices[at + 2]};
}

double area(const std::array<double, 3>& a, const std::array<double, 3>& b,
            const std::array<double, 3>& c) {
  const double u[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
  const double w[3] = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
  return std::hypot(u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2],
                    u[0] * w[1] - u[1] * w[0]) /
         2;
}

}  // namespace

double albedo_asymmetry(const mesh::FaceModel& model, const std::vector<float>& albedo) {
  FGCN_CHECK(albedo.size() == model.mean_shape.size(), "albedo_asymmetry: ", albedo.size(),
             " numbers for a model of ", model.vertices(), " vertices");
  double sum = 0;
  double pairs = 0;
  for (std::size_t v = 0; v < model.mirror.size(); ++v) {
    const auto other = static_cast<std::size_t>(model.mirror[v]);
    if (other <= v || model.skin[v] == 0 || model.skin[other] == 0) continue;
    for (std::size_t c = 0; c < 3; ++c)
      sum += std::abs(static_cast<double>(albedo[3 * v + c]) -
                      static_cast<double>(albedo[3 * other + c]));
    pairs += 1;
  }
  return pairs > 0 ? sum / (3 * pairs) : 0;
}

double hidden_skin(const mesh::FaceModel& model, const std::vector<float>& vertices,
                   const std::vector<float>& visible) {
  FGCN_CHECK(vertices.size() == model.mean_shape.size() && 3 * visible.size() == vertices.size(),
             "hidden_skin: ", vertices.size() / 3, " vertices, ", visible.size(),
             " of them judged, for a model of ", model.vertices());
  double hidden = 0;
  double all = 0;
  for (const mesh::Triangle& t : model.triangles) {
    const double share =
        area(corner(vertices, t[0]), corner(vertices, t[1]), corner(vertices, t[2])) / 3;
    for (const std::int32_t corner_vertex : t) {
      const auto v = static_cast<std::size_t>(corner_vertex);
      if (model.skin[v] == 0) continue;
      all += share;
      if (!(visible[v] > 0.5F)) hidden += share;
    }
  }
  return all > 0 ? hidden / all : 0;
}

double skin_lightness(const mesh::FaceModel& model, const std::vector<float>& colors,
                      const std::vector<float>& visible) {
  FGCN_CHECK(colors.size() == model.mean_shape.size() && 3 * visible.size() == colors.size(),
             "skin_lightness: ", colors.size() / 3, " colors, ", visible.size(),
             " of them judged, for a model of ", model.vertices());
  std::vector<double> values;
  for (std::size_t v = 0; v < visible.size(); ++v)
    if (model.skin[v] != 0 && visible[v] > 0.5F)
      values.push_back(mesh::lightness(static_cast<double>(colors[3 * v]),
                                       static_cast<double>(colors[3 * v + 1]),
                                       static_cast<double>(colors[3 * v + 2])));
  return values.empty() ? 0 : spread(std::move(values)).median;
}

PhotoScorer::PhotoScorer(const Context& ctx, mesh::FaceModel face,
                         std::vector<NamedRefinement> weights, recon::LoadedNetworks networks)
    : ctx_(ctx),
      face_(std::move(face)),
      triangles_(recon::flat(face_.triangles)),
      mouth_(face_),
      weights_(std::move(weights)),
      networks_(std::move(networks)),
      names_{"coarse", "projected"} {
  for (const NamedRefinement& w : weights_) {
    recon::check_networks(w.model.config(), fixed_for(w.model.config()), w.name);
    names_.push_back(w.name);
  }
}

recon::PhotoNetworks PhotoScorer::fixed_for(const recon::RefinementConfig& config) const {
  recon::PhotoNetworks out = networks_.fixed();
  if (!recon::takes_encoder(config)) out.encoder = nullptr;
  return out;
}

PhotoScores PhotoScorer::operator()(const recon::PhotoSample& sample,
                                    PhotoPictures* pictures) const {
  const recon::FitResult& fit = sample.fit;
  const Image& crop = sample.crop;
  if (fit.vertices.size() != face_.mean_shape.size())
    input_error(sample.name, ": was fitted with a face model of ", fit.vertices.size() / 3,
                " vertices, this one has ", face_.vertices(), "; give that one with --face-model");
  if (crop.height != recon::kCropSize || crop.width != recon::kCropSize || crop.channels != 4)
    input_error(sample.name, ": the crop is ", crop.height, " x ", crop.width, " x ", crop.channels,
                ", expected 224 x 224 x 4; cut it anew");

  const ProjectedColors read = project_colors(crop, fit.screen, fit.normals, triangles_);
  const std::vector<float> visible = recon::visible_skin(read);
  PhotoScores out;
  out.name = sample.name;
  out.landmark_error = fit.landmark_error;
  out.hidden = hidden_skin(face_, fit.vertices, visible);
  out.lightness = skin_lightness(face_, read.color, visible);

  std::vector<real> whose;
  if (networks_.identity)
    whose = recon::identity_embedding(ctx_, *networks_.identity, to_bytes(recon::crop_colors(crop)),
                                      sample.landmarks);
  const auto add = [&](std::vector<float> albedo, recon::RenderedAgreement drawn) {
    FaceScores scores{recon::agreement_of(drawn, sample.name),
                      {},
                      albedo_asymmetry(face_, albedo),
                      skin_lightness(face_, albedo, visible)};
    if (networks_.identity)
      scores.identity = recon::identity_similarity(
          whose, recon::identity_embedding(ctx_, *networks_.identity, to_bytes(drawn.overlay),
                                           sample.landmarks));
    out.faces.push_back(scores);
    if (pictures == nullptr) return;
    pictures->overlays.push_back(std::move(drawn.overlay));
    pictures->albedos.push_back(std::move(albedo));
  };
  recon::RefinedFace coarse = recon::coarse_face(sample, triangles_);
  add(std::move(coarse.albedo), std::move(coarse.rendered));
  std::vector<float> projected = recon::projected_albedo(fit, read);
  recon::RenderedAgreement rendered = recon::render_agreement(
      fit, {projected, fit.vertex_irradiance}, crop, triangles_, &sample.landmarks);
  add(std::move(projected), std::move(rendered));
  for (const NamedRefinement& w : weights_) {
    recon::RefinedFace refined =
        recon::refine_photo(ctx_, {w.model, fixed_for(w.model.config())}, sample, read, triangles_);
    recon::show_mouth(mouth_, sample, read, triangles_, refined);
    add(std::move(refined.albedo), std::move(refined.rendered));
  }
  return out;
}

}  // namespace fgcn::train
