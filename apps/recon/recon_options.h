// Options of fgcn_recon.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recon/face_surface.h"

namespace fgcn {

enum class Report { kNone, kJson, kJsonLines };  // of the results, on stdout

struct ReconOptions {
  std::vector<std::string> photos;  // files and folders
  std::string list;                 // file of further ones; "-": stdin; empty: none
  std::string out;
  std::string face_model = "auto";
  std::string weights = "default";
  std::string device = "auto";
  std::string landmarks;
  std::string predictor;
  std::string parser;
  std::string regressor;
  bool fitted = true;             // false: the regressor's coefficients as they are
  std::string identity = "auto";  // file, folder, "auto" or "none"
  std::string encoder;            // file; empty: the regressor's
  int face = 1;                   // its number, or recon::kAllFaces
  int size = 224;
  int texture_size = 1024;
  recon::WrittenPart part = recon::WrittenPart::kHead;
  int threads = 0;
  bool skip_done = false;
  bool usdz = false;
  bool normals = false;
  Report report = Report::kNone;
};

/// Parsed options, or the exit code of --help and of a wrong command line.
struct ParsedRecon {
  ReconOptions options;
  std::optional<int> exit_code;
};

ParsedRecon parse_recon(int argc, char** argv);

}  // namespace fgcn
