#include "apps/eval_source.h"

#include "photo/decode.h"
#include "photo/detect.h"

namespace fgcn {
namespace {

constexpr std::int64_t kCropSide = 224;  // pixels: what the image encoder takes

}  // namespace

SampleSource::SampleSource(const Context& ctx, const mesh::FaceModel& face,
                           const EvalOptions& options)
    : names_(options.photos) {
  if (options.limit > 0 && names_.size() > static_cast<std::size_t>(options.limit))
    names_.resize(static_cast<std::size_t>(options.limit));
  if (names_.empty()) return;
  sampler_ = std::make_unique<const train::PhotoSampler>(
      ctx, face, std::make_shared<const photo::FaceFinder>(options.predictor), kCropSide);
}

train::PhotoSample SampleSource::sample(std::size_t i) const {
  std::vector<std::string> notes;  // for who looks at one photo
  return sampler_->sample(photo::read_photo(names_[i]), names_[i], notes);
}

}  // namespace fgcn
