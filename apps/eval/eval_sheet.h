// The picture of the best, middle and worst photos of an evaluation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "io/image.h"
#include "train/evaluate/photo_scores.h"

namespace fgcn {

enum class RankBy { kPsnr, kIdentity };  // of the first refined face; coarse without weights

struct RankedPhoto {
  std::string rank;       // "best", "median", "worst"
  std::size_t photo = 0;  // index into the scores
  double value = 0;       // what it was ranked by
};

/// Up to `each` of the best, those about the median and the worst, no photo twice; best first.
/// Photos whose value is not finite are not ranked.
std::vector<RankedPhoto> rank_photos(const std::vector<train::PhotoScores>& photos, RankBy by,
                                     std::size_t each);

/// One row per photo: crop, each face over it, the refined albedos from the camera of the fit.
///   sample   gives the fitted photo of an index into `scores` again
Image8 rank_sheet(const train::PhotoScorer& scorer, const std::vector<RankedPhoto>& ranked,
                  const std::function<recon::PhotoSample(std::size_t)>& sample, RankBy by);

}  // namespace fgcn
