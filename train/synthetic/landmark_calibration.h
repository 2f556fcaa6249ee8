// Learning how the detector's points lie about the model's, from pictures of the model's people.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "mesh/face/face_model.h"
#include "photo/detect/detect.h"

namespace fgcn::train {

struct CalibrationOptions {
  std::vector<double> yaw{0, 15, 30, 45, 60};  // degrees, ascending from 0
  std::int64_t faces = 400;                    // pictures at each
  std::uint64_t seed = 1;
  int workers = 1;  // threads
};

/// InputError, naming the option --yaw, unless yaw rises from 0 to below 90 degrees.
void check(const CalibrationOptions& options);

/// At one yaw.
struct CalibrationRow {
  double yaw = 0;          // degrees
  std::int64_t found = 0;  // of `faces`
  std::int64_t used = 0;   // without finds that are no face
  double mean = 0;         // length of the mean error, root mean square over points, pixels at 224
  double deviation = 0;    // standard deviation about it per point, root mean square
  double exponent = 0;     // by which deviations grow with the spread of the predictions
};

struct Calibration {
  mesh::LandmarkErrors errors;
  std::vector<CalibrationRow> rows;
};

/// Each yaw's pictures (portraits.h), half of them turned the other way and mirrored back, go
/// through the detector and the alignment; mean and covariance of (detected - true) are taken in
/// the crop, points 0 to 16 against the outline as recon/fit/face_outline.h has it. The errors of a
/// point grow with the spread of its predictions (photo::FoundFace::spread); the exponent is the
/// most likely one, for all points of a yaw. The covariance is that at the usual spread, and shrunk
/// towards its diagonal, as so few samples ask for. A yaw at which fewer than 40 faces are found
/// ends the table; the first must give that many.
///
///   progress  is called with the number of pictures that are done
///
/// Errors   as check(), before the first picture. InputError when too few frontal faces are found:
///          the model does not look like a face.
/// Repeat   bitwise, for any number of workers. Nothing when stop() turns true meanwhile.
/// Source   Ledoit and Wolf 2004 for the shrinkage.
std::optional<Calibration> calibrate_landmarks(
    const mesh::FaceModel& model, const photo::FaceFinder& finder,
    const CalibrationOptions& options, const std::function<bool()>& stop,
    const std::function<void(std::int64_t done)>& progress = {});

}  // namespace fgcn::train
