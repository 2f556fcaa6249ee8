// Synthetic faces in order, made ahead of time by threads of their own.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "train/run/prefetch.h"
#include "train/synthetic/synthetic_faces.h"

namespace fgcn::train {

struct FaceStreamOptions {
  std::uint64_t seed = 1;
  std::int64_t first = 0;  // index of the first face that will be asked for
  int workers = 1;         // threads
  std::int64_t ahead = 8;  // faces that may wait
};

/// Gives face `first`, `first + 1`, ...; each depends on (model, seed, index) alone, so the number
/// of threads changes nothing but the speed.
class FaceStream {
 public:
  /// The model must outlive it.
  FaceStream(const mesh::FaceModel& model, const FaceStreamOptions& options);

  /// Waits for the next face. Throws what its worker threw.
  std::shared_ptr<const SyntheticFace> next() { return made_.next(); }

 private:
  Prefetch<SyntheticFace> made_;
};

/// Which faces a step learns from: one new face per step, the others from the last `kept`. Making a
/// face costs as much as learning from four, and the network does not remember hundreds.
class FaceReplay {
 public:
  FaceReplay(const mesh::FaceModel& model, std::uint64_t seed, std::int64_t batch, int workers);

  /// The faces of step 0, 1, ... in order, or from any step on: what was kept before is then made
  /// again, so that a resumed run goes on as if it had never stopped.
  std::vector<std::shared_ptr<const SyntheticFace>> step(std::int64_t index);
  /// Ends the threads; a later step() starts them again.
  void rest() { stream_.reset(); }

 private:
  static constexpr std::int64_t kKept = 256;

  const mesh::FaceModel* model_;
  std::uint64_t seed_;
  std::int64_t batch_;
  int workers_;
  std::unique_ptr<FaceStream> stream_;
  std::int64_t next_step_ = 0;
  std::int64_t next_face_ = 0;
  std::deque<std::shared_ptr<const SyntheticFace>> kept_;
};

}  // namespace fgcn::train
