#include "recon/photo_sampler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "photo/mask/face_cover.h"
#include "photo/mask/skin.h"
#include "photo/mask/spectacles.h"
#include "recon/fit/posed_face.h"
#include "recon/fit/reference_points.h"
#include "recon/photo_notes.h"

namespace fgcn::recon {
namespace {

constexpr double kDoubtfulScore = 0.3;  // a detection below it may be no face
constexpr double kSmallFace = 80;       // pixels between the jaw's ends below which detail lacks
constexpr double kLeastSkin = 0.02;     // share of the crop below which the mask found nothing

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

/// A later step says once more what the placement of the points may have said already.
void note_once(const char* note, std::vector<std::string>& notes) {
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.emplace_back(note);
}

void hide(Image& hidden, const Image& more) {
  if (more.pixels.empty()) return;
  if (hidden.pixels.empty()) hidden = Image(more.height, more.width, 1);
  for (std::size_t i = 0; i < hidden.pixels.size(); ++i)
    hidden.pixels[i] = std::max(hidden.pixels[i], more.pixels[i]);
}

void clear(Image& mask, const Image& hidden) {
  for (std::size_t i = 0; i < hidden.pixels.size(); ++i)
    if (hidden.pixels[i] > 0) mask.pixels[i] = 0;
}

bool overlap(const Image& a, const Image& b) {
  for (std::size_t i = 0; i < a.pixels.size() && i < b.pixels.size(); ++i)
    if (a.pixels[i] > 0 && b.pixels[i] > 0) return true;
  return false;
}

/// 1 where an alpha channel is more transparent than opaque.
Image transparent(const Image& alpha) {
  Image out(alpha.height, alpha.width, 1);
  for (std::size_t i = 0; i < alpha.pixels.size(); ++i)
    out.pixels[i] = alpha.pixels[i] < 0.5F ? 1.0F : 0.0F;
  return out;
}

struct Skin {
  Image mask;    // [S, S, 1]
  Image hidden;  // as MaskedCrop has it
  bool sunglasses = false;
  SkinMaker by = SkinMaker::kColor;
};

/// The hidden places: what hides the face or lies beyond the photo. Empty where all of the outline
/// is seen, so that what happens elsewhere in the photo changes nothing.
Skin hidden_face(const photo::Crop& crop, const Image& outline, std::vector<std::string>& notes) {
  Skin out;
  Image& hidden = out.hidden;
  if (overlap(crop.beyond, outline)) {
    note_once(kNoteCut, notes);
    hide(hidden, crop.beyond);
  }
  if (!crop.mask.pixels.empty()) {
    const Image cut_out = transparent(crop.mask);
    if (overlap(cut_out, outline)) hide(hidden, cut_out);
  }
  const Image lenses = photo::dark_lenses(crop.rgb, crop.landmarks);
  out.sunglasses = !lenses.pixels.empty();
  if (out.sunglasses)
    notes.emplace_back("sunglasses are left out; the eyes behind them are guessed");
  hide(hidden, lenses);
  const Image cloth = photo::lower_face_cloth(crop.rgb, crop.landmarks);
  if (!cloth.pixels.empty())
    notes.emplace_back("something covers the lower face; it is left out and guessed");
  hide(hidden, cloth);
  return out;
}

/// The photo's own mask. Who gives one has decided about spectacles.
Skin own_skin(const photo::Crop& crop) {
  Skin out;
  out.by = SkinMaker::kAlpha;
  out.mask = photo::shrink_mask(crop.mask);
  clear(out.mask, crop.beyond);
  return out;
}

/// By the parser where there is one, else by color.
Skin found_skin(const photo::Crop& crop, const FaceParser* parser,
                std::vector<std::string>& notes) {
  const Image outline = photo::face_outline(crop.landmarks, crop.rgb.height);
  Skin out = hidden_face(crop, outline, notes);
  // Shrinking takes a rim of mixed colors along hidden places, and closes thin ones, which are
  // cleared again.
  out.mask = photo::shrink_mask(parser != nullptr
                                    ? parser->mask(crop.rgb)
                                    : photo::skin_mask(crop.rgb, crop.landmarks, out.hidden));
  clear(out.mask, out.hidden);
  // A network sees a face in a repeated border too, outside the outline.
  if (parser != nullptr) clear(out.mask, crop.beyond);
  if (parser != nullptr) out.by = SkinMaker::kParser;
  return out;
}

/// Fourth channel and hidden places; the face outline where no skin is found.
Skin skin(const photo::Crop& crop, const FaceParser* parser, std::vector<std::string>& notes) {
  const bool own =
      !crop.mask.pixels.empty() && photo::is_skin_mask(crop.mask, crop.beyond, crop.landmarks);
  Skin out = own ? own_skin(crop) : found_skin(crop, parser, notes);
  if (mean(out.mask) < kLeastSkin) {
    notes.emplace_back(
        "skin could not be told from its surroundings; the whole face outline was taken");
    out.by = SkinMaker::kOutline;
    out.mask = photo::shrink_mask(photo::face_outline(crop.landmarks, crop.rgb.height));
    clear(out.mask, out.hidden.pixels.empty() ? crop.beyond : out.hidden);
  } else if (own || parser != nullptr) {
    return out;  // a parser has a class for spectacles
  }
  Image bare = photo::without_rims(out.mask, crop.rgb, crop.landmarks);
  if (bare.pixels != out.mask.pixels && !out.sunglasses)
    notes.emplace_back(
        "spectacles are left out; a skin mask as the photo's alpha channel keeps them");
  out.mask = std::move(bare);
  return out;
}

}  // namespace

void note_placement(const photo::Photo& photo, const photo::Landmarks& landmarks,
                    std::vector<std::string>& notes) {
  const auto width = static_cast<double>(photo.rgb.width);
  const auto height = static_cast<double>(photo.rgb.height);
  const auto outside = std::count_if(landmarks.begin(), landmarks.end(), [&](photo::Point p) {
    return p.x < 0 || p.y < 0 || p.x > width || p.y > height;
  });
  if (outside > 0) note_once(kNoteCut, notes);
  const double across =
      std::hypot(landmarks[16].x - landmarks[0].x, landmarks[16].y - landmarks[0].y);
  if (across < kSmallFace)
    notes.push_back(text("the face is only ", std::lround(across),
                         " pixels wide; a larger photo gives more detail"));
}

void note_score(double score, std::vector<std::string>& notes) {
  if (score < kDoubtfulScore) note_once(kNoteUnsure, notes);
}

void note_fit(const FitResult& fit, std::vector<std::string>& notes) {
  if (fit.landmark_error <= kPoorLandmarks) return;
  notes.push_back(text("the fitted face misses the landmarks by ",
                       std::lround(100 * fit.landmark_error),
                       " % of the distance between the eyes; check the points and the result"));
}

PhotoSampler::PhotoSampler(const Context& ctx, const mesh::FaceModel& model,
                           std::shared_ptr<const photo::FaceFinder> finder, std::int64_t size,
                           std::shared_ptr<const FaceParser> parser,
                           std::shared_ptr<const FaceRegressor> regressor)
    : finder_(std::move(finder)),
      parser_(std::move(parser)),
      regressor_(std::move(regressor)),
      reference_(reference_points(model)),
      fitter_(ctx, model),
      size_(size) {}

bool PhotoSampler::may_be_face(const photo::Photo& photo, const photo::FoundFace& face) const {
  if (face.score >= kDoubtfulScore) return true;
  const photo::Crop crop = cut(photo, face.landmarks, kCropSize);
  return photo::has_face_colors(crop.rgb, crop.landmarks);
}

std::optional<photo::FoundFace> PhotoSampler::find(const photo::Photo& photo,
                                                   std::vector<std::string>& notes,
                                                   int& faces) const {
  const std::optional<photo::FoundFace> face = finder_->find(photo.rgb);
  faces = 0;
  if (!face || !may_be_face(photo, *face)) return std::nullopt;
  faces = face->faces;
  if (face->faces > 1)
    notes.push_back(text(face->faces, " faces were found; the clearest one was taken"));
  note_score(face->score, notes);
  return face;
}

std::vector<photo::FoundFace> PhotoSampler::find_all(const photo::Photo& photo) const {
  std::vector<photo::FoundFace> out = finder_->find_all(photo.rgb);
  std::erase_if(out, [&](const photo::FoundFace& face) { return !may_be_face(photo, face); });
  return out;
}

photo::Crop PhotoSampler::cut(const photo::Photo& photo, const photo::Landmarks& landmarks,
                              std::int64_t size) const {
  return photo::cut_crop(photo, landmarks,
                         regressor_ != nullptr
                             ? regressor_->to_crop(photo, landmarks, size)
                             : photo::alignment(photo::five_points(landmarks), reference_, size),
                         size);
}

std::optional<FaceStart> PhotoSampler::start(const photo::Photo& photo,
                                             const photo::Landmarks& landmarks) const {
  if (regressor_ == nullptr) return std::nullopt;
  return (*regressor_)(photo, landmarks);
}

MaskedCrop PhotoSampler::masked(const photo::Crop& crop, std::vector<std::string>& notes) const {
  Skin found = skin(crop, parser_.get(), notes);
  if (parser_ != nullptr && found.by == SkinMaker::kParser)
    note_once("the skin mask is the face parsing network's", notes);
  if (parser_ != nullptr && found.by == SkinMaker::kAlpha)
    note_once("the skin mask is the photo's own alpha channel, not the face parsing network's",
              notes);
  return {with_mask(crop.rgb, found.mask), std::move(found.hidden), found.by};
}

FitResult PhotoSampler::fit(const MaskedCrop& crop, const photo::Landmarks& landmarks,
                            const PointSource& source) const {
  return fitter_.fit(crop.rgba, landmarks, crop.hidden, source);
}

FitResult PhotoSampler::fit_from(const FaceStart& start, const MaskedCrop& crop,
                                 const photo::Landmarks& landmarks) const {
  return fitter_.fit_from(start, crop.rgba, landmarks, crop.hidden);
}

FitResult PhotoSampler::placed(const FaceStart& start, const MaskedCrop& crop,
                               const photo::Landmarks& landmarks) const {
  return fitter_.placed(start, landmarks, crop.rgba.height);
}

PhotoSample PhotoSampler::sample(const photo::Photo& photo, const std::string& name,
                                 std::vector<std::string>& notes) const {
  notes.insert(notes.end(), photo.notes.begin(), photo.notes.end());
  int faces = 0;
  const std::optional<photo::FoundFace> found = find(photo, notes, faces);
  if (!found) input_error("no face was found");
  note_placement(photo, found->landmarks, notes);
  const photo::Crop crop = cut(photo, found->landmarks, size_);
  PhotoSample out;
  out.name = name;
  MaskedCrop seen = masked(crop, notes);
  out.landmarks = crop.landmarks;
  const std::optional<FaceStart> from = start(photo, found->landmarks);
  out.fit = from ? fit_from(*from, seen, out.landmarks)
                 : fit(seen, out.landmarks,
                       {.spread = photo::scaled(found->spread, crop.from_photo.scale)});
  note_fit(out.fit, notes);
  out.crop = std::move(seen.rgba);
  return out;
}

}  // namespace fgcn::recon
