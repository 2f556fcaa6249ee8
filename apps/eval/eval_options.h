// Options of fgcn_eval, and the models that they name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/eval/eval_sheet.h"
#include "kernels/core/context.h"
#include "mesh/face/named_face.h"
#include "train/evaluate/photo_scores.h"

namespace fgcn {

enum class EvalReport { kTable, kJson, kJsonLines };  // on stdout

struct EvalOptions {
  std::vector<std::string> photos;  // files, and folders until expand_photos
  std::string list;                 // file of further ones, or empty
  std::string data;                 // file of fitted photos, instead of photos
  std::string split = "test";       // of it: train, validation, test or all
  std::string face_model = "auto";
  std::vector<std::string> weights{"default"};  // files, "default" or, alone, "none"
  std::string identity = "auto";                // file, folder, "auto" or "none"
  std::string encoder;                          // R-Net's file, or empty
  std::string predictor;
  std::string device = "auto";
  std::string out;
  std::int64_t synthetic = 0;  // faces
  std::uint64_t seed = 1;      // of the synthetic faces
  bool parts = false;          // the worth of every part of a network
  std::int64_t limit = 0;      // photos at most; 0: all
  std::int64_t rows = 3;       // of each rank in the sheet
  RankBy rank = RankBy::kPsnr;
  int threads = 0;
  EvalReport report = EvalReport::kTable;
};

/// Parsed options, or the exit code of --help and of a wrong command line.
struct ParsedEval {
  EvalOptions options;
  std::optional<int> exit_code;
};

ParsedEval parse_eval(int argc, char** argv);

/// Puts the files of folders and of the list into `photos` (recon::photo_paths).
void expand_photos(EvalOptions& options);

/// Errors of all: InputError naming the option or file.
/// "auto" is the face model of the data set or of the first weights.
mesh::NamedFace load_face(const EvalOptions& options);

/// Names and files of the weights, in the order given: "refined" for a single one, else the file's
/// name without extension, with its folder or a number where two would be alike.
std::vector<std::pair<std::string, std::string>> weight_files(const mesh::NamedFace& face,
                                                              const EvalOptions& options);
std::vector<train::NamedRefinement> load_weights(const Context& ctx, const mesh::NamedFace& face,
                                                 const EvalOptions& options);

/// The identity network's file: the one given, the one found, or nothing.
std::optional<std::filesystem::path> identity_file(const EvalOptions& options);
recon::LoadedNetworks load_networks(const Context& ctx, const EvalOptions& options);

}  // namespace fgcn
