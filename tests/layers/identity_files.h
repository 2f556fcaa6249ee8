// The two kinds of file that hold an identity network, written: for the readers' tests and as seeds
// of their fuzz targets.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "layers/identity_weights.h"

namespace fgcn::test {

/// A manifest and its blob. The last array is in bytes, which stand for other numbers than the
/// weights'; the others are floats.
struct FaceApiFiles {
  std::string manifest;
  Bytes blob;
};

inline void append_floats(Bytes& to, std::span<const float> values) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  to.insert(to.end(), bytes, bytes + values.size_bytes());
}

/// `names` of the convolutions, in the order of identity_convolutions.
inline FaceApiFiles write_face_api(const IdentityWeights& weights,
                                   const std::vector<std::string>& names) {
  FaceApiFiles out;
  out.manifest = R"([{"weights":[)";
  const auto add = [&](const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const float> values) {
    std::string sizes;
    for (const std::int64_t s : shape) sizes += (sizes.empty() ? "" : ",") + std::to_string(s);
    out.manifest += (out.blob.empty() ? "" : ",") +
                    text(R"({"name":")", name, R"(","shape":[)", sizes, R"(],"dtype":"float32"})");
    append_floats(out.blob, values);
  };
  const std::vector<IdentityConvolution> all = identity_convolutions(weights.sizes);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const IdentityConvolution& c = all[i];
    const std::vector<float> ones(static_cast<std::size_t>(c.channels_out), 1.0F);
    const std::vector<float> zeros(ones.size(), 0.0F);
    add(names[i] + "/conv/filters", {c.kernel, c.kernel, c.channels_in, c.channels_out},
        weights.convolutions[i].weight);
    add(names[i] + "/conv/bias", {c.channels_out}, zeros);
    add(names[i] + "/scale/weights", {c.channels_out}, ones);
    add(names[i] + "/scale/biases", {c.channels_out}, weights.convolutions[i].bias);
  }
  // The last array in bytes: value = 0.5 byte - 3.
  const std::int64_t last = weights.sizes.stages.back().channels;
  out.manifest +=
      text(R"(,{"name":"fc","shape":[)", last, ",", weights.sizes.embedding,
           R"(],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.5,"min":-3}})",
           R"(],"paths":["blob.bin"]}])");
  for (std::int64_t i = 0; i < last * weights.sizes.embedding; ++i)
    out.blob.push_back(static_cast<std::uint8_t>(i % 251));
  return out;
}

/// dlib's records, as dlib 19.24 writes them; `older`: in the oldest versions that it reads.
/// tests/dlib hands its files to dlib.
class DlibWriter {
 public:
  explicit DlibWriter(bool older) : older_(older) {}

  Bytes write(const IdentityWeights& weights) {
    out_.clear();
    const std::vector<IdentityConvolution> all = identity_convolutions(weights.sizes);
    integer(1);
    name(older_ ? "loss_metric_" : "loss_metric_2");
    if (!older_) {
      real(0.04F);
      real(0.6F);
    }
    // Versions from the outermost in: the product and the mean before it, then the blocks.
    layers(2);
    for (std::size_t i = all.size() - 2; i >= 1 && i < all.size(); i -= 2) {
      layers(2);  // ReLU, sum
      if (all[i].stride != 1) {
        layers(1);  // mean
        integer(1);
        integer(1);
      }
      layers(5);
      integer(1);
    }
    layers(3);
    integer(older_ ? 2 : 3);
    name("input_rgb_image_sized");
    for (const float m : weights.mean) real(m);
    integer(weights.sizes.side);
    integer(weights.sizes.side);
    for (std::size_t i = 0; i < all.size(); ++i) {
      convolution(all[i], weights.convolutions[i]);
      if (i % 2 == 1) {
        plain("relu_");
        continue;
      }
      if (i == 0) {
        plain("relu_");
        pool("max_pool_2", {3, 3, 2, 2, 0, 0});
        continue;
      }
      if (all[i - 1].stride != 1) pool("avg_pool_2", {2, 2, 2, 2, 0, 0});
      plain("add_prev_");
      plain("relu_");
    }
    pool("avg_pool_2", {0, 0, 1, 1, 0, 0});
    const std::int64_t inputs = weights.sizes.stages.back().channels;
    name(older_ ? "fc_2" : "fc_3");
    integer(weights.sizes.embedding);
    integer(inputs);
    tensor({inputs, weights.sizes.embedding, 1, 1}, weights.full);
    part({inputs, weights.sizes.embedding, 1, 1});
    part({0, 0, 0, 0});
    integer(1);
    rates();
    if (!older_) flag(true);
    state(false);
    return out_;
  }

 private:
  void integer(std::int64_t value) {
    std::uint64_t size = static_cast<std::uint64_t>(value < 0 ? -value : value);
    Bytes bytes;
    for (; size != 0; size >>= 8) bytes.push_back(static_cast<std::uint8_t>(size & 0xFF));
    if (bytes.empty()) bytes.push_back(0);
    out_.push_back(static_cast<std::uint8_t>(bytes.size() | (value < 0 ? 0x80 : 0)));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void real(double value) {
    int exponent = 0;
    const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 24));
    integer(mantissa);
    integer(mantissa == 0 ? 0 : exponent - 24);
  }
  void flag(bool value) { out_.push_back(value ? '1' : '0'); }
  void name(const std::string& value) {
    integer(static_cast<std::int64_t>(value.size()));
    out_.insert(out_.end(), value.begin(), value.end());
  }
  void layers(int count) {
    for (int i = 0; i < count; ++i) integer(older_ ? 1 : 2);
  }
  void sizes(const std::array<std::int64_t, 4>& values) {
    for (const std::int64_t v : values) integer(v);
  }
  void part(const std::array<std::int64_t, 4>& values) {
    integer(1);
    sizes(values);
  }
  void tensor(const std::array<std::int64_t, 4>& shape, std::span<const float> values) {
    integer(2);
    sizes(shape);
    append_floats(out_, values);
  }
  void rates() {
    for (const float rate : {1.0F, 1.0F, 1.0F, 0.0F}) real(rate);
  }
  /// Training's traces: of two sizes, so that a reader must pass over them.
  void state(bool innermost) {
    for (const bool value : {true, false, false}) flag(value);
    tensor({0, 0, 0, 0}, {});
    const std::vector<float> left{1.0F, 2.0F};
    tensor({1, 2, 1, 1}, left);
    if (innermost || !older_) tensor({0, 0, 0, 0}, {});
    if (innermost && !older_) integer(1);
  }
  void plain(const std::string& layer) {
    name(layer);
    state(false);
  }
  void pool(const std::string& layer, const std::array<std::int64_t, 6>& window) {
    name(layer);
    for (const std::int64_t v : window) integer(v);
    state(false);
  }
  /// And its affine layer, which multiplies what the convolution's numbers were divided by.
  void convolution(const IdentityConvolution& c, const IdentityWeights::Convolution& values) {
    const std::int64_t pad = c.stride == 1 ? c.kernel / 2 : 0;
    std::vector<float> numbers, affine;
    for (std::int64_t d = 0; d < c.channels_out; ++d)
      affine.push_back(std::ldexp(1.0F, static_cast<int>(d % 5) - 2));
    const std::int64_t pixels = c.kernel * c.kernel;
    for (std::int64_t d = 0; d < c.channels_out; ++d)
      for (std::int64_t k = 0; k < c.channels_in; ++k)
        for (std::int64_t p = 0; p < pixels; ++p)
          numbers.push_back(
              values
                  .weight[static_cast<std::size_t>((p * c.channels_in + k) * c.channels_out + d)] /
              affine[static_cast<std::size_t>(d)]);
    numbers.resize(numbers.size() + static_cast<std::size_t>(c.channels_out), 0.0F);
    name(older_ ? "con_4" : "con_5");
    tensor({static_cast<std::int64_t>(numbers.size()), 1, 1, 1}, numbers);
    integer(c.channels_out);
    for (const std::int64_t v : {c.kernel, c.kernel, c.stride, c.stride, pad, pad}) integer(v);
    part({c.channels_out, c.channels_in, c.kernel, c.kernel});
    part({1, c.channels_out, 1, 1});
    rates();
    if (!older_) flag(true);
    state(innermost_);
    innermost_ = false;
    affine.insert(affine.end(), values.bias.begin(), values.bias.end());
    name(older_ ? "affine_" : "affine_2");
    tensor({2 * c.channels_out, 1, 1, 1}, affine);
    part({1, c.channels_out, 1, 1});
    part({1, c.channels_out, 1, 1});
    integer(0);
    if (!older_) flag(false);
    state(false);
  }

  bool older_;
  bool innermost_ = true;
  Bytes out_;
};

/// A network small enough for a fuzz target.
inline IdentitySizes tiny_identity_sizes() {
  IdentitySizes out;
  out.side = 37;
  out.stem_kernel = 5;
  out.stem_channels = 2;
  out.stages = {{2, 1, false}, {3, 2, true}, {3, 1, true}};
  out.embedding = 4;
  return out;
}

/// face-api's names of its convolutions.
inline std::vector<std::string> tiny_identity_names() {
  return {"conv2_down",       "conv2_1/conv1",        "conv2_1/conv2",
          "conv3_down/conv1", "conv3_down/conv2",     "conv3_1/conv1",
          "conv3_1/conv2",    "conv3_down_out/conv1", "conv3_down_out/conv2"};
}

}  // namespace fgcn::test
