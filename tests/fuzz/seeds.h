// The folder of well-formed files that fuzz targets start from: DIR/<target>/<name>.
#pragma once

#include <filesystem>
#include <utility>

#include "io/file.h"

namespace fgcn::fuzz {

class Seeds {
 public:
  explicit Seeds(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path path(const char* target, const char* name) const {
    std::filesystem::create_directories(root_ / target);
    return root_ / target / name;
  }
  void add(const char* target, const char* name, const Bytes& data) const {
    write_file(path(target, name), data);
  }

 private:
  std::filesystem::path root_;
};

/// Face models, weights, checkpoints, journals, landmarks, settings: the product's own files.
void write_own_seeds(const Seeds& seeds);
/// Weights of torch and TensorFlow, pickles.
void write_weight_seeds(const Seeds& seeds);
/// Face models in the files of other programs.
void write_model_seeds(const Seeds& seeds);

}  // namespace fgcn::fuzz
