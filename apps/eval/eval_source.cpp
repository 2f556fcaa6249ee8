#include "apps/eval/eval_source.h"

#include "kernels/core/error.h"
#include "photo/decode/decode.h"
#include "photo/detect/detect.h"
#include "recon/fit/posed_face.h"

namespace fgcn {
namespace {

std::vector<std::int64_t> records(const train::PhotoData& data, const EvalOptions& options) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    if (options.split == "all" || options.split == train::name(data.split(i))) out.push_back(i);
  }
  if (out.empty())
    input_error("--data ", options.data, ": has no photo of split ", options.split,
                "; choose another with --split");
  return out;
}

}  // namespace

SampleSource::SampleSource(const Context& ctx, const mesh::FaceModel& face,
                           const EvalOptions& options) {
  const auto limited = [&](auto& all) {
    if (options.limit > 0 && all.size() > static_cast<std::size_t>(options.limit))
      all.resize(static_cast<std::size_t>(options.limit));
  };
  if (!options.data.empty()) {
    data_ = train::PhotoData::open(options.data, face);
    records_ = records(*data_, options);
    limited(records_);
    for (const std::int64_t i : records_) names_.push_back(data_->name(i));
    return;
  }
  names_ = options.photos;
  limited(names_);
  if (names_.empty()) return;
  sampler_ = std::make_unique<const recon::PhotoSampler>(
      ctx, face, std::make_shared<const photo::FaceFinder>(options.predictor), recon::kCropSize);
}

recon::PhotoSample SampleSource::sample(std::size_t i) const {
  if (data_) return data_->sample(records_[i]);
  std::vector<std::string> notes;  // for who looks at one photo
  const photo::Photo photo = photo::read_photo(names_[i]);
  try {
    return sampler_->sample(photo, names_[i], notes);
  } catch (const InputError& error) {
    input_error(names_[i], ": ", error.what());  // of a photo among many
  }
}

}  // namespace fgcn
