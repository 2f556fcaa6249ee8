// Photographs as a training step takes them: all that does not depend on the network.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "autograd/triangles.h"
#include "layers/identity_network.h"
#include "mesh/face_model.h"
#include "render/face_chip.h"
#include "train/photo_sample.h"
#include "train/refinement_model.h"

namespace fgcn::train {

/// Vertices in the hierarchy's order. Colours in [-1, 1].
struct PhotoBatch {
  RefinementBatch input;
  Tensor coarse;  // [V, N, 3] albedo
  Tensor colour;  // [V, N, 3] of the photo, where the vertex is seen
  Tensor seen;    // [V, N, 1] 1 or 0
  Tensor light;   // [V, N, 3] fitted
  Tensor raster;  // [N, S, S, 4] the face over the crop
  Tensor alpha;   // [N, S, S, 1] 1 where it covers
  Tensor photo;   // [N, S, S, 3] the crops
  Tensor mask;    // [N, S, S, 1] alpha times the photo's skin mask

  std::vector<ChipMap> chips;  // of the identity network's window
  Tensor identity;  // [N, E] of the photos; undefined without an identity network, or not wanted

  std::vector<Observation> observations;
  std::vector<const PhotoSample*> samples;
  std::int64_t size() const { return static_cast<std::int64_t>(samples.size()); }
};

/// Whether a batch tells whose faces its photos show: a pass through the identity network each.
enum class Identities { kNo, kYes };

/// The sample's window of the identity network.
ChipMap identity_window(const IdentityNetwork& network, const PhotoSample& sample);
/// What the network says of the sample's crop; the same for one photo whatever lies beside it.
std::vector<float> crop_identity(const Context& ctx, const IdentityNetwork& network,
                                 const PhotoSample& sample);

/// Makes batches. Samples must outlive their batch.
///
/// Errors   fgcn::Error when a sample's arrays are not the face model's, its crop has no mask, or
///          the crops of a batch are of different sizes; InputError when landmarks form no face.
/// Repeat   bitwise, for any number of threads.
class PhotoBatcher {
 public:
  static constexpr std::size_t kMostRemembered = 1 << 16;  // photos whose identity is kept

  /// All must outlive it; the identity network may be null.
  PhotoBatcher(const Context& ctx, const RefinementModel& model, const mesh::FaceModel& face,
               const IdentityNetwork* identity);

  /// `wanted`: whether `identity` and `chips` are, beyond what the network itself takes.
  PhotoBatch operator()(std::span<const PhotoSample* const> samples,
                        Identities wanted = Identities::kYes);

  /// One [V, C] array a photo as [V, N, C] on the device.
  Tensor packed(std::span<const std::vector<float>* const> values, double scale,
                double offset) const;
  const Triangles& triangles() const { return triangles_; }

 private:
  const std::vector<float>& identity_of(const PhotoSample& sample);
  void put_pictures(PhotoBatch& batch) const;

  Context ctx_;
  const RefinementModel& model_;
  const mesh::FaceModel& face_;
  const IdentityNetwork* identity_;
  std::vector<std::int32_t> faces_;  // flat, the face model's numbers
  Triangles triangles_;              // the hierarchy's
  std::unordered_map<std::string, std::vector<float>> known_;
  std::deque<std::string> oldest_;
};

}  // namespace fgcn::train
