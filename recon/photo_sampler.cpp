#include "recon/photo_sampler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "photo/skin.h"
#include "photo/spectacles.h"
#include "recon/photo_notes.h"

namespace fgcn::recon {
namespace {

constexpr double kDoubtfulScore = 0.3;  // a detection below it may be no face
constexpr double kSmallFace = 80;       // pixels between the jaw's ends below which detail lacks
constexpr double kLeastSkin = 0.02;     // share of the crop below which the mask found nothing

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

Image skin(const photo::Crop& crop, std::vector<std::string>& notes) {
  const bool own = !crop.mask.pixels.empty();
  Image mask = photo::shrink_mask(own ? crop.mask : photo::skin_mask(crop.rgb, crop.landmarks));
  if (mean(mask) < kLeastSkin) {
    notes.push_back(
        "skin could not be told from its surroundings; the whole face outline was taken");
    mask = photo::shrink_mask(photo::face_outline(crop.landmarks, crop.rgb.height));
  } else if (own) {
    return mask;  // who gives a mask has decided about spectacles
  }
  Image bare = photo::without_rims(mask, crop.rgb, crop.landmarks);
  if (bare.pixels != mask.pixels)
    notes.push_back("spectacles are left out; a skin mask as the photo's alpha channel keeps them");
  return bare;
}

}  // namespace

void note_placement(const photo::Photo& photo, const photo::Landmarks& landmarks,
                    std::vector<std::string>& notes) {
  const auto width = static_cast<double>(photo.rgb.width);
  const auto height = static_cast<double>(photo.rgb.height);
  const auto outside = std::count_if(landmarks.begin(), landmarks.end(), [&](photo::Point p) {
    return p.x < 0 || p.y < 0 || p.x > width || p.y > height;
  });
  if (outside > 0) notes.emplace_back(kNoteCut);
  const double across =
      std::hypot(landmarks[16].x - landmarks[0].x, landmarks[16].y - landmarks[0].y);
  if (across < kSmallFace)
    notes.push_back(text("the face is only ", std::lround(across),
                         " pixels wide; a larger photo gives more detail"));
}

PhotoSampler::PhotoSampler(const Context& ctx, const mesh::FaceModel& model,
                           std::shared_ptr<const photo::FaceFinder> finder, std::int64_t size)
    : finder_(std::move(finder)),
      reference_(reference_points(model)),
      fitter_(ctx, model),
      size_(size) {}

std::optional<photo::Landmarks> PhotoSampler::find(const photo::Photo& photo,
                                                   std::vector<std::string>& notes) const {
  const std::optional<photo::FoundFace> face = finder_->find(photo.rgb);
  if (!face) return std::nullopt;
  if (face->faces > 1)
    notes.push_back(text(face->faces, " faces were found; the clearest one was taken"));
  if (face->score < kDoubtfulScore) notes.emplace_back(kNoteUnsure);
  return face->landmarks;
}

photo::Crop PhotoSampler::cut(const photo::Photo& photo, const photo::Landmarks& landmarks,
                              std::int64_t size) const {
  return photo::cut_crop(photo, landmarks,
                         photo::alignment(photo::five_points(landmarks), reference_, size), size);
}

Image PhotoSampler::masked(const photo::Crop& crop, std::vector<std::string>& notes) const {
  return with_mask(crop.rgb, skin(crop, notes));
}

FitResult PhotoSampler::fit(const Image& crop, const photo::Landmarks& landmarks) const {
  return fitter_.fit(crop, landmarks);
}

PhotoSample PhotoSampler::sample(const photo::Photo& photo, const std::string& name,
                                 std::vector<std::string>& notes) const {
  const std::optional<photo::Landmarks> landmarks = find(photo, notes);
  if (!landmarks) input_error("no face was found");
  note_placement(photo, *landmarks, notes);
  const photo::Crop crop = cut(photo, *landmarks, size_);
  PhotoSample out;
  out.name = name;
  out.crop = masked(crop, notes);
  out.landmarks = crop.landmarks;
  out.fit = fit(out.crop, out.landmarks);
  return out;
}

}  // namespace fgcn::recon
