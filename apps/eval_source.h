// The fitted photos that fgcn_eval measures.
#pragma once

#include <memory>
#include <string>

#include "apps/eval_options.h"
#include "train/photo_sample.h"
#include "train/photo_sampler.h"

namespace fgcn {

/// The photos in the order given, `limit` of them at most.
class SampleSource {
 public:
  /// Errors   InputError: the landmark model is missing.
  SampleSource(const Context& ctx, const mesh::FaceModel& face, const EvalOptions& options);

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t i) const { return names_[i]; }
  /// Detects, cuts and fits; the same bits each time.
  /// Errors   InputError naming the photo.
  train::PhotoSample sample(std::size_t i) const;

 private:
  std::vector<std::string> names_;
  std::unique_ptr<const train::PhotoSampler> sampler_;
};

}  // namespace fgcn
