#include "layers/facenet.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/arrays/npz.h"
#include "kernels/core/error.h"
#include "tests/layers/refused_weights.h"
#include "tests/layers/seeded_weights.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

constexpr double kGoldenError = sizeof(real) == sizeof(double) ? 1e-10 : 1e-5;

TEST_CASE("FaceNet gives the golden embedding") {
  const auto folder = test::shared_data("golden/nets_layout");
  if (!folder) return;
  const io::Npz golden = io::read_npz(*folder / "facenet.npz");
  const FaceNet network(Context(), test::seeded_weights(*folder / "facenet_tensors.txt"),
                        "facenet");
  CHECK(network.embedding_size() == 512);
  std::vector<double> pixels = test::seeded_image("facenet.image", 2, 160, 160);
  for (double& v : pixels) v = double{std::nearbyint(255 * static_cast<float>(v))} / 255;
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const FaceNetEmbedding y =
      network(facenet_input(tape.constant(Tensor::of(ctx, {2, 160, 160, 3}, pixels))));
  const auto error = [&](const Var& v, const std::string& name) {
    const double e =
        test::relative_error(test::to_double(v.value()), at(golden, name, "facenet").doubles());
    MESSAGE("facenet " << name << ": " << e);
    return e;
  };
  CHECK(error(y.pooled, "pool") <= kGoldenError);
  CHECK(error(y.raw, "before_normalising") <= kGoldenError);
  CHECK(error(y.embedding, "embedding") <= kGoldenError);
}

constexpr FaceNet::Sizes kSmall{16};

/// facenet-pytorch's name of one of the TensorFlow original's arrays.
std::string torch_name(std::string name) {
  const auto replace = [&](const std::string& from, const std::string& to) {
    const std::size_t at = name.find(from);
    if (at != std::string::npos) name.replace(at, from.size(), to);
  };
  replace("InceptionResnetV1/", "");
  const bool residual = name.starts_with("Repeat") || name.starts_with("Block8");
  for (const auto& [scope, repeat] :
       {std::pair<std::string, std::string>{"Repeat/block35_", "repeat_1."},
        {"Repeat_1/block17_", "repeat_2."},
        {"Repeat_2/block8_", "repeat_3."}}) {
    if (!name.starts_with(scope)) continue;
    const std::size_t end = name.find('/', scope.size());
    const int number = std::stoi(name.substr(scope.size(), end - scope.size()));
    name = repeat + std::to_string(number - 1) + name.substr(end);
  }
  const bool up = residual && name.find("Branch") == std::string::npos;
  replace("Bottleneck/weights", "last_linear.weight");
  replace("Bottleneck/BatchNorm/", "last_bn.");
  const bool bottleneck = name.starts_with("last_");
  replace("Block8", "block8");
  replace("Mixed_", "mixed_");
  replace("/Branch_", ".branch");
  if (up) {
    replace("/Conv2d_1x1/weights", ".conv2d.weight");
    replace("/Conv2d_1x1/biases", ".conv2d.bias");
  } else if (name.find("branch") != std::string::npos) {
    // A branch's convolutions count from 0a; the one that halves the image comes last.
    const std::size_t at = name.find("/Conv2d_");
    const std::size_t end = name.find('/', at + 1);
    const std::string which = name.substr(at + 8, end - at - 8);
    std::string index;
    if (which.starts_with("0")) index = "." + std::to_string(which[1] - 'a');
    const bool last = which.starts_with("1a");
    const bool first_of_6a = name.starts_with("mixed_6a.branch0");
    if (last && !first_of_6a)
      index = name.starts_with("mixed_7a.branch2") || name.starts_with("mixed_6a") ? ".2" : ".1";
    name = name.substr(0, at) + index + name.substr(end);
  } else if (!bottleneck) {
    name = "conv2d_" + name.substr(7, 2) + name.substr(name.find('/'));
  }
  if (!up && !bottleneck) {
    replace("/weights", ".conv.weight");
    replace("/BatchNorm/", ".bn.");
  }
  replace("beta", "bias");
  replace("moving_mean", "running_mean");
  replace("moving_variance", "running_var");
  return name;
}

/// The set that facenet-pytorch would hold.
io::Safetensors as_torch(const io::Safetensors& slim) {
  io::Safetensors out;
  for (const auto& [name, tensor] : slim.tensors) {
    const std::vector<std::int64_t>& s = tensor.shape;
    const std::vector<float> from = tensor.floats();
    std::vector<float> to(from.size());
    std::vector<std::int64_t> shape = s;
    if (s.size() == 1) to = from;
    if (s.size() > 1) {
      const std::int64_t taps = s.size() == 4 ? s[0] * s[1] : 1;
      const std::int64_t in = s[s.size() - 2], count = s.back();
      for (std::int64_t t = 0; t < taps; ++t)
        for (std::int64_t i = 0; i < in; ++i)
          for (std::int64_t o = 0; o < count; ++o)
            to[static_cast<std::size_t>((o * in + i) * taps + t)] =
                from[static_cast<std::size_t>((t * in + i) * count + o)];
      shape = {count, in};
      if (s.size() == 4) shape.insert(shape.end(), {s[0], s[1]});
    }
    const std::string torch = torch_name(name);
    out.tensors[torch] = io::StoredTensor::of(shape, std::span<const float>(to));
    if (torch.ends_with("running_var"))  // the original's batch norm has no gain
      out.tensors[torch.substr(0, torch.size() - 11) + "weight"] =
          io::StoredTensor::of(s, std::vector<float>(to.size(), 1.0F));
  }
  return out;
}

TEST_CASE("FaceNet of the TensorFlow original is that of facenet-pytorch under other names") {
  Rng rng(1);
  const io::Safetensors slim = FaceNet::untrained(WeightNames::kSlim, rng, kSmall);
  CHECK(slim.tensors.contains("InceptionResnetV1/Repeat/block35_1/Branch_0/Conv2d_1x1/weights"));
  CHECK(slim.tensors.contains("InceptionResnetV1/Bottleneck/BatchNorm/moving_variance"));
  const io::Safetensors torch = as_torch(slim);
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const Var x = tape.constant(test::uniform({1, 80, 75, 3}, rng));
  const FaceNet network(ctx, slim, "slim", kSmall);
  CHECK(FaceNet(ctx, torch, "torch", kSmall)(x).embedding.value().to_host() ==
        network(x).embedding.value().to_host());
  CHECK(torch.tensors.size() ==
        FaceNet::untrained(WeightNames::kTorch, rng, kSmall).tensors.size());
  // A gain counts where a file has one.
  io::Safetensors gained = slim;
  gained.tensors["InceptionResnetV1/Conv2d_1a_3x3/BatchNorm/gamma"] =
      io::StoredTensor::of({2}, std::vector<float>{2.0F, 1.0F});
  CHECK(FaceNet(ctx, gained, "gained", kSmall)(x).embedding.value().to_host() !=
        network(x).embedding.value().to_host());
}

TEST_CASE("FaceNet gives the same numbers on every device") {
  Rng rng(2);
  const io::Safetensors weights = FaceNet::untrained(WeightNames::kTorch, rng, kSmall);
  const Tensor x = test::uniform({2, 75, 79, 3}, rng, 0, 1);
  std::vector<double> expected;
  test::SameBits same;
  test::on_every_backend([&](const Context& ctx) {
    Tape tape(ctx, Record::kNothing);
    const FaceNetEmbedding y =
        FaceNet(ctx, weights, "small", kSmall)(facenet_input(tape.constant(x.to(ctx))));
    CHECK(y.pooled.shape() == Shape{2, 112});
    CHECK(y.embedding.shape() == Shape{2, 512});
    const std::vector<double> values = test::to_double(y.embedding.value());
    if (expected.empty()) expected = values;
    CHECK(test::relative_error(values, expected) <=
          (sizeof(real) == sizeof(double) ? 1e-12 : 2e-5));
    same.check(ctx, y.embedding.value());
  });
}

TEST_CASE("FaceNet can be differentiated twice by the image, its input too") {
  Rng rng(3);
  const io::Safetensors weights = FaceNet::untrained(WeightNames::kTorch, rng, kSmall);
  for (const FaceNetInput input : {FaceNetInput::kFixed, FaceNetInput::kPerPicture}) {
    const auto f = [&](const Vars& v) {
      return FaceNet(v[0].tape().context(), weights, "small",
                     kSmall)(facenet_input(v[0], input, FaceNetChannels::kBgr))
          .embedding;
    };
    test::check_grad(f, {test::uniform({1, 75, 75, 3}, rng, 0, 1)},
                     {.order = 2, .step = 1e-7, .tolerance = 1e-6});
  }
}

TEST_CASE("FaceNet's inputs are the two standardisations") {
  const Context ctx;
  Tape tape(ctx);
  Rng rng(4);
  const Tensor x = test::uniform({2, 3, 4, 3}, rng, 0, 1);
  const std::vector<double> v = test::to_double(x);
  std::vector<double> fixed, per_picture;
  for (std::size_t n = 0; n < 2; ++n) {
    double mean = 0, square = 0;
    for (std::size_t i = 0; i < 36; ++i) mean += 255 * v[n * 36 + i] / 36;
    for (std::size_t i = 0; i < 36; ++i) square += std::pow(255 * v[n * 36 + i] - mean, 2) / 36;
    for (std::size_t i = 0; i < 36; ++i) {
      const double value = 255 * v[n * 36 + i / 3 * 3 + (2 - i % 3)];  // BGR
      fixed.push_back((value - 127.5) / 128);
      per_picture.push_back((value - mean) / std::max(std::sqrt(square), 1 / std::sqrt(36.0)));
    }
  }
  test::check_close(
      facenet_input(tape.constant(x), FaceNetInput::kFixed, FaceNetChannels::kBgr).value(), fixed);
  test::check_close(
      facenet_input(tape.constant(x), FaceNetInput::kPerPicture, FaceNetChannels::kBgr).value(),
      per_picture);
  // A picture of one color divides by the least deviation, not by zero.
  const Var flat = facenet_input(tape.constant(Tensor::full(ctx, {1, 5, 5, 3}, real(0.25))),
                                 FaceNetInput::kPerPicture);
  test::check_close(flat.value(), std::vector<double>(75, 0.0), {.abs = 1e-3, .rel = 0});
}

TEST_CASE("FaceNet's layout is the published one and is refused with any array amiss") {
  Rng rng(5);
  if (const auto folder = test::shared_data("golden/nets_layout"))
    test::check_layout(FaceNet::untrained(WeightNames::kTorch, rng),
                       test::seeded_weights(*folder / "facenet_tensors.txt"),
                       [](const std::string& name) {
                         return name.ends_with("num_batches_tracked") || name.starts_with("logits");
                       });
  for (const WeightNames names : {WeightNames::kTorch, WeightNames::kSlim})
    test::check_refuses_each(FaceNet::untrained(names, rng, kSmall),
                             [&](const io::Safetensors& file) {
                               const FaceNet network(Context(), file, "f.pt", kSmall);
                             });
}

TEST_CASE("FaceNet of 128 numbers") {
  Rng rng(6);
  io::Safetensors weights = FaceNet::untrained(WeightNames::kTorch, rng, kSmall);
  for (const char* name : {"last_linear.weight", "last_bn.weight", "last_bn.bias",
                           "last_bn.running_mean", "last_bn.running_var"}) {
    io::StoredTensor& tensor = weights.tensors[name];
    std::vector<float> values = tensor.floats();
    values.resize(values.size() / 4);
    tensor.shape[0] = 128;
    tensor = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
  }
  CHECK(FaceNet(Context(), weights, "128", kSmall).embedding_size() == 128);
}

}  // namespace
}  // namespace fgcn
