// The photos of a run in the order in which it learns from them, made ahead of time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "train/dataset/photo_source.h"
#include "train/run/prefetch.h"

namespace fgcn::train {

using Samples = std::vector<std::shared_ptr<const recon::PhotoSample>>;

/// Batch after batch of the training split. Repeat: a batch depends on source, batch size, seed and
/// its number alone, not on the number of workers.
class SampleStream {
 public:
  struct Options {
    std::int64_t batch = 1;
    std::uint64_t seed = 1;  // of order and variation
    std::int64_t first = 0;  // number of the first batch that will be asked for
    int workers = 1;         // threads
  };

  /// The source must outlive it. InputError when it does not fill a batch.
  SampleStream(const PhotoSource& source, const Options& options);

  /// Waits for the next. Throws what its worker threw.
  Samples next();

 private:
  std::int64_t batch_;
  PhotoOrder order_;
  Prefetch<recon::PhotoSample> made_;
};

}  // namespace fgcn::train
