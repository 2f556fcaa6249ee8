// Training for faces turned aside on pictures of a model's people: their detector
// (photo/detect/side_face.h) and the predictor of their 68 points.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/file.h"
#include "mesh/face/face_model.h"
#include "photo/detect/detect.h"

namespace fgcn::train {

struct SideFaceOptions {
  std::vector<double> yaw{35, 45, 55, 65, 75};  // degrees, above 0
  std::int64_t faces = 200;                     // pictures at each
  std::vector<std::filesystem::path> photos;    // of people seen from ahead, who are passed over
  std::uint64_t seed = 1;
  double cost = 1;  // of a missed face or a false find
  int workers = 1;  // threads
};

struct SideFaceWeights {
  std::vector<double> weights;  // the last is the bias
  /// On as many pictures again that training did not see, and on every third photo, held out.
  std::vector<double> found;     // per yaw, share with a find of a score above 0
  std::int64_t false_finds = 0;  // on held-out photos
  std::int64_t held_out = 0;     // photos
};

/// Learns from rendered people, all turned the same way, and from what lies about the frontal
/// faces of photos. Nothing when stop() turns true before the training proper.
///
/// Errors   InputError when a photo cannot be read.
/// Repeat   the same weights for the same inputs and one worker.
/// Source   King, Max-Margin Object Detection, 2015.
std::optional<SideFaceWeights> train_side_faces(
    const mesh::FaceModel& model, const photo::FaceFinder& finder, const SideFaceOptions& options,
    const std::function<bool()>& stop,
    const std::function<void(std::int64_t done, std::int64_t all)>& progress = {});

struct SideLandmarks {
  Bytes file;                  // as photo/detect/shape_predictor.h reads it
  std::vector<double> missed;  // per yaw, mean over held-out people and points, of nose to chin
};

/// Learns where the model's own points appear, hidden ones too, in boxes that lie as the
/// detector's do. People at each yaw as above, and half as many again that are held out.
///
/// Repeat   the same bytes for the same inputs and any number of workers.
/// Source   Kazemi and Sullivan, CVPR 2014.
std::optional<SideLandmarks> train_side_landmarks(
    const mesh::FaceModel& model, const SideFaceOptions& options, const std::function<bool()>& stop,
    const std::function<void(std::int64_t done, std::int64_t all)>& progress = {});

/// Text of photo/detect/side_face_weights.h.
std::string side_face_header(const SideFaceWeights& trained, const std::string& provenance);

}  // namespace fgcn::train
