#include "train/dataset/photo_source.h"

#include <utility>

#include "kernels/core/error.h"
#include "train/run/rng_streams.h"

namespace fgcn::train {

PhotoOrder::PhotoOrder(std::vector<std::int64_t> photos, std::int64_t batch, std::uint64_t seed)
    : photos_(std::move(photos)),
      steps_per_epoch_(static_cast<std::int64_t>(photos_.size()) / batch),
      per_epoch_(steps_per_epoch_ * batch),
      seed_(seed) {
  if (steps_per_epoch_ == 0)
    input_error("--data: ", photos_.size(), " photos to learn from do not fill a batch of ", batch,
                "; give more photos or --set batch=", photos_.empty() ? 1 : photos_.size());
}

PhotoOrder::Shuffled PhotoOrder::shuffled(std::int64_t epoch) const {
  const std::lock_guard lock(mutex_);
  if (cached_epoch_ == epoch) return cached_;
  auto out = std::make_shared<std::vector<std::int64_t>>(photos_);
  Rng rng = rng_of(seed_, RngStream::kOrder).split(static_cast<std::uint64_t>(epoch));
  for (std::size_t i = out->size(); i > 1; --i)
    std::swap((*out)[i - 1],
              (*out)[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(i)))]);
  cached_epoch_ = epoch;
  cached_ = std::move(out);
  return cached_;
}

PhotoOrder::Place PhotoOrder::at(std::int64_t index) const {
  FGCN_CHECK(index >= 0, "photo order: index ", index);
  const std::int64_t epoch = index / per_epoch_;
  return {epoch, (*shuffled(epoch))[static_cast<std::size_t>(index % per_epoch_)]};
}

recon::PhotoSample varied_sample(const PhotoSource& source, PhotoOrder::Place place,
                                 std::uint64_t seed) {
  if (!source.varied) return source.sample(place.photo);
  const Rng rng = rng_of(seed, RngStream::kVary)
                      .split(static_cast<std::uint64_t>(place.epoch))
                      .split(static_cast<std::uint64_t>(place.photo));
  return source.varied(place.photo, rng);
}

}  // namespace fgcn::train
