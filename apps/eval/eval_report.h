// The summary of fgcn_eval over all photos.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/eval/eval_parts.h"
#include "train/evaluate/evaluation.h"
#include "train/evaluate/photo_scores.h"
#include "train/evaluate/spread.h"

namespace fgcn {

struct EvalFailure {
  std::string input;
  std::string error;
  int code = 2;  // that the program ends with for it
};

/// All that was measured.
struct EvalResults {
  std::string face_model;
  std::string identity_network;                // empty: left out
  std::vector<std::string> names;              // of the faces, PhotoScorer::names()
  std::map<std::string, std::string> weights;  // name and file
  std::vector<train::PhotoScores> photos;
  std::vector<EvalFailure> failures;
  std::vector<train::Evaluation> synthetic;  // one for each of the weights; empty: not asked for
  std::vector<NetworkParts> parts;           // so are these
};

/// The measures of one photo as one object.
nlohmann::ordered_json photo_json(const EvalResults& results, const train::PhotoScores& photo);
/// Spreads over the photos, and what failed. Numbers that nothing was measured for are null.
nlohmann::ordered_json summary_json(const EvalResults& results);
/// The summary as a table, for people.
std::string summary_table(const EvalResults& results);

}  // namespace fgcn
