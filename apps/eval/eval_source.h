// The fitted photos that fgcn_eval measures.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/eval/eval_options.h"
#include "recon/photo_sampler.h"
#include "recon/refine/photo_sample.h"
#include "train/dataset/photo_data.h"

namespace fgcn {

/// Photo files in the order given, or the photos of a data set's split; `limit` of them at most.
class SampleSource {
 public:
  /// The face model must outlive it.
  /// Errors   InputError: the landmark model is missing, or the data set is damaged, has another
  ///          face model or none of the split.
  SampleSource(const Context& ctx, const mesh::FaceModel& face, const EvalOptions& options);

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t i) const { return names_[i]; }
  /// Detects, cuts and fits, or reads; the same bits each time.
  /// Errors   InputError naming the photo or the record.
  recon::PhotoSample sample(std::size_t i) const;

 private:
  std::vector<std::string> names_;
  std::unique_ptr<const recon::PhotoSampler> sampler_;  // of files
  std::optional<train::PhotoData> data_;                // or a data set
  std::vector<std::int64_t> records_;                   // of it
};

}  // namespace fgcn
