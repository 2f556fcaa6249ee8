#include "train/synthetic/face_stream.h"

#include <omp.h>

#include <algorithm>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "train/run/rng_streams.h"

namespace fgcn::train {

FaceStream::FaceStream(const mesh::FaceModel& model, const FaceStreamOptions& options)
    : made_(
          [&model, seed = options.seed] {
            // The fit's matrix products would start a team of threads in every worker.
            omp_set_num_threads(1);
            const auto make = std::make_shared<FaceSynthesizer>(model);
            return [make, seed](std::int64_t index) {
              return (*make)(seed, static_cast<std::uint64_t>(index));
            };
          },
          {options.first, options.workers, options.ahead}) {}

FaceReplay::FaceReplay(const mesh::FaceModel& model, std::uint64_t seed, std::int64_t batch,
                       int workers)
    : model_(&model), seed_(seed), batch_(batch), workers_(workers) {
  FGCN_CHECK(batch > 0, "FaceReplay: a batch of ", batch);
}

std::vector<std::shared_ptr<const SyntheticFace>> FaceReplay::step(std::int64_t index) {
  // Step s brings face batch - 1 + s; the first step therefore needs a whole batch.
  if (!stream_ || index != next_step_) {
    next_face_ = std::max<std::int64_t>(0, index + batch_ - 1 - kKept);
    kept_.clear();
    stream_.reset();
    stream_ = std::make_unique<FaceStream>(
        *model_, FaceStreamOptions{seed_, next_face_, workers_, /*ahead=*/8});
  }
  while (next_face_ < index + batch_) {
    kept_.push_back(stream_->next());
    ++next_face_;
    if (static_cast<std::int64_t>(kept_.size()) > kKept) kept_.pop_front();
  }
  next_step_ = index + 1;

  Rng rng = rng_of(seed_, RngStream::kReplay).split(static_cast<std::uint64_t>(index));
  std::vector<std::shared_ptr<const SyntheticFace>> out{kept_.back()};
  const auto older = static_cast<std::int64_t>(kept_.size()) - 1;
  while (static_cast<std::int64_t>(out.size()) < batch_) {
    out.push_back(kept_[static_cast<std::size_t>(rng.below(older))]);
  }
  return out;
}

}  // namespace fgcn::train
