// How a detector's 68 points lie about those of a face model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"

namespace fgcn::mesh {

constexpr std::int64_t kErrorValues = 2 * 68;  // x and y of each point

/// Mean and covariance of (detected - model's), in pixels of the aligned crop of 224 (102 a
/// decimeter), y down, by how far the head is turned. A head turned the other way has them
/// mirrored. They depend on the detector and on where the model has its landmarks.
struct LandmarkErrors {
  std::vector<float> yaw;         // [B] radians about y, ascending from 0
  std::vector<float> mean;        // [B, 68, 2]
  std::vector<float> covariance;  // [B, 136, 136], symmetric and positive definite

  bool empty() const { return yaw.empty(); }
};

/// InputError naming the field when sizes or values cannot be right. `where` is the file's name.
void check(const LandmarkErrors& errors, const std::string& where);

/// Arrays landmark_error_yaw, landmark_error_mean and landmark_error_covariance of a face-model
/// file; empty when the file has none.
LandmarkErrors read_landmark_errors(const io::Safetensors& file, const std::string& where);
void store(io::Safetensors& file, const LandmarkErrors& errors);

}  // namespace fgcn::mesh
