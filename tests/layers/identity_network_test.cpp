#include "layers/identity_network.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "autograd/ops/reduce.h"
#include "io/arrays/npz.h"
#include "io/byte_order.h"
#include "io/hash.h"
#include "io/temporary_folder.h"
#include "tests/io/arrays/tensorflow_files.h"
#include "tests/io/arrays/torch_files.h"
#include "tests/layers/identity_files.h"
#include "tests/support/golden_png.h"
#include "tests/support/identity_photos.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

/// An image [H, W, C] in double precision.
struct Naive {
  std::int64_t height, width, channels;
  std::vector<double> values;

  Naive(std::int64_t h, std::int64_t w, std::int64_t c)
      : height(h), width(w), channels(c), values(static_cast<std::size_t>(h * w * c)) {}
  double& at(std::int64_t h, std::int64_t w, std::int64_t c) {
    return values[static_cast<std::size_t>((h * width + w) * channels + c)];
  }
  /// Zero outside.
  double read(std::int64_t h, std::int64_t w, std::int64_t c) const {
    if (h < 0 || w < 0 || h >= height || w >= width || c >= channels) return 0;
    return values[static_cast<std::size_t>((h * width + w) * channels + c)];
  }
};

Naive convolve(const Naive& x, const IdentityConvolution& c,
               const IdentityWeights::Convolution& w) {
  const std::int64_t pad = c.stride == 1 ? c.kernel / 2 : 0;
  Naive y((x.height + 2 * pad - c.kernel) / c.stride + 1,
          (x.width + 2 * pad - c.kernel) / c.stride + 1, c.channels_out);
  for (std::int64_t h = 0; h < y.height; ++h)
    for (std::int64_t v = 0; v < y.width; ++v)
      for (std::int64_t d = 0; d < c.channels_out; ++d) {
        double sum = w.bias[static_cast<std::size_t>(d)];
        for (std::int64_t i = 0; i < c.kernel; ++i)
          for (std::int64_t j = 0; j < c.kernel; ++j)
            for (std::int64_t k = 0; k < c.channels_in; ++k)
              sum += x.read(h * c.stride + i - pad, v * c.stride + j - pad, k) *
                     w.weight[static_cast<std::size_t>(
                         ((i * c.kernel + j) * c.channels_in + k) * c.channels_out + d)];
        y.at(h, v, d) = sum;
      }
  return y;
}

Naive positive(Naive x) {
  for (double& v : x.values) v = std::max(v, 0.0);
  return x;
}

/// The network again, written out from its description.
std::vector<double> naive_embedding(const IdentityWeights& w, const std::vector<double>& image) {
  const std::vector<IdentityConvolution> all = identity_convolutions(w.sizes);
  Naive x(w.sizes.side, w.sizes.side, 3);
  for (std::size_t i = 0; i < image.size(); ++i)
    x.values[i] = (255 * image[i] - double{w.mean[i % 3]}) / 256;
  x = positive(convolve(x, all[0], w.convolutions[0]));
  Naive y((x.height - 3) / 2 + 1, (x.width - 3) / 2 + 1, x.channels);
  for (std::int64_t h = 0; h < y.height; ++h)
    for (std::int64_t v = 0; v < y.width; ++v)
      for (std::int64_t c = 0; c < y.channels; ++c) {
        double most = 0;  // after ReLU
        for (std::int64_t i = 0; i < 9; ++i)
          most = std::max(most, x.read(2 * h + i / 3, 2 * v + i % 3, c));
        y.at(h, v, c) = most;
      }
  for (std::size_t i = 1; i < all.size(); i += 2) {
    const Naive added = convolve(positive(convolve(y, all[i], w.convolutions[i])), all[i + 1],
                                 w.convolutions[i + 1]);
    Naive kept = y;
    if (all[i].stride == 2) {
      kept = Naive(y.height / 2, y.width / 2, y.channels);
      for (std::int64_t h = 0; h < kept.height; ++h)
        for (std::int64_t v = 0; v < kept.width; ++v)
          for (std::int64_t c = 0; c < y.channels; ++c)
            kept.at(h, v, c) = (y.read(2 * h, 2 * v, c) + y.read(2 * h, 2 * v + 1, c) +
                                y.read(2 * h + 1, 2 * v, c) + y.read(2 * h + 1, 2 * v + 1, c)) /
                               4;
    }
    Naive sum(std::max(added.height, kept.height), std::max(added.width, kept.width),
              added.channels);
    for (std::int64_t h = 0; h < sum.height; ++h)
      for (std::int64_t v = 0; v < sum.width; ++v)
        for (std::int64_t c = 0; c < sum.channels; ++c)
          sum.at(h, v, c) = added.read(h, v, c) + kept.read(h, v, c);
    y = positive(sum);
  }
  std::vector<double> out(static_cast<std::size_t>(w.sizes.embedding), 0.0);
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const std::size_t c = i % static_cast<std::size_t>(y.channels);
    for (std::size_t e = 0; e < out.size(); ++e)
      out[e] += y.values[i] * double{w.full[c * out.size() + e]} /
                static_cast<double>(y.height * y.width);
  }
  return out;
}

IdentityWeights tiny_weights(std::uint64_t seed) {
  Rng rng(seed);
  return random_identity_weights(test::tiny_identity_sizes(), rng);
}

TEST_CASE("the sizes of dlib's network are known") {
  const std::vector<IdentityConvolution> all = identity_convolutions({});
  CHECK(all.size() == 29);
  std::int64_t weights = 256 * 128;
  for (const IdentityConvolution& c : all) weights += c.weights();
  CHECK(weights == 5'603'936);
  Rng rng(1);
  const IdentityNetwork network(Context(), random_identity_weights({}, rng));
  CHECK(network.flops() == doctest::Approx(5.4e8).epsilon(0.05));
}

TEST_CASE("the identity network agrees with loops in double precision") {
  // 37 pixels: 17, 8, then 3 beside 4 and 1 beside 2; 43 pixels: 20, 9, 4 beside 4, 1 beside 2.
  for (const std::int64_t side : {37, 43}) {
    CAPTURE(side);
    IdentityWeights weights = tiny_weights(3);
    weights.sizes.side = side;
    Rng rng(4);
    const Tensor x = test::uniform({2, side, side, 3}, rng, 0, 1);
    const std::vector<double> pixels = test::to_double(x);
    std::vector<double> expected;
    for (std::size_t n = 0; n < 2; ++n) {
      const auto first = pixels.begin() + static_cast<std::ptrdiff_t>(n * pixels.size() / 2);
      const std::vector<double> one =
          naive_embedding(weights, {first, first + static_cast<std::ptrdiff_t>(pixels.size() / 2)});
      expected.insert(expected.end(), one.begin(), one.end());
    }
    test::SameBits same;
    test::on_every_backend([&](const Context& ctx) {
      Tape tape(ctx);
      const Var y = IdentityNetwork(ctx, weights)(tape.constant(x.to(ctx)));
      CHECK(y.shape() == Shape{2, 4});
      CHECK(test::relative_error(test::to_double(y.value()), expected) <
            (sizeof(real) == sizeof(double) ? 1e-12 : 5e-6));
      same.check(ctx, y.value());
    });
  }
}

TEST_CASE("embeddings of the golden chips are those of face-api's network") {
  const auto manifest =
      test::shared_data("nets/face-api/face_recognition_model-weights_manifest.json");
  const auto golden = test::shared_data("golden/faceid");
  if (!manifest || !golden) return;
  const io::Npz arrays = io::read_npz(*golden / "faceid.npz");
  const std::vector<double> expected = at(arrays, "embedding", "faceid.npz").doubles();
  std::vector<double> pixels;
  for (const test::IdentityPhoto& of : test::kIdentityPhotos) {
    for (const std::uint8_t v : test::golden_png(*golden / of.chip, 150, 150))
      pixels.push_back(v / 255.0);
  }
  const IdentityWeights weights = read_identity_weights(*manifest);
  std::vector<real> first;
  for (const int threads : {1, 3}) {
    const Context ctx(Device::kCpu, threads);
    Tape tape(ctx, Record::kNothing);
    const Tensor chips = Tensor::of(ctx, {8, 150, 150, 3}, pixels);
    const Tensor y = IdentityNetwork(ctx, weights)(tape.constant(chips)).value();
    const double error = test::relative_error(test::to_double(y), expected);
    MESSAGE("largest error over the largest number of an embedding: " << error);
    // In single and in double precision alike: the golden numbers carry a rounding of their own,
    // and the network written out in double precision by other means is as far from them.
    CHECK(error < 1e-5);
    if (first.empty()) first = y.to_host();
    CHECK(y.to_host() == first);
  }
}

TEST_CASE("the identity network can be differentiated twice by the image") {
  const IdentityWeights weights = tiny_weights(5);
  Rng rng(6);
  const auto f = [&](const Vars& v) {
    return IdentityNetwork(v[0].tape().context(), weights)(v[0]);
  };
  // A step that crosses no kink of a ReLU or of a maximum.
  test::check_grad(f, {test::uniform({1, 37, 37, 3}, rng, 0, 1)},
                   {.order = 2, .step = 1e-7, .tolerance = 1e-6});
}

TEST_CASE("the identity network names what does not fit") {
  const Context ctx;
  const IdentityNetwork network(ctx, tiny_weights(7));
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(network(tape.constant(Tensor(ctx, {1, 37, 36, 3}))),
                       doctest::Contains("x is [1, 37, 36, 3], expected [N, 37, 37, 3]"), Error);
  IdentityWeights wrong = tiny_weights(7);
  wrong.convolutions.pop_back();
  CHECK_THROWS_WITH_AS(IdentityNetwork(ctx, wrong), doctest::Contains("8 convolutions"), Error);
  IdentitySizes sizes = test::tiny_identity_sizes();
  sizes.stages[0].channels = 5;
  CHECK_THROWS_WITH_AS(identity_convolutions(sizes), doctest::Contains("5 channels behind 2"),
                       Error);
}

void check_same(const IdentityWeights& a, const IdentityWeights& b) {
  REQUIRE(a.convolutions.size() == b.convolutions.size());
  for (std::size_t i = 0; i < a.convolutions.size(); ++i) {
    CAPTURE(i);
    CHECK(a.convolutions[i].weight == b.convolutions[i].weight);
    CHECK(a.convolutions[i].bias == b.convolutions[i].bias);
  }
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST_CASE("weights come back from face-api's files, and damaged ones are refused") {
  const IdentityWeights weights = tiny_weights(8);
  const IdentitySizes sizes = weights.sizes;
  const test::FaceApiFiles files = test::write_face_api(weights, test::tiny_identity_names());
  const IdentityWeights read = parse_face_api(bytes_of(files.manifest), files.blob, "m", sizes);
  check_same(read, weights);
  REQUIRE(read.full.size() == 12);
  CHECK(read.full[0] == -3);
  CHECK(read.full[11] == 2.5F);

  const auto refuses = [&](const std::string& manifest, const Bytes& blob, const char* why) {
    CHECK_THROWS_WITH_AS(parse_face_api(bytes_of(manifest), blob, "m", sizes),
                         doctest::Contains(why), InputError);
  };
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string out = files.manifest;
    REQUIRE(out.find(from) != std::string::npos);
    return out.replace(out.find(from), from.size(), to);
  };
  Bytes blob = files.blob;
  blob.pop_back();
  refuses(files.manifest, blob, "\"fc\" ends behind the end of the blob");
  blob.resize(files.blob.size() + 1);
  refuses(files.manifest, blob, "1 bytes more than the manifest names");
  refuses("{", files.blob, "is not JSON");
  refuses("[{}]", files.blob, "is no manifest");
  refuses(std::string(100, '['), files.blob, "nested too deeply");
  refuses(changed("[5,5,3,2]", "[5,5,2,3]"), files.blob, "has another shape");
  refuses(changed("[5,5,3,2]", "[5,5,-3,2]"), files.blob, "has an impossible shape");
  refuses(changed("[5,5,3,2]", "[999999999,999999999,999999999,2]"), files.blob,
          "has an impossible shape");
  refuses(changed("conv3_1/conv2/conv/bias", "elsewhere"), files.blob,
          "has no array conv3_1/conv2/conv/bias");
  refuses(changed("conv3_1/conv2/conv/bias", "conv3_1/conv1/conv/bias"), files.blob,
          "is there twice");
  refuses(changed("\"uint8\"", "\"uint16\""), files.blob, "is quantised otherwise");
  refuses(changed("\"float32\"", "\"int32\""), files.blob, "is not float32");
  refuses(changed("\"scale\":0.5", "\"scale\":1e300"), files.blob, "not finite");
  blob = files.blob;
  std::fill_n(blob.begin(), 4, std::uint8_t{0xFF});  // NaN
  refuses(files.manifest, blob, "not finite");
}

TEST_CASE("weights come back from dlib's file, and damaged ones are refused") {
  const IdentityWeights weights = tiny_weights(9);
  for (const bool older : {false, true}) {
    CAPTURE(older);
    const Bytes file = test::DlibWriter(older).write(weights);
    const IdentityWeights read = parse_dlib_identity(file, "f", weights.sizes);
    check_same(read, weights);
    CHECK(read.full == weights.full);
    CHECK(read.mean == weights.mean);
    // Cut anywhere, it is refused; with a byte changed, refused or read, never worse.
    for (std::size_t size = 0; size < file.size(); ++size)
      CHECK_THROWS_AS(parse_dlib_identity(std::span(file).first(size), "f", weights.sizes),
                      InputError);
    for (std::size_t i = 0; i < file.size(); ++i) {
      Bytes damaged = file;
      damaged[i] ^= 0xFF;
      try {
        (void)parse_dlib_identity(damaged, "f", weights.sizes);
      } catch (const InputError&) {
      }
    }
    CHECK_THROWS_WITH_AS(parse_dlib_identity(file, "f"), doctest::Contains("another network"),
                         InputError);
  }
}

TEST_CASE("a file of weights is known by its content, and a manifest reads its own folder only") {
  const TemporaryFolder folder;
  // Other sizes than the network's, which the readers refuse after they have found the blob.
  const test::FaceApiFiles files =
      test::write_face_api(tiny_weights(10), test::tiny_identity_names());
  const auto path = folder / "manifest.json";
  write_file(path, std::string_view(files.manifest));
  CHECK_THROWS_WITH_AS(read_identity_weights(path), doctest::Contains("blob.bin"), InputError);
  write_file(folder / "blob.bin", files.blob);
  CHECK_THROWS_WITH_AS(read_identity_weights(path), doctest::Contains("has no array conv32_down"),
                       InputError);
  for (const char* outside : {"../blob.bin", "/etc/passwd", "..", "", "a\\\\b"}) {
    CAPTURE(outside);
    std::string manifest = files.manifest;
    manifest.replace(manifest.find("blob.bin"), 8, outside);
    write_file(path, std::string_view(manifest));
    CHECK_THROWS_WITH_AS(read_identity_weights(path),
                         doctest::Contains("not the name of a file beside it"), InputError);
  }
  write_file(path, std::string_view("neither"));
  CHECK_THROWS_WITH_AS(read_identity_weights(path), doctest::Contains("is not a dlib network"),
                       InputError);
}

TEST_CASE("identity weights: the fingerprint hashes every number, in order") {
  IdentityWeights weights;
  weights.convolutions = {{{1, 2}, {3}}, {{4}, {5}}};
  weights.full = {6, -0.5F};
  Bytes bytes;
  for (const float v : {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, -0.5F}) io::append_le(bytes, v);
  const std::uint64_t whole = fingerprint(weights);
  CHECK(whole == hash64(std::span<const std::uint8_t>(bytes)));
  const auto changed = [&](auto&& change) {
    IdentityWeights other = weights;
    change(other);
    return fingerprint(other) != whole;
  };
  CHECK(changed([](IdentityWeights& w) { w.convolutions[0].weight[1] = 2.5F; }));
  CHECK(changed([](IdentityWeights& w) { w.convolutions[1].bias[0] = 0; }));
  CHECK(changed([](IdentityWeights& w) { w.full[1] = 0.5F; }));
  CHECK(changed([](IdentityWeights& w) { std::swap(w.convolutions[0], w.convolutions[1]); }));
}

TEST_CASE("FaceNet's weights, read from a file, make an identity network") {
  Rng rng(11);
  const io::Safetensors arrays = FaceNet::untrained(WeightNames::kTorch, rng);
  const TemporaryFolder folder;
  const auto path = folder.path() / "facenet.safetensors";
  io::write_safetensors(path, arrays);
  const IdentityWeights weights = read_identity_weights(path);
  CHECK(weights.is_facenet());
  CHECK(weights.sizes.side == 160);
  write_file(folder.path() / "facenet.pt", test::torch_zip(arrays.tensors));
  const IdentityWeights torch = read_identity_weights(folder.path() / "facenet.pt");
  CHECK(torch.is_facenet());
  CHECK(fingerprint(torch) == fingerprint(weights));
  const Context ctx;
  const IdentityNetwork network(ctx, weights);
  CHECK(network.sizes().embedding == 512);
  CHECK(network.feature_size() == 1792);
  CHECK(network.weights_hash() == fingerprint(weights));
  Tape tape(ctx);
  const Var x = tape.leaf(test::uniform({1, 160, 160, 3}, rng, 0, 1));
  const Var y = network(x);
  CHECK(y.value().to_host() ==
        FaceNet(ctx, arrays, "facenet")(facenet_input(x)).embedding.value().to_host());
  CHECK(network.run(x).features.value().to_host() ==
        FaceNet(ctx, arrays, "facenet")(facenet_input(x)).pooled.value().to_host());
  const Vars gradient = tape.grad(ops::sum(y), {x});
  double most = 0;
  for (const double v : test::to_double(gradient[0].value())) most = std::max(most, std::abs(v));
  CHECK(most > 0);
  io::Safetensors other = arrays;
  other.tensors.at("last_bn.bias").data[0] ^= 1;
  CHECK(fingerprint(facenet_identity(other, "other")) != fingerprint(weights));
  other.tensors.erase("last_bn.bias");
  io::write_safetensors(path, other);
  CHECK_THROWS_WITH_AS(IdentityNetwork(ctx, read_identity_weights(path)),
                       doctest::Contains("it has no array last_bn.bias [512]"), InputError);
}

TEST_CASE("FaceNet of the TensorFlow original, a frozen graph, makes an identity network") {
  Rng rng(12);
  const io::Safetensors arrays = FaceNet::untrained(WeightNames::kSlim, rng);
  const TemporaryFolder folder;
  // Imported under a name, as the original does.
  write_file(folder / "FaceNetModel.pb", test::frozen_graph(arrays.tensors, "facenet/"));
  const IdentityWeights weights = read_identity_weights(folder / "FaceNetModel.pb");
  CHECK(weights.is_facenet());
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const Var x = tape.constant(test::uniform({1, 160, 160, 3}, rng, 0, 1));
  CHECK(IdentityNetwork(ctx, weights)(x).value().to_host() ==
        FaceNet(ctx, arrays, "facenet")(facenet_input(x)).embedding.value().to_host());
}

// FGCN_DLIB_IDENTITY names dlib_face_recognition_resnet_model_v1.dat as dlib's author published it.
TEST_CASE("dlib's published file gives dlib's embeddings of the golden chips") {
  const char* file = std::getenv("FGCN_DLIB_IDENTITY");
  const auto golden = test::shared_data("golden/faceid");
  if (file == nullptr || !golden) {
    MESSAGE("skipped: FGCN_DLIB_IDENTITY names no file");
    return;
  }
  const IdentityNetwork network(Context(), read_identity_weights(file));
  CHECK(network.sizes().embedding == 128);
  CHECK(!network.is_facenet());
  const io::Npz arrays = io::read_npz(*golden / "dlib_resnet_v1.npz");
  const std::vector<double> expected = at(arrays, "embedding", "dlib_resnet_v1.npz").doubles();
  std::vector<std::string> chips;  // that file has them by name
  for (const test::IdentityPhoto& of : test::kIdentityPhotos) chips.emplace_back(of.chip);
  std::sort(chips.begin(), chips.end());
  std::vector<double> pixels;
  for (const std::string& chip : chips)
    for (const std::uint8_t v : test::golden_png(*golden / chip, 150, 150))
      pixels.push_back(v / 255.0);
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const Tensor y = network(tape.constant(Tensor::of(ctx, {8, 150, 150, 3}, pixels))).value();
  const double error = test::relative_error(test::to_double(y), expected);
  MESSAGE("largest error over the largest number of an embedding: " << error);
  CHECK(error < 2e-6);  // dlib computes in single precision
}

}  // namespace
}  // namespace fgcn
