#include "recon/reconstruct.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "recon/fit/relight.h"
#include "recon/fit/triangle_list.h"
#include "recon/photo_sampler.h"
#include "recon/refine/crop_identity.h"
#include "recon/refine/refinement_model.h"
#include "render/projected_colors.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kEncoderSize = 224;  // pixels a side of what the image encoder takes
constexpr double kFiner = 1.25;   // photo pixels a crop pixel from which a finer crop shows more
constexpr double kMostFiner = 4;  // and beyond which it is not made larger

/// Milliseconds since the last call.
class Stopwatch {
 public:
  double lap() {
    const Clock::time_point now = Clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  Clock::time_point last_ = Clock::now();
};

}  // namespace

struct Reconstructor::Impl {
  mesh::FaceModel model;
  ReconstructOptions options;
  std::vector<std::int32_t> faces;
  PhotoSampler sampler;
  std::optional<RefinementModel> refinement;
  Context context;
  std::optional<IdentityNetwork> identity;

  Impl(const Context& ctx, mesh::FaceModel face, const ReconstructOptions& chosen)
      : model(std::move(face)),
        options(chosen),
        faces(flat(model.triangles)),
        sampler(ctx, model,
                std::make_shared<const photo::FaceFinder>(chosen.predictor.value_or(fs::path())),
                chosen.size),
        context(ctx) {
    if (!chosen.weights) return;
    refinement = RefinementModel::load(ctx, model, *chosen.weights);
    if (refinement->config().embedding_form != EmbeddingForm::kIdentity) return;
    if (!chosen.identity)
      input_error(chosen.weights->string(),
                  ": these weights take a face's identity; give the identity network's file with "
                  "--identity (docs/identity-network.md)");
    identity.emplace(ctx, read_identity_weights(*chosen.identity));
  }

  photo::Landmarks find(const fs::path& path, const photo::Photo& photo,
                        const std::optional<fs::path>& landmarks,
                        std::vector<std::string>& notes) const;
  /// `landmarks` in pixels of the photo.
  std::vector<float> refine(const photo::Photo& photo, const photo::Landmarks& landmarks,
                            const PhotoSample& sample, const ProjectedColors& visible) const;
};

photo::Landmarks Reconstructor::Impl::find(const fs::path& path, const photo::Photo& photo,
                                           const std::optional<fs::path>& landmarks,
                                           std::vector<std::string>& notes) const {
  if (landmarks) return photo::read_landmarks(*landmarks, photo.rgb.width, photo.rgb.height);
  const std::optional<photo::Landmarks> found = sampler.find(photo, notes);
  if (!found)
    input_error(path.string(),
                ": no face was found; give a photo of one face seen roughly from "
                "the front, or its points with --landmarks");
  return *found;
}

std::vector<float> Reconstructor::Impl::refine(const photo::Photo& photo,
                                               const photo::Landmarks& landmarks,
                                               const PhotoSample& sample,
                                               const ProjectedColors& visible) const {
  if (!refinement) return sample.fit.albedo_colors;
  const RefinementConfig& config = refinement->config();
  Observation observation = config.input == InputForm::kBase ? observe(sample, visible, faces)
                                                             : observe(sample, faces, config);
  if (identity) observation.embedding = crop_identity(context, *identity, sample);
  if (sample.crop.height != kEncoderSize) {
    const photo::Crop small = sampler.cut(photo, landmarks, kEncoderSize);
    std::vector<std::string> said_already;
    observation.crop = sampler.masked(small, said_already);
  }
  return refinement->refine(observation);
}

Reconstructor::Reconstructor(const Context& ctx, mesh::FaceModel model,
                             const ReconstructOptions& options)
    : impl_(std::make_unique<Impl>(ctx, std::move(model), options)) {}
Reconstructor::Reconstructor(Reconstructor&&) noexcept = default;
Reconstructor::~Reconstructor() = default;

const mesh::FaceModel& Reconstructor::model() const { return impl_->model; }

Reconstruction Reconstructor::run(const fs::path& path,
                                  const std::optional<fs::path>& landmarks_file) const {
  const Impl& self = *impl_;
  Reconstruction out;
  out.input = path.string();
  Stopwatch watch;
  const photo::Photo photo = photo::read_photo(path);
  out.times.decode = watch.lap();

  const photo::Landmarks landmarks = self.find(path, photo, landmarks_file, out.notes);
  note_placement(photo, landmarks, out.notes);
  const std::int64_t size = self.options.size;
  const photo::Crop cut = self.sampler.cut(photo, landmarks, size);
  const Image crop = self.sampler.masked(cut, out.notes);
  out.crop = cut.rgb;
  out.times.detect = watch.lap();

  out.fit = self.sampler.fit(crop, cut.landmarks);
  out.times.fit = watch.lap();

  out.projected_albedo = projected_albedo(out.fit, crop, self.faces);
  const ProjectedColors visible = project_colors(crop, out.fit.screen, out.fit.normals, self.faces);
  out.visible = visible_skin(visible);
  out.refined_albedo = self.refine(photo, landmarks, {{}, crop, cut.landmarks, out.fit}, visible);
  if (self.refinement) {
    out.refined_light = refit_light(facing_colors(visible.color, out.visible, out.fit.normals),
                                    out.refined_albedo, out.fit.light);
    out.refined_light_colors = light_at(out.fit.normals, out.refined_light);
  } else {
    out.refined_light = out.fit.light;
    out.refined_light_colors = out.fit.light_colors;
  }
  const double finer = std::min(1 / cut.from_photo.scale, kMostFiner);
  if (finer >= kFiner) {
    const auto side = static_cast<std::int64_t>(std::lround(static_cast<double>(size) * finer));
    out.fine_crop = self.sampler.cut(photo, landmarks, side).rgb;
  }
  out.times.refine = watch.lap();

  const std::vector<float>& fitted = out.fit.light_colors;
  const auto judge = [&](const std::vector<float>& albedo, const std::vector<float>& light) {
    return render_agreement(out.fit, {albedo, light}, crop, self.faces);
  };
  RenderedAgreement coarse = judge(out.fit.albedo_colors, fitted);
  RenderedAgreement refined = judge(out.refined_albedo, out.refined_light_colors);
  out.coarse = agreement_of(coarse, out.input);
  out.projected = agreement_of(judge(out.projected_albedo, fitted), out.input);
  out.refined = agreement_of(refined, out.input);
  out.coarse_overlay = std::move(coarse.overlay);
  out.refined_overlay = std::move(refined.overlay);
  out.times.render = watch.lap();
  const StageTimes& t = out.times;
  out.times.total = t.decode + t.detect + t.fit + t.refine + t.render;
  return out;
}

}  // namespace fgcn::recon
