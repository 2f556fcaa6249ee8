#include "recon/reconstruct.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "recon/fit/posed_face.h"
#include "recon/fit/triangle_list.h"
#include "recon/photo_sampler.h"
#include "recon/refine/refinement_model.h"
#include "recon/refine_photo.h"
#include "recon/scalp_color.h"
#include "render/projected_colors.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kFiner = 1.25;   // photo pixels a crop pixel from which a finer crop shows more
constexpr double kMostFiner = 4;  // and beyond which it is not made larger
// Pixels a side of the photo's face, as wide as a crop: below the first no wrinkle is seen, from
// the second on normals are found on twice as fine a grid.
constexpr double kShowsWrinkles = 150, kShowsFineOnes = 336;
constexpr std::int64_t kWrinkleGrid = 224;

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

/// Where the face lies in the photo, in pixels of its upright file.
void place(const photo::Photo& photo, const photo::Crop& crop, const FoundFaces::Face& face,
           Reconstruction& out) {
  out.score = face.score;
  out.landmarks = face.landmarks;
  for (photo::Point& p : out.landmarks) p = {p.x / photo.scale, p.y / photo.scale};
  out.photo_width = std::lround(static_cast<double>(photo.rgb.width) / photo.scale);
  out.photo_height = std::lround(static_cast<double>(photo.rgb.height) / photo.scale);
  out.photo_orientation = photo.orientation;
  out.to_crop = crop.from_photo;
  out.to_crop.scale *= photo.scale;
}

}  // namespace

struct Reconstructor::Impl {
  mesh::FaceModel model;
  ReconstructOptions options;
  std::vector<std::int32_t> faces;
  std::shared_ptr<const FaceRegressor> regressor;
  PhotoSampler sampler;
  ScalpPainter scalp;
  MouthColors mouth;
  std::optional<RefinementModel> refinement;
  Context context;
  std::optional<IdentityNetwork> identity;
  std::optional<CoefficientRegressor> encoder;  // where it is not the regressor's network

  Impl(const Context& ctx, mesh::FaceModel face, const ReconstructOptions& chosen)
      : model(std::move(face)),
        options(chosen),
        faces(flat(model.triangles)),
        regressor(regressor_of(ctx, model, chosen)),
        sampler(ctx, model,
                std::make_shared<const photo::FaceFinder>(chosen.predictor.value_or(fs::path())),
                chosen.size, parser(ctx, chosen), regressor),
        scalp(model),
        mouth(model),
        context(ctx) {
    if (!chosen.weights) return;
    refinement = RefinementModel::load(ctx, model, *chosen.weights);
    const bool taken = refinement->config().embedding_form != EmbeddingForm::kPatches;
    if (taken && chosen.identity) identity.emplace(ctx, read_identity_weights(*chosen.identity));
    if (takes_encoder() && chosen.encoder && chosen.encoder != chosen.regressor)
      encoder = load_encoder(ctx, *chosen.encoder);
    check_networks(refinement->config(), networks(), chosen.weights->string());
  }

  bool takes_encoder() const { return refinement && recon::takes_encoder(refinement->config()); }

  static std::shared_ptr<const FaceParser> parser(const Context& ctx,
                                                  const ReconstructOptions& chosen) {
    if (!chosen.parser) return nullptr;
    return std::make_shared<const FaceParser>(FaceParser::load(ctx, *chosen.parser));
  }

  static std::shared_ptr<const FaceRegressor> regressor_of(const Context& ctx,
                                                           const mesh::FaceModel& model,
                                                           const ReconstructOptions& chosen) {
    if (!chosen.regressor) return nullptr;
    return std::make_shared<const FaceRegressor>(
        FaceRegressor::load(ctx, *chosen.regressor, model));
  }

  /// The fit, and where it comes from. `landmarks` in pixels of the photo.
  FitResult fit(const photo::Photo& photo, const photo::Landmarks& landmarks,
                const MaskedCrop& seen, const photo::Crop& cut, const PointSource& source,
                FitOrigin& origin) const;
  /// Fills `out.wanted`, `found` and `notes`.
  void find(const fs::path& path, const std::optional<fs::path>& landmarks, int face,
            FoundFaces& out) const;
  /// `landmarks` in pixels of the photo. Without weights the coarse face.
  RefinedFace refine(const photo::Photo& photo, const photo::Landmarks& landmarks,
                     const PhotoSample& sample, const ProjectedColors& visible) const;
  /// Normals that follow the photo, of a face with its light.
  ShadedNormals shade(const photo::Photo& photo, const photo::Landmarks& landmarks,
                      const photo::Crop& cut, const FitResult& fit, const RefinedFace& face,
                      Reconstruction& out) const;
  PhotoNetworks networks() const {
    const CoefficientRegressor* means = encoder     ? &*encoder
                                        : regressor ? &regressor->network()
                                                    : nullptr;
    return {identity ? &*identity : nullptr, takes_encoder() ? means : nullptr};
  }
};

FitResult Reconstructor::Impl::fit(const photo::Photo& photo, const photo::Landmarks& landmarks,
                                   const MaskedCrop& seen, const photo::Crop& cut,
                                   const PointSource& source, FitOrigin& origin) const {
  const std::optional<FaceStart> start = sampler.start(photo, landmarks);
  if (!start) return sampler.fit(seen, cut.landmarks, source);
  origin = options.fitted ? FitOrigin::kRegressor : FitOrigin::kAsIs;
  return options.fitted ? sampler.fit_from(*start, seen, cut.landmarks)
                        : sampler.placed(*start, seen, cut.landmarks);
}

void Reconstructor::Impl::find(const fs::path& path, const std::optional<fs::path>& landmarks,
                               int face, FoundFaces& out) const {
  if (landmarks) {
    photo::Landmarks points =
        photo::read_landmarks(*landmarks, std::lround(out.photo.rgb.width / out.photo.scale),
                              std::lround(out.photo.rgb.height / out.photo.scale));
    // They are written in pixels of the file.
    for (photo::Point& point : points)
      point = {point.x * out.photo.scale, point.y * out.photo.scale};
    out.wanted = {{1, points, {}, {}}};
    return;
  }
  std::vector<photo::FoundFace> all;
  if (face == 1) {
    const std::optional<photo::FoundFace> found = sampler.find(out.photo, out.notes, out.found);
    if (found) all.push_back(*found);
  } else {
    all = sampler.find_all(out.photo);
    out.found = static_cast<int>(all.size());
  }
  if (all.empty())
    input_error(path.string(),
                ": no face was found; give a photo of one face, turned aside by 70 degrees at "
                "most, or its points with --landmarks");
  if (face > out.found)
    input_error(path.string(), ": has no face ", face, "; faces found: ", out.found);
  for (int number = 1; number <= static_cast<int>(all.size()); ++number)
    if (face == kAllFaces || number == face) {
      const photo::FoundFace& found = all[static_cast<std::size_t>(number - 1)];
      out.wanted.push_back({number, found.landmarks, found.score, found.spread});
    }
}

RefinedFace Reconstructor::Impl::refine(const photo::Photo& photo,
                                        const photo::Landmarks& landmarks,
                                        const PhotoSample& sample,
                                        const ProjectedColors& visible) const {
  if (!refinement) return coarse_face(sample, faces);
  std::optional<Image> small;
  if (sample.crop.height != kCropSize) {
    std::vector<std::string> said_already;
    small = sampler.masked(sampler.cut(photo, landmarks, kCropSize), said_already).rgba;
  }
  return refine_photo(context, {*refinement, networks()}, sample, visible, faces,
                      small ? &*small : nullptr);
}

ShadedNormals Reconstructor::Impl::shade(const photo::Photo& photo,
                                         const photo::Landmarks& landmarks, const photo::Crop& cut,
                                         const FitResult& fit, const RefinedFace& face,
                                         Reconstruction& out) const {
  const double shown = static_cast<double>(cut.rgb.width) / cut.from_photo.scale;
  const std::int64_t size = shown < kShowsFineOnes ? kWrinkleGrid : 2 * kWrinkleGrid;
  if (shown < kShowsWrinkles) {
    out.notes.emplace_back(
        "the face is too small in the photo to show wrinkles: its normal map is flat");
    return {Image(size, size, 3), {}};
  }
  const photo::Crop crop = sampler.cut(photo, landmarks, size);
  return shaded_normals(crop.rgb,
                        seen_surface(fit, face.albedo, out.visible, faces, cut.rgb.width, size),
                        face.sh_coefficients, crop.landmarks);
}

Reconstructor::Reconstructor(const Context& ctx, mesh::FaceModel model,
                             const ReconstructOptions& options)
    : impl_(std::make_unique<Impl>(ctx, std::move(model), options)) {}
Reconstructor::Reconstructor(Reconstructor&&) noexcept = default;
Reconstructor::~Reconstructor() = default;

const mesh::FaceModel& Reconstructor::model() const { return impl_->model; }

bool Reconstructor::takes_identity() const {
  return impl_->refinement && impl_->refinement->config().embedding_form != EmbeddingForm::kPatches;
}
bool Reconstructor::takes_encoder() const { return impl_->takes_encoder(); }

FoundFaces Reconstructor::find(const fs::path& path, const std::optional<fs::path>& landmarks,
                               int face) const {
  FoundFaces out;
  out.input = path.string();
  Stopwatch watch;
  out.photo = photo::read_photo(path);
  out.notes = out.photo.notes;
  out.decode_ms = watch.lap();
  impl_->find(path, landmarks, face, out);
  out.detect_ms = watch.lap();
  return out;
}

Reconstruction Reconstructor::run(const fs::path& path,
                                  const std::optional<fs::path>& landmarks) const {
  const FoundFaces found = find(path, landmarks, 1);
  return run(found, found.wanted.front());
}

Reconstruction Reconstructor::run(const FoundFaces& found, const FoundFaces::Face& face) const {
  const Impl& self = *impl_;
  const photo::Photo& photo = found.photo;
  const photo::Landmarks& landmarks = face.landmarks;
  Reconstruction out;
  out.input = found.input;
  out.face = face.number;
  out.faces = found.found;
  out.notes = found.notes;
  out.times.decode = found.decode_ms;
  Stopwatch watch;
  if (face.score) note_score(*face.score, out.notes);
  note_placement(photo, landmarks, out.notes);
  const std::int64_t size = self.options.size;
  const photo::Crop cut = self.sampler.cut(photo, landmarks, size);
  PhotoSample sample;
  sample.name = out.input;
  MaskedCrop seen = self.sampler.masked(cut, out.notes);
  out.mask = seen.by;
  sample.landmarks = cut.landmarks;
  out.crop = cut.rgb;
  place(photo, cut, face, out);
  out.times.detect = found.detect_ms + watch.lap();

  sample.fit = self.fit(photo, landmarks, seen, cut,
                        {face.score.has_value(), photo::scaled(face.spread, cut.from_photo.scale)},
                        out.origin);
  sample.crop = std::move(seen.rgba);
  const FitResult& fit = sample.fit;
  note_fit(fit, out.notes);
  out.times.fit = watch.lap();

  const ProjectedColors visible = project_colors(sample.crop, fit.screen, fit.normals, self.faces);
  out.visible = visible_skin(visible);
  out.projected_albedo = projected_albedo(fit, visible);
  const double finer = std::min(1 / cut.from_photo.scale, kMostFiner);
  if (finer >= kFiner) {
    const auto side = static_cast<std::int64_t>(std::lround(static_cast<double>(size) * finer));
    out.fine_crop = self.sampler.cut(photo, landmarks, side).rgb;
  }
  RefinedFace refined = self.refine(photo, landmarks, sample, visible);
  show_mouth(self.mouth, sample, visible, self.faces, refined);
  // After the figures, which are those of evaluation and validation: a crop alone shows no hair.
  const bool hair = self.scalp.has_scalp() &&
                    self.scalp(fit, colors_around(photo, cut, sample.crop, fit, self.faces),
                               refined.vertex_irradiance, refined.albedo);
  if (self.options.normals) out.shaded = self.shade(photo, landmarks, cut, fit, refined, out);
  out.times.refine = watch.lap() - refined.render_ms;

  RefinedFace coarse = coarse_face(sample, self.faces);
  out.coarse = agreement_of(coarse.rendered, out.input);
  out.projected = agreement_of(render_agreement(fit, {out.projected_albedo, fit.vertex_irradiance},
                                                sample.crop, self.faces, &sample.landmarks),
                               out.input);
  out.refined = agreement_of(refined.rendered, out.input);
  out.coarse_overlay = std::move(coarse.rendered.overlay);
  if (hair)
    refined.rendered.overlay =
        render_agreement(fit, {refined.albedo, refined.vertex_irradiance}, sample.crop, self.faces)
            .overlay;
  out.refined_overlay = std::move(refined.rendered.overlay);
  out.by_network = self.refinement.has_value();
  out.refined_albedo = std::move(refined.albedo);
  out.mouth = std::move(refined.mouth.detail);
  out.refined_light = refined.sh_coefficients;
  out.refined_irradiance = std::move(refined.vertex_irradiance);
  out.fit = std::move(sample.fit);
  out.times.render = watch.lap() + refined.render_ms;
  const StageTimes& t = out.times;
  out.times.total = t.decode + t.detect + t.fit + t.refine + t.render;
  return out;
}

}  // namespace fgcn::recon
