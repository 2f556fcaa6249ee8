#include "layers/identity_weights.h"

#include <algorithm>
#include <cmath>

#include "io/byte_order.h"
#include "io/hash.h"
#include "kernels/core/error.h"
#include "layers/named_weights.h"

namespace fgcn {

std::vector<IdentityConvolution> identity_convolutions(const IdentitySizes& sizes) {
  FGCN_CHECK(!sizes.stages.empty() && sizes.stem_kernel >= 1 && sizes.stem_channels >= 1 &&
                 sizes.embedding >= 1,
             "identity network: ", sizes.stages.size(), " stages behind ", sizes.stem_channels,
             " channels of a kernel of ", sizes.stem_kernel);
  std::vector<IdentityConvolution> out{{sizes.stem_kernel, 3, sizes.stem_channels, 2}};
  std::int64_t channels = sizes.stem_channels;
  for (const IdentitySizes::Stage& stage : sizes.stages) {
    FGCN_CHECK(
        stage.blocks >= 1 && stage.channels >= 1 && (stage.halves || stage.channels == channels),
        "identity network: a stage of ", stage.blocks, " blocks with ", stage.channels,
        " channels behind ", channels);
    for (std::int64_t block = 0; block < stage.blocks; ++block) {
      out.push_back({3, channels, stage.channels, stage.halves && block == 0 ? 2 : 1});
      out.push_back({3, stage.channels, stage.channels, 1});
      channels = stage.channels;
    }
  }
  return out;
}

std::uint64_t fingerprint(const IdentityWeights& weights) {
  if (weights.is_facenet()) return fingerprint(weights.facenet);
  Bytes bytes;
  const auto add = [&bytes](const std::vector<float>& values) {
    for (const float v : values) io::append_le(bytes, v);
  };
  for (const IdentityWeights::Convolution& c : weights.convolutions) {
    add(c.weight);
    add(c.bias);
  }
  add(weights.full);
  return hash64(std::span<const std::uint8_t>(bytes));
}

IdentityWeights::Convolution fold_affine(std::span<const float> weight, std::span<const float> bias,
                                         std::span<const float> scale, std::span<const float> shift,
                                         const std::string& where) {
  const std::size_t channels = bias.size();
  FGCN_CHECK(channels > 0 && scale.size() == channels && shift.size() == channels &&
                 weight.size() % channels == 0,
             "fold_affine: ", weight.size(), " weights, ", channels, " biases, ", scale.size(),
             " scales and ", shift.size(), " shifts");
  IdentityWeights::Convolution out;
  out.weight.reserve(weight.size());
  for (std::size_t i = 0; i < weight.size(); ++i)
    out.weight.push_back(weight[i] * scale[i % channels]);
  for (std::size_t c = 0; c < channels; ++c)
    out.bias.push_back(static_cast<float>(double{scale[c]} * double{bias[c]} + double{shift[c]}));
  check_finite(out.weight, where);
  check_finite(out.bias, where);
  return out;
}

void check_finite(std::span<const float> numbers, const std::string& where) {
  for (const float v : numbers) {
    if (!std::isfinite(v))
      input_error(where, ": holds a number that is not finite; the file is damaged");
  }
}

IdentityWeights random_identity_weights(const IdentitySizes& sizes, Rng& rng) {
  const auto draw = [&](std::int64_t count, double deviation) {
    std::vector<float> out(static_cast<std::size_t>(count));
    for (float& v : out) v = static_cast<float>(deviation * rng.normal());
    return out;
  };
  IdentityWeights out;
  out.sizes = sizes;
  const std::vector<IdentityConvolution> convolutions = identity_convolutions(sizes);
  for (std::size_t i = 0; i < convolutions.size(); ++i) {
    const IdentityConvolution& c = convolutions[i];
    const auto fan_in = static_cast<double>(c.kernel * c.kernel * c.channels_in);
    // A block adds to its input; the summand is kept smaller than the input.
    const bool added = i > 0 && i % 2 == 0;
    out.convolutions.push_back({draw(c.weights(), (added ? 0.5 : 1.0) * std::sqrt(2 / fan_in)),
                                draw(c.channels_out, 0.1)});
  }
  const std::int64_t last = sizes.stages.back().channels;
  out.full = draw(last * sizes.embedding, std::sqrt(1 / static_cast<double>(last)));
  return out;
}

}  // namespace fgcn
