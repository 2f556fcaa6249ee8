// The worth of every part of a network (fgcn_eval --parts).
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/eval/eval_options.h"
#include "apps/eval/eval_source.h"
#include "train/evaluate/photo_scores.h"

namespace fgcn {

/// Means over the photos, and over synthetic faces; not a number: not measured.
struct PartWorth {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  std::string part;      // whose mean stands in its place; empty: the network as it is
  double moved = kNone;  // mean |albedo - the network's as it is|, sRGB-encoded [0, 1]
  double psnr = kNone;   // dB
  double ssim = kNone;
  double identity = kNone;      // cosine
  double albedo_error = kNone;  // of synthetic faces, skin, sRGB-encoded [0, 1]
};

/// Photos and synthetic faces together, from which a part's mean says what the part is worth: of n
/// of them, each is an n-th of its own mean.
inline constexpr std::int64_t kLeastForParts = 8;

struct NetworkParts {
  std::string weights;
  std::vector<PartWorth> rows;  // the network as it is, then every part
};

/// Refines the photos `measured` of the source, and the synthetic faces of the options, once for
/// every part of each of the scorer's weights. Stops when interrupted, with what was measured
/// whole.
std::vector<NetworkParts> measure_parts(const SampleSource& source,
                                        const std::vector<std::size_t>& measured,
                                        train::PhotoScorer& scorer, const EvalOptions& options);

nlohmann::ordered_json parts_json(const std::vector<NetworkParts>& networks);
/// For people; parts that are worth nothing are marked.
std::string parts_table(const std::vector<NetworkParts>& networks);

}  // namespace fgcn
