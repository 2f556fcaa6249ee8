// The network of the default preset: encoder, decoder, refiner, head.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/rng.h"

namespace fgcn::train {

/// A mesh hierarchy on the device; matrices in internal order (mesh/hierarchy.h).
struct MeshOperators {
  std::vector<SparseOperator> laplacian;  // [5] rescaled
  std::vector<SparseOperator> down;       // [4]
  std::vector<SparseOperator> up;         // [4]
};

/// Sizes of the crop as the encoder takes it: 14 x 14 patches of 4 x 4 pixels, in blocks of 2 x 2.
constexpr std::int64_t kEncoderSize = 56;
constexpr std::int64_t kPatchSize = 4;
constexpr std::int64_t kPatchesAside = kEncoderSize / kPatchSize;
constexpr std::int64_t kPatchChannels = 4;

/// Graph layers as METHOD section 9 (`normal`), K = 6, with two departures: the image embedding
/// comes from an encoder of our own (three convolutions whose stride is their size, and one fully
/// connected layer), and the last layer sees the refiner's input too:
///   decoder  fc E -> V4 * 32, ReLU; 4 x {unpool, ChebConv 16, bias-ELU}; ChebConv 3, bias-ELU
///   refiner  ChebConv 16; 4 x {pool, ChebConv 16, 32, 64, 128, bias-ELU}; fc V4 * 128 -> 512 ->
///            V4 * 128, ReLU; 4 x {unpool, skip at the first two, ChebConv 128, 64, 32, 16,
///            bias-ELU}; ChebConv 3, bias-ELU
///   head     width 0: tanh(ChebConv(decoder ++ refiner) -> 3)
///            else:    tanh(ChebConv(bias-ELU(ChebConv(decoder ++ refiner ++ input) -> width)) ->
///            3)
///
/// Order    any. Source   Lin et al., CVPR 2020; Defferrard et al., NeurIPS 2016.
class RefinementNetwork {
 public:
  struct Sizes {
    std::int64_t embedding = 128;
    std::int64_t head = 16;
  };

  RefinementNetwork(const Context& ctx, MeshOperators mesh, const Sizes& sizes, Rng& rng);

  ///   patches  [N * 196, 64]  the crop's patches in [-1, 1], block by block, row by row
  ///   input    [V, N, 7]
  ///   result   [V, N, 3] in (-1, 1)
  Var operator()(const Var& patches, const Var& input) const;

  std::vector<Parameter*> parameters();
  const MeshOperators& mesh() const { return mesh_; }

 private:
  struct Cheb {
    const Parameter* weight;  // [K, C_in, C_out]
    const Parameter* bias;    // [C_out], or null: neither bias nor activation
  };
  struct Dense {
    const Parameter* weight;  // [C_in, C_out]
    const Parameter* bias;    // [C_out]
  };

  enum class Bias { kNone, kElu };

  const Parameter* add(const std::string& name, const Shape& shape, double deviation, Rng& rng);
  Cheb add_cheb(const std::string& name, std::int64_t in, std::int64_t out, Bias bias, Rng& rng);
  Dense add_dense(const std::string& name, std::int64_t in, std::int64_t out, Rng& rng);
  Var apply(const Cheb& layer, std::size_t level, const Var& x) const;
  Var apply(const Dense& layer, const Var& x) const;
  Var encode(const Var& patches) const;
  Var decode(const Var& embedding) const;
  Var refine(const Var& input) const;

  Context context_;
  MeshOperators mesh_;
  Sizes sizes_;
  std::deque<Parameter> parameters_;  // a deque: addresses stay
  std::vector<Dense> encoder_;
  Dense decoder_in_;
  std::vector<Cheb> decoder_;
  std::vector<Cheb> refiner_down_;
  Dense refiner_in_;
  Dense refiner_out_;
  std::vector<Cheb> refiner_up_;
  std::vector<Cheb> head_;
};

}  // namespace fgcn::train
