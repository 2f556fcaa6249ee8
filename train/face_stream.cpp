#include "train/face_stream.h"

#include <omp.h>

#include <algorithm>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::train {

FaceStream::FaceStream(const mesh::FaceModel& model, const FaceStreamOptions& options)
    : options_(options), given_(options.first), taken_(options.first) {
  for (int i = 0; i < std::max(options.makers, 1); ++i) {
    makers_.emplace_back([this, &model] { make(model); });
  }
}

FaceStream::~FaceStream() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& maker : makers_) maker.join();
}

void FaceStream::make(const mesh::FaceModel& model) {
  // The fit's matrix products would start a team of threads in every maker.
  omp_set_num_threads(1);
  try {
    FaceSynthesizer synthesizer(model);
    for (;;) {
      std::int64_t index = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || taken_ < given_ + options_.ahead; });
        if (stop_) return;
        index = taken_++;
      }
      auto face = std::make_shared<const SyntheticFace>(
          synthesizer(options_.seed, static_cast<std::uint64_t>(index)));
      {
        const std::lock_guard lock(mutex_);
        made_.emplace(index, std::move(face));
      }
      changed_.notify_all();
    }
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    changed_.notify_all();
  }
}

std::shared_ptr<const SyntheticFace> FaceStream::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failure_ || made_.contains(given_); });
  if (failure_) std::rethrow_exception(failure_);
  auto found = made_.extract(given_);
  ++given_;
  lock.unlock();
  changed_.notify_all();
  return std::move(found.mapped());
}

FaceReplay::FaceReplay(const mesh::FaceModel& model, std::uint64_t seed, std::int64_t batch,
                       int makers)
    : model_(&model), seed_(seed), batch_(batch), makers_(makers) {
  FGCN_CHECK(batch > 0, "FaceReplay: a batch of ", batch);
}

std::vector<std::shared_ptr<const SyntheticFace>> FaceReplay::step(std::int64_t index) {
  // Step s brings face batch - 1 + s; the first step therefore needs a whole batch.
  if (!stream_ || index != next_step_) {
    next_face_ = std::max<std::int64_t>(0, index + batch_ - 1 - kKept);
    kept_.clear();
    stream_.reset();
    stream_ = std::make_unique<FaceStream>(
        *model_, FaceStreamOptions{seed_, next_face_, makers_, /*ahead=*/8});
  }
  while (next_face_ < index + batch_) {
    kept_.push_back(stream_->next());
    ++next_face_;
    if (static_cast<std::int64_t>(kept_.size()) > kKept) kept_.pop_front();
  }
  next_step_ = index + 1;

  Rng rng = Rng(seed_).split(0x7265706c6179ULL).split(static_cast<std::uint64_t>(index));
  std::vector<std::shared_ptr<const SyntheticFace>> out{kept_.back()};
  const auto older = static_cast<std::int64_t>(kept_.size()) - 1;
  while (static_cast<std::int64_t>(out.size()) < batch_) {
    out.push_back(kept_[static_cast<std::size_t>(rng.below(older))]);
  }
  return out;
}

}  // namespace fgcn::train
