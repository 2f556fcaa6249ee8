// The identity network: from the picture of a face to 128 numbers that say whose it is.
#pragma once

#include <optional>
#include <vector>

#include "autograd/tape.h"
#include "layers/facenet.h"
#include "layers/identity_weights.h"

namespace fgcn {

/// dlib's face recognition network, a residual network with fixed weights: pictures of one person
/// lie closer than 0.6 to each other (Euclidean distance), those of different persons farther
/// apart. Used as a perceptual loss and as a measure of likeness.
///
///   x  [N, side, side, 3]  faces cut out as dlib does (photo/face_chip.h), sRGB-encoded, [0, 1]
///   y  [N, E]              not normalised
///
/// Convolution of stride 2, max_pool 3 x 3 of stride 2; then blocks of two convolutions whose
/// result is added to their input, ReLU behind every one. Where a block halves the image, its input
/// is averaged over 2 x 2 pixels and filled with zeros to the sizes of what is added (channels; and
/// pixels, where the two halve an odd size differently). Mean over the pixels, one product.
///
/// With FaceNet's weights it is that network instead: fixed standardization, y of length one. Then
/// the distance of 0.6 tells nothing, and x is the whole aligned crop at another size, as Lin et
/// al. feed it.
///
/// The weights are constants on the tape; the gradient is that of the image.
///
/// Errors   fgcn::Error when x has another shape or the weights are not those of their sizes;
///          InputError naming the file and the array that FaceNet lacks.
/// Order    any.
/// Repeat   bitwise for any number of threads.
/// Source   He et al., CVPR 2016, for the architecture; King, JMLR 2009, for dlib.
class IdentityNetwork {
 public:
  struct Output {
    Var features;   // [N, F] compared by the identity loss: FaceNet's means of the last block, as
                    // Lin et al. compare them; of dlib's network the embedding
    Var embedding;  // [N, E]
  };

  IdentityNetwork(const Context& ctx, const IdentityWeights& weights);

  Var operator()(const Var& x) const { return run(x).embedding; }
  Output run(const Var& x) const;

  const IdentitySizes& sizes() const { return sizes_; }
  std::int64_t feature_size() const;
  bool is_facenet() const { return facenet_.has_value(); }
  /// fingerprint() of the weights.
  std::uint64_t weights_hash() const { return hash_; }
  /// Multiplications and additions for one image, convolutions and the last product only; not of
  /// FaceNet.
  double flops() const;

 private:
  Var convolve(const Var& x, std::size_t i) const;

  IdentitySizes sizes_;
  std::uint64_t hash_;
  std::optional<FaceNet> facenet_;  // then all below is empty
  std::vector<IdentityConvolution> convolutions_;
  std::vector<Tensor> weight_;  // [kernel, kernel, C_in, C_out] of each
  std::vector<Tensor> bias_;    // [C_out] of each
  Tensor mean_;                 // [3] what is added to the image's numbers
  Tensor full_;                 // [C, E]
};

}  // namespace fgcn
