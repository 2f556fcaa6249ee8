// Photographs as a training step takes them: all that does not depend on the network.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "autograd/triangles.h"
#include "kernels/runtime/repeated_work.h"
#include "mesh/face/face_model.h"
#include "recon/refine/photo_networks.h"
#include "recon/refine/photo_sample.h"
#include "recon/refine/refinement_model.h"
#include "render/face_chip.h"
#include "train/batch_arrays.h"

namespace fgcn::train {

/// On the device. Vertices in the hierarchy's order. Colors in [-1, 1].
struct PhotoBatch {
  recon::RefinementBatch input;  // without patches where fixed networks give the embedding
  Tensor coarse;                 // [V, N, 3] albedo
  Tensor color;                  // [V, N, 3] of the photo, where the vertex is seen
  Tensor visible;                // [V, N, 1] 1 or 0
  Tensor vertex_irradiance;      // [V, N, 3] fitted
  Tensor screen;                 // [N, V, 3] the face over the crop
  Tensor photo;                  // [N, S, S, 3] the crops
  Tensor skin;                   // [N, S, S, 1] their masks
  Tensor weights;                // [kPhotoWeights] what the step sends along
  Tensor chips;  // [N, P, 2] points of the identity network's window; undefined without it
  // Results of the fixed networks (recon::CropNumbers), one array where recon::one_result.
  Tensor identity;   // [N, F] for the loss; undefined without an identity network, or not wanted
  Tensor embedding;  // [N, E] for the decoder; undefined where it has an encoder of its own
};
inline constexpr std::int64_t kPhotoWeights = 8;

/// A batch's faces, rendered over its crops.
struct RenderedFaces {
  Tensor raster;  // [N, S, S, 4]
  Tensor mask;    // [N, S, S, 1] 1 where a face covers, times the photo's skin mask
};

/// The host's part of a batch. Samples must outlive it.
struct PhotoFacts {
  std::vector<recon::Observation> observations;
  std::vector<const recon::PhotoSample*> samples;
  std::int64_t size() const { return static_cast<std::int64_t>(samples.size()); }
};

/// Whether a batch tells whose faces its photos show: a pass through the identity network each.
enum class Identities { kNo, kYes };

/// Room for batches of one size, at fixed addresses.
class PhotoRoom {
 public:
  const PhotoBatch& batch() const { return batch_; }
  std::int64_t photos() const { return batch_.photo.dim(0); }

 private:
  friend class PhotoBatcher;

  BatchArrays arrays_;
  PhotoBatch batch_;
};

/// Makes batches. Samples must outlive their batch.
///
/// Errors   fgcn::Error when a sample's arrays are not the face model's, its crop has no mask, or
///          the crops of a batch are of different sizes; InputError when landmarks form no face.
/// Repeat   bitwise, for any number of threads, with and without graphs; a photo's identity is the
///          same whatever lies beside it.
class PhotoBatcher {
 public:
  /// Bytes kept of photos that were seen.
  static constexpr std::int64_t kMostRemembered = std::int64_t{1} << 28;

  /// All must outlive it.
  PhotoBatcher(const Context& ctx, const recon::RefinementModel& model, const mesh::FaceModel& face,
               const recon::PhotoNetworks& fixed, UseGraph graph = UseGraph::kNo);

  /// For batches of so many crops [side, side, 4]. `wanted`: whether `identity` and `chips` are,
  /// beyond what the network itself takes.
  /// `uploads`: batches sent there in a step.
  PhotoRoom room(std::int64_t photos, std::int64_t side, Identities wanted = Identities::kYes,
                 std::int64_t uploads = 1) const;
  /// Sends photos there; does not wait. The identities of photos that were not seen before are
  /// made on the device.
  PhotoFacts send(std::span<const recon::PhotoSample* const> samples, PhotoRoom& room,
                  const std::array<double, kPhotoWeights>& weights = {});

  /// Work of the device that is the same for every batch.
  RenderedFaces draw(const PhotoBatch& batch) const;
  /// Input of the network.
  recon::RefinementBatch input_of(const PhotoBatch& batch) const;

  const Triangles& triangles() const { return triangles_; }
  /// The identity network's window of crops of that side. So many samples a pixel as if it were as
  /// wide as the crop: what a step gives to the device must not depend on the photo.
  ChipGrid chip_grid(std::int64_t side) const;

 private:
  /// Results of the fixed networks for one photo.
  struct Numbers {
    Tensor identity;   // [1, F]
    Tensor embedding;  // [1, E], or undefined
  };
  /// Work that gives them, at fixed addresses.
  struct Embedder {
    Tensor photo, points;
    Numbers numbers;
    RepeatedWork work;
  };

  void put_identities(const PhotoFacts& facts, const PhotoBatch& batch);
  const Numbers& numbers_of(const recon::PhotoSample& sample, const PhotoBatch& batch,
                            std::int64_t at);

  Context ctx_;
  const recon::RefinementModel& model_;
  recon::PhotoNetworks fixed_;
  std::vector<std::int32_t> faces_;  // flat, the face model's numbers
  Triangles triangles_;              // the hierarchy's
  Embedder embedder_;
  std::unordered_map<std::string, Numbers> known_;
  std::deque<std::string> oldest_;
};

}  // namespace fgcn::train
