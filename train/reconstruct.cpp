#include "train/reconstruct.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "photo/align.h"
#include "photo/decode.h"
#include "photo/detect.h"
#include "photo/skin.h"
#include "render/projected_colors.h"
#include "train/photo_sample.h"
#include "train/refinement_model.h"
#include "train/relight.h"
#include "train/triangle_list.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kEncoderSize = 224;  // pixels a side of what the image encoder takes
constexpr double kDoubtfulScore = 0.3;      // a detection below it may be no face
constexpr double kSmallFace = 80;    // pixels between the jaw's ends below which detail lacks
constexpr double kFiner = 1.25;      // photo pixels a crop pixel from which a finer crop shows more
constexpr double kMostFiner = 4;     // and beyond which it is not made larger
constexpr double kLeastSkin = 0.02;  // share of the crop below which the mask found nothing

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

photo::FivePoints<photo::Point3> reference_points(const mesh::FaceModel& model) {
  std::array<photo::Point3, photo::kLandmarks> points;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto vertex = static_cast<std::size_t>(model.landmarks[k]);
    for (std::size_t c = 0; c < 3; ++c) points[k][c] = model.mean_shape[3 * vertex + c];
  }
  return photo::five_points(points);
}

Image with_mask(const Image& rgb, const Image& mask) {
  Image out(rgb.height, rgb.width, 4);
  for (std::int64_t i = 0; i < rgb.height * rgb.width; ++i) {
    std::copy_n(rgb.pixels.data() + 3 * i, 3, out.pixels.data() + 4 * i);
    out.pixels[4 * i + 3] = mask.pixels[i];
  }
  return out;
}

double mean(const Image& mask) {
  double sum = 0;
  for (const float v : mask.pixels) sum += v;
  return sum / static_cast<double>(mask.pixels.size());
}

/// What a user should know about where the face lies in the photo.
void note_placement(const photo::Photo& photo, const photo::Landmarks& landmarks,
                    std::vector<std::string>& notes) {
  const auto width = static_cast<double>(photo.rgb.width);
  const auto height = static_cast<double>(photo.rgb.height);
  const auto outside = std::count_if(landmarks.begin(), landmarks.end(), [&](photo::Point p) {
    return p.x < 0 || p.y < 0 || p.x > width || p.y > height;
  });
  if (outside > 0)
    notes.push_back("the face is cut by the photo's border; what is not seen is guessed");
  const double across =
      std::hypot(landmarks[16].x - landmarks[0].x, landmarks[16].y - landmarks[0].y);
  if (across < kSmallFace)
    notes.push_back(text("the face is only ", std::lround(across),
                         " pixels wide; a larger photo gives more detail"));
}

}  // namespace

struct Reconstructor::Impl {
  mesh::FaceModel model;
  ReconstructOptions options;
  std::vector<std::int32_t> faces;
  photo::FivePoints<photo::Point3> reference;
  photo::FaceFinder finder;
  PhotoFitter fitter;
  std::optional<RefinementModel> refinement;

  Impl(const Context& ctx, mesh::FaceModel face, const ReconstructOptions& chosen)
      : model(std::move(face)),
        options(chosen),
        faces(flat(model.triangles)),
        reference(reference_points(model)),
        finder(chosen.predictor.value_or(fs::path())),
        fitter(ctx, model) {
    if (chosen.weights) refinement = RefinementModel::load(ctx, model, *chosen.weights);
  }

  photo::Landmarks find(const fs::path& path, const photo::Photo& photo,
                        const std::optional<fs::path>& landmarks,
                        std::vector<std::string>& notes) const;
  Image skin(const photo::Crop& crop, std::vector<std::string>& notes) const;
  std::vector<float> refine(const photo::Photo& photo, const photo::Landmarks& landmarks,
                            const Image& crop, const FitResult& fit,
                            const ProjectedColors& seen) const;
};

photo::Landmarks Reconstructor::Impl::find(const fs::path& path, const photo::Photo& photo,
                                           const std::optional<fs::path>& landmarks,
                                           std::vector<std::string>& notes) const {
  if (landmarks) return photo::read_landmarks(*landmarks, photo.rgb.width, photo.rgb.height);
  const std::optional<photo::FoundFace> face = finder.find(photo.rgb);
  if (!face)
    input_error(path.string(),
                ": no face was found; give a photo of one face seen roughly from "
                "the front, or its points with --landmarks");
  if (face->faces > 1)
    notes.push_back(text(face->faces, " faces were found; the clearest one was taken"));
  if (face->score < kDoubtfulScore)
    notes.push_back("the detector is not sure that this is a face; check the result");
  return face->landmarks;
}

Image Reconstructor::Impl::skin(const photo::Crop& crop, std::vector<std::string>& notes) const {
  const Image mask = photo::shrink_mask(
      crop.mask.pixels.empty() ? photo::skin_mask(crop.rgb, crop.landmarks) : crop.mask);
  if (mean(mask) >= kLeastSkin) return mask;
  notes.push_back("skin could not be told from its surroundings; the whole face outline was taken");
  return photo::shrink_mask(photo::face_outline(crop.landmarks, crop.rgb.height));
}

std::vector<float> Reconstructor::Impl::refine(const photo::Photo& photo,
                                               const photo::Landmarks& landmarks, const Image& crop,
                                               const FitResult& fit,
                                               const ProjectedColors& seen) const {
  if (!refinement) return fit.albedo_colours;
  Observation observation = observe({{}, crop, {}, fit}, seen, faces);
  if (crop.height != kEncoderSize) {
    const photo::Crop small = photo::cut_crop(
        photo, landmarks, photo::alignment(photo::five_points(landmarks), reference, kEncoderSize),
        kEncoderSize);
    std::vector<std::string> said_already;
    observation.crop = with_mask(small.rgb, skin(small, said_already));
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
  const photo::Crop cut =
      photo::cut_crop(photo, landmarks,
                      photo::alignment(photo::five_points(landmarks), self.reference, size), size);
  const Image crop = with_mask(cut.rgb, self.skin(cut, out.notes));
  out.crop = cut.rgb;
  out.times.detect = watch.lap();

  out.fit = self.fitter.fit(crop, cut.landmarks);
  out.times.fit = watch.lap();

  out.projected_albedo = projected_albedo(out.fit, crop, self.faces);
  const ProjectedColors seen = project_colors(crop, out.fit.screen, out.fit.normals, self.faces);
  out.seen = seen_skin(seen);
  out.refined_albedo = self.refine(photo, landmarks, crop, out.fit, seen);
  if (self.refinement) {
    out.refined_light = refit_light(facing_colors(seen.colour, out.seen, out.fit.normals),
                                    out.refined_albedo, out.fit.light);
    out.refined_light_colours = light_at(out.fit.normals, out.refined_light);
  } else {
    out.refined_light = out.fit.light;
    out.refined_light_colours = out.fit.light_colours;
  }
  const double finer = std::min(1 / cut.from_photo.scale, kMostFiner);
  if (finer >= kFiner) {
    const auto side = static_cast<std::int64_t>(std::lround(static_cast<double>(size) * finer));
    const photo::ScaleShift map =
        photo::alignment(photo::five_points(landmarks), self.reference, side);
    out.fine_crop = photo::cut_crop(photo, landmarks, map, side).rgb;
  }
  out.times.refine = watch.lap();

  const std::vector<float>& fitted = out.fit.light_colours;
  const auto judge = [&](const std::vector<float>& albedo, const std::vector<float>& light) {
    return draw_agreement(out.fit, {albedo, light}, crop, self.faces, out.input);
  };
  DrawnAgreement coarse = judge(out.fit.albedo_colours, fitted);
  DrawnAgreement refined = judge(out.refined_albedo, out.refined_light_colours);
  out.coarse = coarse.agreement;
  out.projected = judge(out.projected_albedo, fitted).agreement;
  out.refined = refined.agreement;
  out.coarse_overlay = std::move(coarse.overlay);
  out.refined_overlay = std::move(refined.overlay);
  out.times.render = watch.lap();
  const StageTimes& t = out.times;
  out.times.total = t.decode + t.detect + t.fit + t.refine + t.render;
  return out;
}

}  // namespace fgcn::train
