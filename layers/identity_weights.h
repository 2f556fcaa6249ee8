// Weights of the identity network (layers/identity_network.h) on the host, and the readers of the
// kinds of file that hold them.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "kernels/core/rng.h"

namespace fgcn {

/// Sizes of an identity network. The defaults are those of dlib's face recognition network, 5.6
/// million weights; tests use smaller ones.
struct IdentitySizes {
  /// Residual blocks of two convolutions, 3 x 3.
  struct Stage {
    std::int64_t channels = 0;
    std::int64_t blocks = 0;
    bool halves = true;  // the first block has stride 2
  };

  std::int64_t side = 150;          // pixels of the image along both axes
  std::int64_t stem_kernel = 7;     // of the first convolution, stride 2
  std::int64_t stem_channels = 32;  //
  std::vector<Stage> stages{{32, 3, false}, {64, 4}, {128, 3}, {256, 3}, {256, 1}};
  std::int64_t embedding = 128;
};

/// Sizes of one convolution of the network. It has no padding where the stride is 2, else half the
/// kernel.
struct IdentityConvolution {
  std::int64_t kernel = 3;
  std::int64_t channels_in = 0;
  std::int64_t channels_out = 0;
  std::int64_t stride = 1;

  std::int64_t weights() const { return kernel * kernel * channels_in * channels_out; }
};

/// The convolutions in the order in which they run: the first one, then two per block.
/// Errors   fgcn::Error when a stage has no block, or does not halve and changes the channels.
std::vector<IdentityConvolution> identity_convolutions(const IdentitySizes& sizes);

struct IdentityWeights {
  struct Convolution {
    std::vector<float> weight;  // [kernel, kernel, C_in, C_out], the scale behind it folded in
    std::vector<float> bias;    // [C_out], scale and shift folded in
  };

  IdentitySizes sizes;
  std::array<float, 3> mean{122.782F, 117.001F, 104.298F};  // RGB, 0 to 255: taken off the image
  std::vector<Convolution> convolutions;                    // as identity_convolutions lists them
  std::vector<float> full;                                  // [channels of the last stage, E]
  /// FaceNet's arrays (layers/facenet.h), and the file's name; then all else is empty, and of the
  /// sizes only `side` counts.
  io::Safetensors facenet;
  std::string where;
  std::int64_t narrow = 1;  // for tests: FaceNet's channels are divided by it

  bool is_facenet() const { return !facenet.tensors.empty(); }
};

/// A convolution and the affine layer behind it, in one:  scale (x * weight + bias) + shift.
///   weight              [.., C_out], as the network takes it
///   bias, scale, shift  [C_out]
/// Errors   InputError naming `where` when a number of the result is not finite.
IdentityWeights::Convolution fold_affine(std::span<const float> weight, std::span<const float> bias,
                                         std::span<const float> scale, std::span<const float> shift,
                                         const std::string& where);
/// InputError naming `where` when a number is not finite.
void check_finite(std::span<const float> numbers, const std::string& where);

/// Untrained weights for tests and timing: numbers stay of size one from layer to layer.
IdentityWeights random_identity_weights(const IdentitySizes& sizes, Rng& rng);

/// face-api.js's files: a manifest in JSON that lists names, shapes and types, and a blob with the
/// arrays one behind the other; an array of bytes stands for scale * byte + min.
///
///   manifest  the JSON text
///   blob      the files under the manifest's "paths", joined
///   where     the manifest's name, for messages
///
/// Errors   InputError naming `where` and the array: not JSON, an array missing or of another shape
///          or type than the network's, a number that is not finite, a blob of another length.
IdentityWeights parse_face_api(std::span<const std::uint8_t> manifest,
                               std::span<const std::uint8_t> blob, const std::string& where,
                               const IdentitySizes& sizes = {});

/// The files beside a manifest that its "paths" name. InputError when one would lie elsewhere.
std::vector<std::string> face_api_blobs(std::span<const std::uint8_t> manifest,
                                        const std::string& where);

/// dlib's own file, dlib_face_recognition_resnet_model_v1.dat unpacked: every layer's description
/// and state, one inside the other. Leftovers of training (gradients, outputs) are passed over.
///
/// Errors   InputError naming `where` when it is no such network of these sizes, is damaged or cut,
///          or holds a number that is not finite. Bytes behind the network are not looked at.
IdentityWeights parse_dlib_identity(std::span<const std::uint8_t> file, const std::string& where,
                                    const IdentitySizes& sizes = {});

/// hash64 of all numbers, little-endian, in the order of the struct: tells weights apart, in data
/// sets, in checkpoints and in weights.
std::uint64_t fingerprint(const IdentityWeights& weights);

/// FaceNet's weights for the identity network, which checks them when it is built.
IdentityWeights facenet_identity(io::Safetensors file, const std::string& where,
                                 std::int64_t narrow = 1);

/// Any of the three: a manifest, which is JSON and names blobs in its own folder; dlib's file; or
/// FaceNet's arrays, in any container that io/arrays/read_weights.h takes but .npz and checkpoints.
/// Errors   InputError naming the file that is missing or damaged. What FaceNet lacks is found when
///          the network is built.
IdentityWeights read_identity_weights(const std::filesystem::path& path);

}  // namespace fgcn
