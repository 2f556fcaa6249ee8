// How a detector's 68 points lie about those of a face model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"

namespace fgcn::mesh {

constexpr double kLeastSpread = 0.1;           // pixels at 224
constexpr std::int64_t kErrorValues = 2 * 68;  // x and y of each point

/// Mean and covariance of (detected - model's), in pixels of the aligned crop of 224 (102 a
/// decimeter), y down, by how far the head is turned. A head turned the other way has them
/// mirrored. They depend on the detector and on where the model has its landmarks.
struct LandmarkErrors {
  std::vector<float> yaw;         // [B] radians about y, ascending from 0
  std::vector<float> mean;        // [B, 68, 2]
  std::vector<float> covariance;  // [B, 136, 136], symmetric and positive definite
  // Where a detector says how far its predictions of a point lie apart, s, the point's standard
  // deviation is that of `covariance` times ((s + kLeastSpread) / (spread +
  // kLeastSpread))^exponent.
  std::vector<float> spread;    // [B, 68] usual s in pixels of the crop; or empty
  std::vector<float> exponent;  // [B] 0 to 2; empty with `spread`

  bool empty() const { return yaw.empty(); }
};

/// InputError naming the field when sizes or values cannot be right. `where` is the file's name.
void check(const LandmarkErrors& errors, const std::string& where);

/// Arrays landmark_error_yaw, _mean and _covariance of a face-model file, and _spread and _exponent
/// where it has them; empty when the file has none.
LandmarkErrors read_landmark_errors(const io::Safetensors& file, const std::string& where);
void store(io::Safetensors& file, const LandmarkErrors& errors);

}  // namespace fgcn::mesh
