// The trained part of a reconstruction: image encoder, decoder, refiner and combiner in one, as
// training and inference both use it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "io/arrays/safetensors.h"
#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"
#include "recon/fit/observation.h"
#include "recon/refine/albedo_gain.h"
#include "recon/refine/refinement_config.h"

namespace fgcn::mesh {
struct Hierarchy;
}

namespace fgcn::recon {

struct PhotoBase;

/// Input of the network: observations of a batch, prepared, on its device.
struct RefinementBatch {
  Tensor patches;  // [N * 196, 64] the crops at a quarter of their size, in [-1, 1], cut up; or
                   // [N, E] embeddings of fixed networks (fixed_embedding)
  Tensor input;    // [V, N, 7] coarse albedo 3 in [-1, 1]; base 3 in [-1, 1] and confidence of the
                   // base, or color * visible 3 and visible
  Tensor base;     // [V, N, 3] in [-1, 1]: what a residual is added to
};

/// The shapes of those three for N photographs.
struct BatchSizes {
  Shape patches, input, base;
};

/// albedo = clamp(base + tanh(head(decoder(encoder(crop)) ++ refiner(input) ++ input)), -1, 1),
/// or as RefinementConfig says.
///
/// base: the photo's color without the fitted light, the coarse albedo and the mirror image,
/// blended without seams (photo_base.h).
///
/// The network is on the context's device, the rest is the host's.
///
/// Errors   InputError for weights of another mesh or of another network, not finite or beyond 1e6;
///          fgcn::Error for shapes. load() judges a file's header before it reads the rest.
/// Repeat   bitwise, for any number of threads.
/// Source   Lin et al., CVPR 2020; docs/method.md, "Networks".
class RefinementModel {
 public:
  /// Random weights. The hierarchy is that of the face model's mesh, vertices in the same order.
  RefinementModel(const Context& ctx, const mesh::FaceModel& face, const mesh::Hierarchy& hierarchy,
                  const RefinementConfig& config, Rng& rng);
  /// Weights from a file; the file carries the hierarchy it was trained on.
  static RefinementModel load(const Context& ctx, const mesh::FaceModel& face,
                              const std::filesystem::path& path);
  /// True when the header of a weights file names the mesh of `face`.
  static bool is_for(const mesh::FaceModel& face, const io::Safetensors& header,
                     const std::string& where);
  /// For io::read_safetensors: refuses a file by its header, before its arrays are read, when it is
  /// of another format, another mesh, or larger than weights can be. `face` must outlive it.
  static io::HeaderJudge judge(const mesh::FaceModel& face, const std::string& where);
  /// Reads a parsed file; `where` is its name, for messages.
  static RefinementModel from_file(const Context& ctx, const mesh::FaceModel& face,
                                   const io::Safetensors& file, const std::string& where);
  RefinementModel(RefinementModel&&) noexcept;
  RefinementModel& operator=(RefinementModel&&) noexcept;
  ~RefinementModel();

  /// Refined albedo [V, 3] in [0, 1] of one photograph: the network's prediction, with the
  /// base blended in by its confidence (blend_weight), times the albedo gain.
  std::vector<float> refine(const Observation& observation) const;

  /// Shows refine()'s layers and parts to a watch (autograd/tape.h); an empty one: to nobody.
  /// Beside those of layers/generator.h there is the part "encoder".
  void watch(LayerWatch watch);

  /// The albedo gain, if there is one; weights() and from_file() carry it.
  const std::optional<AlbedoGain>& gain() const;
  void set_gain(std::optional<AlbedoGain> gain);

  /// Refined albedo [V, N, 3] in [-1, 1], vertices in the hierarchy's order.
  Var operator()(Tape& tape, const RefinementBatch& batch) const;

  /// Writes the arrays of a RefinementBatch of sizes(N) to host memory. No room for patches:
  /// they are made elsewhere (fixed_embedding), and neither crop nor embedding is read.
  void prepare(std::span<const Observation* const> observations, std::span<real> patches,
               std::span<real> input, std::span<real> base) const;
  BatchSizes sizes(std::int64_t photos) const;
  /// scale * x + offset of one [V, C] array a photograph, as [V, N, C] in the hierarchy's order,
  /// into host memory of that size.
  void pack(std::span<const std::vector<float>* const> values, double scale, double offset,
            std::span<real> out) const;
  /// scale * x + offset of photograph `photo` of [V, N, C] in host memory, as [V, C] in the face
  /// model's order: the way back from pack().
  std::vector<float> unpack(std::span<const real> packed, std::int64_t photos, std::int64_t photo,
                            double scale = 1, double offset = 0) const;

  std::vector<Parameter*> parameters();
  const RefinementConfig& config() const;
  void set_blend_weight(double weight);
  /// RefinementConfig::networks.
  void set_networks(std::string networks);
  std::int64_t vertices() const;
  /// [V] the face model's vertex at each place of the hierarchy's order.
  const std::vector<std::int32_t>& order() const;

  enum class Precision { kHalf, kSingle };
  /// Weights, hierarchy and metadata; what load() and from_file() read.
  io::Safetensors weights(const std::map<std::string, std::string>& metadata,
                          Precision precision = Precision::kHalf) const;

 private:
  struct Impl;
  void prepare(std::span<const Observation* const> observations, std::span<const PhotoBase> bases,
               std::span<real> patches, std::span<real> input, std::span<real> packed_base) const;
  explicit RefinementModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::recon
