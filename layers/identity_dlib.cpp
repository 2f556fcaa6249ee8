// dlib's serialised networks. A layer's record is: version, the record of the layer below it, what
// the layer is, its state. So a file begins with the versions of all layers from the outermost in;
// then come the input and the layers from the innermost out.
#include <cmath>
#include <cstring>
#include <string_view>

#include "kernels/core/error.h"
#include "layers/identity_weights.h"

namespace fgcn {
namespace {

/// dlib's portable numbers. An integer is a control byte (low bits: how many bytes follow; top bit:
/// negative) and its bytes from the lowest; a real number is mantissa * 2^exponent, two integers.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> file, const std::string& where)
      : file_(file), where_(where) {}

  [[noreturn]] void refuse(const char* what) const {
    input_error(where_, ": ", what, " (byte ", at_,
                "); give an undamaged "
                "dlib_face_recognition_resnet_model_v1.dat, unpacked, or face-api's manifest");
  }

  std::int64_t integer() {
    const std::uint8_t control = take(1)[0];
    const int size = control & 0x0F;
    if (size > 8 || (control & 0x70) != 0) refuse("is not a dlib network");
    const std::uint8_t* bytes = take(static_cast<std::size_t>(size));
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    if (value > (std::uint64_t{1} << 62)) refuse("holds an integer out of range");
    return (control & 0x80) != 0 ? -static_cast<std::int64_t>(value)
                                 : static_cast<std::int64_t>(value);
  }

  void expect(std::int64_t value, const char* what) {
    if (integer() != value) refuse(what);
  }

  double real() {
    const auto mantissa = static_cast<double>(integer());
    const std::int64_t exponent = integer();
    // dlib marks infinities and NaN by exponents of 32000 and more.
    if (exponent < -2000 || exponent > 2000) refuse("holds a number that is not finite");
    return std::ldexp(mantissa, static_cast<int>(exponent));
  }

  bool flag() {
    const std::uint8_t value = take(1)[0];
    if (value != '0' && value != '1') refuse("holds a flag that is neither yes nor no");
    return value == '1';
  }

  std::string_view name() {
    const std::int64_t size = integer();
    if (size < 0 || size > 64) refuse("has no layer where one should be");
    const auto* text = reinterpret_cast<const char*>(take(static_cast<std::size_t>(size)));
    return {text, static_cast<std::size_t>(size)};
  }
  void expect_name(std::string_view expected) {
    if (name() != expected) refuse("is of another network than dlib's face recognition");
  }

  /// The numbers of a tensor, whatever its four sizes.
  std::vector<float> tensor() {
    expect(2, "holds a tensor of another version");
    const std::int64_t count = sizes();
    if (count > static_cast<std::int64_t>((file_.size() - at_) / sizeof(float)))
      refuse("is cut, or damaged");
    std::vector<float> out(static_cast<std::size_t>(count));
    const std::uint8_t* bytes = take(out.size() * sizeof(float));
    if (!out.empty()) std::memcpy(out.data(), bytes, out.size() * sizeof(float));
    return out;
  }
  /// The same, passed over.
  void pass_tensor() {
    expect(2, "holds a tensor of another version");
    const std::int64_t count = sizes();
    if (count > static_cast<std::int64_t>((file_.size() - at_) / sizeof(float)))
      refuse("is cut, or damaged");
    take(static_cast<std::size_t>(count) * sizeof(float));
  }
  /// A part of a tensor: how many numbers.
  std::int64_t part() {
    expect(1, "holds a part of a tensor of another version");
    return sizes();
  }

 private:
  const std::uint8_t* take(std::size_t count) {
    if (count > file_.size() - at_) refuse("is cut");
    at_ += count;
    return file_.data() + at_ - count;
  }

  /// The product of four sizes.
  std::int64_t sizes() {
    std::int64_t product = 1;
    for (int i = 0; i < 4; ++i) {
      const std::int64_t size = integer();
      if (size < 0 || __builtin_mul_overflow(product, size, &product))
        refuse("holds a tensor of impossible size");
    }
    return product;
  }

  std::span<const std::uint8_t> file_;
  const std::string& where_;
  std::size_t at_ = 0;
};

enum class Layer { kConvolution, kAffine, kRelu, kMaxPool, kAveragePool, kAdd, kTag, kFull };

/// The layers from the input out.
std::vector<Layer> layers_of(const IdentitySizes& sizes) {
  using enum Layer;
  std::vector<Layer> out{kConvolution, kAffine, kRelu, kMaxPool};
  const std::vector<IdentityConvolution> convolutions = identity_convolutions(sizes);
  for (std::size_t i = 1; i < convolutions.size(); i += 2) {
    out.insert(out.end(), {kTag, kConvolution, kAffine, kRelu, kConvolution, kAffine});
    // The sum is named, the block's input called up again and averaged.
    if (convolutions[i].stride != 1) out.insert(out.end(), {kTag, kTag, kAveragePool});
    out.insert(out.end(), {kAdd, kRelu});
  }
  out.insert(out.end(), {kAveragePool, kFull});
  return out;
}

class Parser {
 public:
  Parser(std::span<const std::uint8_t> file, const std::string& where, const IdentitySizes& sizes)
      : in_(file, where),
        where_(where),
        convolutions_(identity_convolutions(sizes)),
        layers_(layers_of(sizes)) {
    out_.sizes = sizes;
  }

  IdentityWeights parse() {
    in_.expect(1, "is not a dlib network");
    const std::string_view loss = in_.name();
    if (loss == "loss_metric_2") {
      in_.real();
      in_.real();
    } else if (loss != "loss_metric_") {
      in_.refuse("is a network with another loss than dlib's face recognition");
    }
    read_versions();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i] == Layer::kTag) continue;
      if (i == 0) read_input();
      read_details(i);
      read_state(i);
    }
    return std::move(out_);
  }

 private:
  void read_versions() {
    versions_.resize(layers_.size());
    for (std::size_t i = layers_.size(); i-- > 0;) {
      const std::int64_t version = in_.integer();
      const bool tag = layers_[i] == Layer::kTag;
      const std::int64_t least = i == 0 ? 2 : 1, most = i == 0 ? 3 : tag ? 1 : 2;
      if (version < least || version > most)
        in_.refuse("is another network than dlib's face recognition, or of another version");
      versions_[i] = version;
    }
  }

  void read_input() {
    in_.expect_name("input_rgb_image_sized");
    for (float& m : out_.mean) {
      const double mean = in_.real();
      if (!(mean >= 0 && mean <= 255)) in_.refuse("has a mean color out of range");
      m = static_cast<float>(mean);
    }
    for (int axis = 0; axis < 2; ++axis)
      in_.expect(out_.sizes.side, "is a network for images of another size");
  }

  void read_details(std::size_t i) {
    switch (layers_[i]) {
      case Layer::kConvolution:
        return read_convolution();
      case Layer::kAffine:
        return read_affine();
      case Layer::kRelu:
        return in_.expect_name("relu_");
      case Layer::kAdd:
        return in_.expect_name("add_prev_");
      case Layer::kMaxPool:
        return read_pool("max_pool_2", {3, 3, 2, 2, 0, 0});
      case Layer::kAveragePool:
        // The last one, over all pixels, gives its window as zero.
        if (i + 2 == layers_.size()) return read_pool("avg_pool_2", {0, 0, 1, 1, 0, 0});
        return read_pool("avg_pool_2", {2, 2, 2, 2, 0, 0});
      case Layer::kFull:
        return read_full();
      case Layer::kTag:
        break;
    }
  }

  /// What training and the last call left behind. The innermost layer keeps other things.
  void read_state(std::size_t i) {
    for (int flag = 0; flag < 3; ++flag) in_.flag();
    in_.pass_tensor();
    in_.pass_tensor();
    if (i == 0 || versions_[i] == 2) in_.pass_tensor();
    if (i == 0 && versions_[i] == 3) in_.expect(1, "takes several images as one");
  }

  void read_pool(std::string_view name, const std::array<std::int64_t, 6>& sizes) {
    in_.expect_name(name);
    for (const std::int64_t size : sizes) in_.expect(size, "pools over other windows");
  }

  void read_convolution() {
    const IdentityConvolution& c = convolutions_[next_];
    const std::string_view version = in_.name();
    if (version != "con_4" && version != "con_5")
      in_.refuse("has another layer where a convolution should be, or of another version");
    const std::vector<float> numbers = in_.tensor();
    in_.expect(c.channels_out, "has a convolution of other channels");
    const std::int64_t pad = c.stride == 1 ? c.kernel / 2 : 0;
    for (const std::int64_t size : {c.kernel, c.kernel, c.stride, c.stride, pad, pad})
      in_.expect(size, "has a convolution of another size, stride or padding");
    const std::int64_t weights = in_.part();
    const std::int64_t biases = in_.part();
    for (int i = 0; i < 4; ++i) in_.real();  // rates of learning
    const bool has_bias = version == "con_4" || in_.flag();
    const std::int64_t expected = c.weights() + (has_bias ? c.channels_out : 0);
    if (weights != c.weights() || (has_bias && biases != c.channels_out) ||
        static_cast<std::int64_t>(numbers.size()) != expected)
      in_.refuse("has a convolution of another size");
    // From [C_out, C_in, rows, columns].
    weight_.resize(static_cast<std::size_t>(c.weights()));
    const std::int64_t pixels = c.kernel * c.kernel;
    std::size_t from = 0;
    for (std::int64_t d = 0; d < c.channels_out; ++d)
      for (std::int64_t k = 0; k < c.channels_in; ++k)
        for (std::int64_t p = 0; p < pixels; ++p)
          weight_[static_cast<std::size_t>((p * c.channels_in + k) * c.channels_out + d)] =
              numbers[from++];
    bias_.assign(static_cast<std::size_t>(c.channels_out), 0.0F);
    if (has_bias) bias_.assign(numbers.begin() + c.weights(), numbers.end());
  }

  /// Behind each convolution; ends it.
  void read_affine() {
    const auto channels = static_cast<std::size_t>(convolutions_[next_].channels_out);
    const std::string_view version = in_.name();
    if (version != "affine_" && version != "affine_2")
      in_.refuse(
          "has another layer where an affine one should be: a network in training, whose "
          "batch normalisation is not yet fixed?");
    std::vector<float> numbers = in_.tensor();
    for (int i = 0; i < 2; ++i) {
      if (in_.part() != static_cast<std::int64_t>(channels))
        in_.refuse("has an affine layer of other channels");
    }
    in_.expect(0, "has an affine layer that is not one a channel");
    if (numbers.size() != 2 * channels) in_.refuse("has an affine layer of other channels");
    if (version == "affine_2" && in_.flag()) {  // switched off: its numbers are in the convolution
      std::fill_n(numbers.begin(), channels, 1.0F);
      std::fill_n(numbers.begin() + static_cast<std::ptrdiff_t>(channels), channels, 0.0F);
    }
    const std::span<const float> all(numbers);
    out_.convolutions.push_back(
        fold_affine(weight_, bias_, all.first(channels), all.last(channels), where_));
    ++next_;
  }

  void read_full() {
    const std::int64_t inputs = out_.sizes.stages.back().channels, outputs = out_.sizes.embedding;
    const std::string_view version = in_.name();
    if (version != "fc_2" && version != "fc_3")
      in_.refuse("has another layer where the last product should be, or of another version");
    in_.expect(outputs, "has an embedding of another length");
    in_.expect(inputs, "has a last product of another size");
    out_.full = in_.tensor();  // [inputs, outputs], as the network takes it
    const std::int64_t weights = in_.part();
    in_.part();
    in_.expect(1, "has a last product with a bias");
    for (int i = 0; i < 4; ++i) in_.real();
    if (version == "fc_3") in_.flag();
    if (weights != inputs * outputs || static_cast<std::int64_t>(out_.full.size()) != weights)
      in_.refuse("has a last product of another size");
    check_finite(out_.full, where_);
  }

  Reader in_;
  const std::string& where_;
  std::vector<IdentityConvolution> convolutions_;
  std::vector<Layer> layers_;
  std::vector<std::int64_t> versions_;
  std::size_t next_ = 0;              // convolution
  std::vector<float> weight_, bias_;  // of it, until its affine layer is read
  IdentityWeights out_;
};

}  // namespace

IdentityWeights parse_dlib_identity(std::span<const std::uint8_t> file, const std::string& where,
                                    const IdentitySizes& sizes) {
  return Parser(file, where, sizes).parse();
}

}  // namespace fgcn
