// Where the photos of a run come from, and in which order they are learnt from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kernels/core/rng.h"
#include "recon/refine/photo_sample.h"

namespace fgcn::train {

struct PhotoSource {
  std::vector<std::int64_t> training, validation;  // which photos; none is in both
  /// Photo i, always the same. Called by several threads at a time.
  std::function<recon::PhotoSample(std::int64_t i)> sample;
  /// A variation of photo i, decided by the random numbers alone; none: photos stay as they are.
  /// Called by several threads at a time.
  std::function<recon::PhotoSample(std::int64_t i, Rng rng)> varied;
  std::string fingerprint;  // of all that the samples depend on
};

/// The photos in a new order every epoch, which (seed, epoch) alone decides (Fisher and Yates).
/// Photos that do not fill a last batch are left out of that epoch.
class PhotoOrder {
 public:
  struct Place {
    std::int64_t epoch = 0;  // from 0
    std::int64_t photo = 0;
  };

  /// InputError when there are fewer photos than a batch.
  PhotoOrder(std::vector<std::int64_t> photos, std::int64_t batch, std::uint64_t seed);

  std::int64_t steps_per_epoch() const { return steps_per_epoch_; }
  /// Place of the photo that is the index-th of a run, from 0. For several threads at a
  /// time.
  Place at(std::int64_t index) const;

 private:
  using Shuffled = std::shared_ptr<const std::vector<std::int64_t>>;
  Shuffled shuffled(std::int64_t epoch) const;

  std::vector<std::int64_t> photos_;
  std::int64_t steps_per_epoch_, per_epoch_;
  std::uint64_t seed_;
  mutable std::mutex mutex_;
  mutable std::int64_t cached_epoch_ = -1;
  mutable Shuffled cached_;
};

/// The photo at a place of the order, varied by random numbers of (seed, epoch, photo); as it is
/// when the source does not vary.
recon::PhotoSample varied_sample(const PhotoSource& source, PhotoOrder::Place place,
                                 std::uint64_t seed);

}  // namespace fgcn::train
