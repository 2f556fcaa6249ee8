// Where the detector sees the outline of faces in photographs, learnt from many of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "mesh/face/face_model.h"
#include "photo/landmarks.h"

namespace fgcn::recon {

/// What the detector found in a photo, in pixels of its aligned crop of 224.
struct PhotoPoints {
  photo::Landmarks landmarks;
  photo::PointSpread spread{};
};

struct PhotoCalibrationOptions {
  double most_error = 0.06;  // landmark error above which a fit is not believed
  double fewest = 40;        // faces that tell of a yaw; one of which fewer tell keeps its errors
  double settled = 0.02;     // pixels: mean residual of the outline at which it ends
  int rounds = 60;           // at most
  int workers = 1;           // threads
};

/// Of one yaw: the mean residual of the outline's 17 points, root mean square, pixels.
struct PhotoCalibrationRow {
  double yaw = 0;    // radians
  double faces = 0;  // a face between two yaws tells of both by halves, thirds ...
  double before = 0;
  double after = 0;
};

struct PhotoCalibration {
  mesh::LandmarkErrors errors;
  std::int64_t used = 0;  // faces
  int rounds = 0;
  std::vector<PhotoCalibrationRow> rows;  // of the yaws that were corrected
};

/// The errors of a model are measured on rendered people (train/synthetic/landmark_calibration.h).
/// Eyes, brows, nose and lips are painted on them, and the detector sees them in photographs where
/// it sees them in pictures. An outline is another matter: hair, beards, ears, collars and light
/// decide where a jaw seems to end. A fit takes the difference for shape and gives all people the
/// same jaw.
///
/// So the photos are fitted by their landmarks. What is left of points 0 to 16 in the mean over
/// them is added to their mean errors, and so on until nothing is left: expectation maximization
/// with the most likely shapes in place of their distribution. The other points and all covariances
/// stay as they are.
///
///   progress  is called with the number of rounds that are done
///
/// Errors   InputError: the model has no landmark errors, or too few faces are seen from ahead.
/// Repeat   bitwise, for any number of workers. Nothing when stop() turns true meanwhile.
/// Source   Dempster, Laird and Rubin 1977.
std::optional<PhotoCalibration> calibrate_on_photos(
    const mesh::FaceModel& model, const std::vector<PhotoPoints>& photos,
    const PhotoCalibrationOptions& options, const std::function<bool()>& stop,
    const std::function<void(int done)>& progress = {});

/// InputError unless the model has landmark errors: to say so before photos are read.
void check_has_errors(const mesh::FaceModel& model);

}  // namespace fgcn::recon
