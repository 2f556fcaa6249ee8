// The losses on photographs: values against loops in double precision, gradients against
// differences.
#include "train/photos/photo_losses.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "autograd/ops/binary.h"
#include "autograd/ops/interpolate.h"
#include "autograd/ops/rasterize.h"
#include "autograd/ops/transpose.h"
#include "layers/identity_network.h"
#include "recon/refine/identity.h"
#include "render/face_chip.h"
#include "tests/support/op_check.h"

namespace fgcn::train {
namespace {

using Values = std::vector<double>;

constexpr std::int64_t kVertices = 7, kBatch = 3, kSide = 5;
constexpr double kBound = sizeof(real) == sizeof(double) ? 1e-11 : 2e-6;

/// A value computed on a tape from tensors, and its expectation.
void check_value(const std::function<Var(const Vars&)>& f, const std::vector<Tensor>& inputs,
                 double expected) {
  Tape tape((Context()));
  Vars vars;
  for (const Tensor& t : inputs) vars.push_back(tape.constant(t));
  const Var y = f(vars);
  REQUIRE(y.shape() == Shape{1});
  const double value = static_cast<double>(y.value().item());
  CAPTURE(value);
  CAPTURE(expected);
  CHECK(std::abs(value - expected) <= kBound * std::max(1.0, std::abs(expected)));
}

/// Ones and zeros, some of each.
Tensor mask_of(const Shape& shape, Rng& rng) {
  Values out(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i == 0 || rng.uniform() < 0.5 ? 1 : 0;
  out[1] = 0;
  return Tensor::of(Context(), shape, out);
}

struct Colors {
  Rng rng{11};
  Tensor a = test::uniform({kVertices, kBatch, 3}, rng);
  Tensor b = test::uniform({kVertices, kBatch, 3}, rng);
  Tensor c = test::uniform({kVertices, kBatch, 3}, rng);
  Tensor light = test::uniform({kVertices, kBatch, 3}, rng, 0.2, 2);
  Tensor visible = mask_of({kVertices, kBatch, 1}, rng);
  Tensor rendered = test::uniform({kBatch, kSide, kSide, 3}, rng);
  Tensor photo = test::uniform({kBatch, kSide, kSide, 3}, rng);
  Tensor mask = mask_of({kBatch, kSide, kSide, 1}, rng);
};

/// sum over rows of w |a - b| (of each channel, or Euclidean).
double apart(const Values& a, const Values& b, const Values& w, VertexNorm norm) {
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    double square = 0, absolute = 0;
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      square += std::pow(a[c] - b[c], 2);
      absolute += std::abs(a[c] - b[c]);
    }
    sum += w[i] * (norm == VertexNorm::kL1 ? absolute / 3 : std::sqrt(square));
  }
  return sum;
}

TEST_CASE("lit colors are albedo times light on [0, 1], clipped") {
  const Colors x;
  Tape tape((Context()));
  const Values a = test::to_double(x.a), light = test::to_double(x.light);
  Values expected;
  int clipped = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double lit = (a[i] + 1) / 2 * light[i];
    clipped += lit > 1 ? 1 : 0;
    expected.push_back(2 * std::clamp(lit, 0.0, 1.0) - 1);
  }
  REQUIRE(clipped > 3);
  test::check_close(lit_colors(tape.constant(x.a), tape.constant(x.light)).value(), expected);
  test::check_grad([](const Vars& v) { return lit_colors(v[0], v[1]); }, {x.a, x.light},
                   {.order = 2});
  CHECK_THROWS_WITH_AS(lit_colors(tape.constant(x.a), tape.constant(x.rendered)),
                       doctest::Contains("the light [3, 5, 5, 3]"), Error);
}

TEST_CASE("vertices are compared by either norm, weighted or not, and the mean is over all") {
  const Colors x;
  const Values a = test::to_double(x.a), b = test::to_double(x.b), w = test::to_double(x.visible);
  const Values ones(w.size(), 1.0);
  for (const VertexNorm norm : {VertexNorm::kL1, VertexNorm::kL2}) {
    CAPTURE(static_cast<int>(norm));
    const auto f = [norm](const Vars& v) {
      return vertex_loss(v[0], v[1], norm, v.size() > 2 ? v[2] : Var());
    };
    const double count = kVertices * kBatch;
    check_value(f, {x.a, x.b}, apart(a, b, ones, norm) / count);
    check_value(f, {x.a, x.b, x.visible}, apart(a, b, w, norm) / count);
    check_value(f, {x.a, x.a}, norm == VertexNorm::kL1 ? 0 : 1e-6);
    test::check_grad(f, {x.a, x.b}, {.order = 2});
    test::check_grad(f, {x.a, x.b, x.visible});
    // Where two colors agree there is a derivative, and it is finite.
    Tape tape((Context()));
    const Var same = tape.leaf(x.a);
    for (const double g :
         test::to_double(tape.grad(vertex_loss(same, tape.constant(x.a), norm), {same})[0].value()))
      CHECK(std::abs(g) < 1e-6);
  }
  Tape tape((Context()));
  const Var v = tape.constant(x.a);
  CHECK_THROWS_WITH_AS(vertex_loss(v, v, VertexNorm::kL1, v),
                       doctest::Contains("the weight is [7, 3, 3], expected [7, 3, 1]"), Error);
  CHECK_THROWS_WITH_AS(vertex_loss(v, tape.constant(x.visible), VertexNorm::kL1),
                       doctest::Contains("colors of [7, 3, 3] and [7, 3, 1]"), Error);
}

TEST_CASE("lit vertices: visible ones to the photo, hidden ones to the lit coarse albedo") {
  const Colors x;
  const Values lit = test::to_double(x.a), photo = test::to_double(x.b),
               coarse = test::to_double(x.c), visible = test::to_double(x.visible);
  Values hidden;
  for (const double s : visible) hidden.push_back(1 - s);
  for (const VertexNorm norm : {VertexNorm::kL1, VertexNorm::kL2})
    for (const double hidden_weight : {0.0, 0.3}) {
      const auto f = [&](const Vars& v) {
        return project_loss(v[0], {v[1], v[0].tape().constant(x.visible), v[2]}, norm,
                            hidden_weight);
      };
      check_value(
          f, {x.a, x.b, x.c},
          (apart(lit, photo, visible, norm) + hidden_weight * apart(lit, coarse, hidden, norm)) /
              (kVertices * kBatch));
      test::check_grad(f, {x.a, x.b, x.c}, {.order = 2});
    }
}

TEST_CASE("pixels are compared inside the mask, and an empty mask costs nothing") {
  const Colors x;
  const Values rendered = test::to_double(x.rendered), photo = test::to_double(x.photo),
               mask = test::to_double(x.mask);
  double inside = 0;
  for (const double m : mask) inside += m;
  const auto in = [&](auto loss) {
    return [&x, loss](const Vars& v) { return loss(v[0], v[1], v[0].tape().constant(x.mask)); };
  };
  check_value(in(pixel_loss), {x.rendered, x.photo},
              apart(rendered, photo, mask, VertexNorm::kL2) / inside);
  check_value(in(pixel_l1), {x.rendered, x.photo},
              apart(rendered, photo, mask, VertexNorm::kL1) / inside);
  test::check_grad(in(pixel_loss), {x.rendered, x.photo}, {.order = 2});
  test::check_grad(in(pixel_l1), {x.rendered, x.photo}, {.order = 2});
  const Tensor none = Tensor::zeros(Context(), x.mask.shape());
  for (const auto loss : {pixel_loss, pixel_l1})
    check_value([&](const Vars& v) { return loss(v[0], v[1], v[2]); }, {x.rendered, x.photo, none},
                0);
  Tape tape((Context()));
  const Var v = tape.constant(x.rendered);
  CHECK_THROWS_WITH_AS(pixel_loss(v, v, v), doctest::Contains("the mask is [3, 5, 5, 3]"), Error);
  CHECK_THROWS_WITH_AS(pixel_l1(v, tape.constant(x.mask), v), doctest::Contains("pictures of"),
                       Error);
}

TEST_CASE("an overlay is the render inside the mask and the photo outside") {
  Colors x;
  Values soft = test::to_double(x.mask);
  soft[3] = 0.25;
  x.mask = Tensor::of(Context(), x.mask.shape(), soft);
  const Values rendered = test::to_double(x.rendered), photo = test::to_double(x.photo);
  Values expected;
  for (std::size_t i = 0; i < rendered.size(); ++i)
    expected.push_back(soft[i / 3] * rendered[i] + (1 - soft[i / 3]) * photo[i]);
  Tape tape((Context()));
  const auto c = [&](const Tensor& t) { return tape.constant(t); };
  test::check_close(overlay(c(x.rendered), c(x.photo), c(x.mask)).value(), expected);
  test::check_grad([](const Vars& v) { return overlay(v[0], v[1], v[2]); },
                   {x.rendered, x.photo, x.mask}, {.order = 2});
}

TEST_CASE("symmetry is the mean distance of pairs, variance that of a channel over the skin") {
  const Colors x;
  const Values a = test::to_double(x.a);
  const std::vector<std::int32_t> left{0, 1, 2}, right{6, 5, 4}, skin{1, 2, 4, 6};
  const RowIndex from(Context(), kVertices, left), to(Context(), kVertices, right),
      on(Context(), kVertices, skin);
  const auto at = [&](std::int32_t v, std::size_t n, std::size_t c) {
    return a[(static_cast<std::size_t>(v) * kBatch + n) * 3 + c];
  };
  double symmetry = 0, variance = 0;
  for (std::size_t n = 0; n < kBatch; ++n) {
    for (std::size_t i = 0; i < left.size(); ++i) {
      double square = 0;
      for (std::size_t c = 0; c < 3; ++c)
        square += std::pow(at(left[i], n, c) - at(right[i], n, c), 2);
      symmetry += std::sqrt(square) / (3.0 * kBatch);
    }
    for (std::size_t c = 0; c < 3; ++c) {
      double mean = 0;
      for (const std::int32_t v : skin) mean += at(v, n, c) / 4;
      for (const std::int32_t v : skin)
        variance += std::pow(at(v, n, c) - mean, 2) / (4 * 3.0 * kBatch);
    }
  }
  const auto symmetric = [&](const Vars& v) { return symmetry_loss(v[0], from, to); };
  const auto vary = [&](const Vars& v) { return variance_loss(v[0], on); };
  check_value(symmetric, {x.a}, symmetry);
  check_value(vary, {x.a}, variance);
  test::check_grad(symmetric, {x.a}, {.order = 2});
  test::check_grad(vary, {x.a}, {.order = 2});
  Tape tape((Context()));
  const RowIndex none(Context(), kVertices, {});
  CHECK_THROWS_WITH_AS(symmetry_loss(tape.constant(x.a), from, none),
                       doctest::Contains("3 vertices on the left, 0 on the right"), Error);
  CHECK_THROWS_WITH_AS(symmetry_loss(tape.constant(x.a), none, none), doctest::Contains("0 on the"),
                       Error);
  CHECK_THROWS_WITH_AS(variance_loss(tape.constant(x.a), none), doctest::Contains("no vertices"),
                       Error);
}

TEST_CASE("mirrored pairs come once, and a model without any is told so") {
  mesh::FaceModel face;
  face.name = "lopsided";
  face.mirror = {3, 1, 4, 0, 2};
  const MirrorPairs pairs = mirror_pairs(face);
  CHECK(pairs.left == std::vector<std::int32_t>{0, 2});
  CHECK(pairs.right == std::vector<std::int32_t>{3, 4});
  face.mirror = {0, 1, 2};
  CHECK_THROWS_WITH_AS(mirror_pairs(face), doctest::Contains("'lopsided' pairs no vertices"),
                       InputError);
}

TEST_CASE("the weight loss is half the sum of squares of the fully connected layers") {
  Rng rng(3);
  const Tensor w = test::uniform({4, 3}, rng), b = test::uniform({3}, rng);
  double sum = 0;
  for (const Tensor& t : {w, b})
    for (const double v : test::to_double(t)) sum += v * v / 2;
  const auto f = [](const Vars& v) { return weight_loss(v); };
  check_value(f, {w, b}, sum);
  test::check_grad(f, {w, b}, {.order = 2});
  CHECK_THROWS_WITH_AS(weight_loss({}), doctest::Contains("no weights"), Error);
  for (const char* name : {"decoder.full.weight", "decoder.full.bias", "refiner.full_in.weight",
                           "refiner.full_out.bias"})
    CHECK(fully_connected(name));
  for (const char* name : {"encoder.full.weight", "decoder.0.weight", "refiner.in.weight"})
    CHECK_FALSE(fully_connected(name));
}

TEST_CASE("scores become losses of the critic and the generator, without overflow") {
  const Values real_score{0.5, -2, 120}, fake_score{1.5, 0, -130};
  const Tensor r = Tensor::of(Context(), {3}, real_score);
  const Tensor m = Tensor::of(Context(), {3}, fake_score);
  const auto log1p_exp = [](double x) {
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  };
  double critic = 0, generator = 0, far = 0, near = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    critic += (log1p_exp(fake_score[i]) + log1p_exp(-real_score[i])) / 3;
    generator += log1p_exp(-fake_score[i]) / 3;
    far += (fake_score[i] - real_score[i]) / 3;
    near -= fake_score[i] / 3;
  }
  for (const auto& [kind, of_critic, of_generator] :
       {std::tuple{AdversaryLoss::kLogistic, critic, generator},
        std::tuple{AdversaryLoss::kWasserstein, far, near}}) {
    const auto f = [k = kind](const Vars& v) { return critic_loss(v[0], v[1], k); };
    const auto g = [k = kind](const Vars& v) { return generator_loss(v[0], k); };
    check_value(f, {r, m}, of_critic);
    check_value(g, {m}, of_generator);
    Rng rng(5);
    const Tensor a = test::uniform({4}, rng, -2, 2), b = test::uniform({4}, rng, -2, 2);
    test::check_grad(f, {a, b}, {.order = 2});
    test::check_grad(g, {a}, {.order = 2});
  }
}

TEST_CASE("pictures between two sets take one share, or one each") {
  const Colors x;
  const Values a = test::to_double(x.rendered), b = test::to_double(x.photo);
  for (const Values& shares : {Values{0.25}, Values{0, 0.5, 1}}) {
    Values expected;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double share = shares[shares.size() == 1 ? 0 : i / (kSide * kSide * 3)];
      expected.push_back(share * a[i] + (1 - share) * b[i]);
    }
    const Shape shape{std::ssize(shares), 1, 1, 1};
    test::check_close(between(x.rendered, x.photo, Tensor::of(Context(), shape, shares)), expected);
  }
  const Tensor two = Tensor::zeros(Context(), {2, 1, 1, 1});
  CHECK_THROWS_WITH_AS(between(x.rendered, x.photo, two), doctest::Contains("for 3 pictures"),
                       Error);
}

TEST_CASE("schedules are those of the method") {
  const auto is = [](PhotoSchedule schedule, double epoch, const ScheduledWeights& expected) {
    CAPTURE(epoch);
    const ScheduledWeights got = scheduled_weights(schedule, epoch);
    CHECK(got.texture == doctest::Approx(expected.texture));
    CHECK(got.project == doctest::Approx(expected.project));
    CHECK(got.render == doctest::Approx(expected.render));
    CHECK(got.adversary == doctest::Approx(expected.adversary));
  };
  is(PhotoSchedule::kReference, 0, {1, 0, 0, 0});
  is(PhotoSchedule::kReference, 2, {0.6, 0.4, 0.4, 1});
  is(PhotoSchedule::kReference, 4.5, {0.2, 0.9, 0.9, 1});
  is(PhotoSchedule::kReference, 50, {0.2, 1, 1, 1});
  is(PhotoSchedule::kPaper, 0, {1, 1, 0, 0});
  is(PhotoSchedule::kPaper, 2, {0.6, 0.6, 0.4, 0.4});
  is(PhotoSchedule::kPaper, 50, {0, 0, 1, 1});
  is(PhotoSchedule::kConstant, 3, {1, 1, 1, 1});
  CHECK_THROWS_AS(scheduled_weights(PhotoSchedule::kPaper, -1), Error);
  CHECK_THROWS_AS(
      scheduled_weights(PhotoSchedule::kPaper, std::numeric_limits<double>::quiet_NaN()), Error);
}

/// A wavy sheet before the picture, and what sees it.
struct Sheet {
  static constexpr std::int64_t kAcross = 6, kPixels = 48;
  Triangles triangles;
  Tensor raster, mask, photo, light;
  IdentitySizes sizes;
  std::vector<ChipMap> chips{{0.8, 0.1, 6, 3}, {0.9, -0.05, 3, 5}};

  explicit Sheet(Rng& rng) {
    const Context ctx;
    std::vector<std::int32_t> faces;
    Values screen;
    for (int n = 0; n < 2; ++n)
      for (std::int64_t v = 0; v < kAcross * kAcross; ++v)
        for (const double at : {4.0 + 8 * static_cast<double>(v % kAcross) + rng.uniform(),
                                5.0 + 7 * static_cast<double>(v / kAcross) + rng.uniform(), 10.0})
          screen.push_back(at);
    for (std::int32_t y = 0; y + 1 < kAcross; ++y)
      for (std::int32_t x = 0; x + 1 < kAcross; ++x) {
        const auto a = static_cast<std::int32_t>(y * kAcross + x), b = a + 1;
        const auto c = static_cast<std::int32_t>(a + kAcross), d = c + 1;
        faces.insert(faces.end(), {a, c, b, b, c, d});
      }
    triangles = Triangles(ctx, kAcross * kAcross, faces);
    Tape tape(ctx, Record::kNothing);
    raster = ops::rasterize(tape.constant(Tensor::of(ctx, {2, kAcross * kAcross, 3}, screen)),
                            triangles, {.height = kPixels, .width = kPixels})
                 .value();
    Values inside;
    const Values r = test::to_double(raster);
    for (std::size_t i = 3; i < r.size(); i += 4) inside.push_back(r[i] > 0 ? 1 : 0);
    mask = Tensor::of(ctx, {2, kPixels, kPixels, 1}, inside);
    photo = test::uniform({2, kPixels, kPixels, 3}, rng);
    light = test::uniform({kAcross * kAcross, 2, 3}, rng, 0.6, 1.1);
    sizes.side = 43;
    sizes.stem_channels = 8;
    sizes.stages = {{8, 1, false}, {12, 1, true}};
  }
  Var over(const Var& albedo) const {
    Tape& tape = albedo.tape();
    const Var lit = lit_colors(albedo, tape.constant(light));
    const Var rendered =
        ops::interpolate(tape.constant(raster), ops::transpose(lit, {1, 0, 2}), triangles);
    return overlay(rendered, tape.constant(photo), tape.constant(mask));
  }
};

TEST_CASE("the identity loss has the gradient of the albedo behind chip, overlay and render") {
  Rng rng(21);
  const Sheet sheet(rng);
  const Context ctx;
  const IdentityNetwork network(ctx, random_identity_weights(sheet.sizes, rng));
  const Tensor wanted = test::uniform({2, 128}, rng);
  const auto f = [&](const Vars& v) {
    const Var chip = face_chip(to_unit(sheet.over(v[0])), sheet.chips, {.side = sheet.sizes.side});
    return recon::identity_loss(network(chip), v[0].tape().constant(wanted));
  };
  const Tensor albedo = test::uniform({36, 2, 3}, rng, -0.8, 0.8);
  // Small steps: the network's ReLUs and pools have kinks.
  test::check_grad(f, {albedo}, {.step = 1e-6, .tolerance = 1e-5});
  Tape tape(ctx);
  const Var x = tape.leaf(albedo);
  double size = 0;
  for (const double g : test::to_double(tape.grad(f({x}), {x})[0].value())) size += g * g;
  CHECK(size > 1e-12);
}

TEST_CASE("the identity loss through FaceNet has the gradient of the albedo, of the whole crop") {
  Rng rng(29);
  const Sheet sheet(rng);
  const Context ctx;
  constexpr std::int64_t kNarrow = 16;
  const IdentityNetwork network(
      ctx, facenet_identity(FaceNet::untrained(WeightNames::kTorch, rng, {kNarrow}), "facenet",
                            kNarrow));
  const std::int64_t side = network.sizes().side;
  const std::vector<ChipMap> maps(2, recon::whole_crop(sheet.photo.dim(1), side));
  const Tensor wanted = test::uniform({2, network.feature_size()}, rng, 0, 1);
  const auto f = [&](const Vars& v) {
    const Var chip = face_chip(to_unit(sheet.over(v[0])), maps, {.side = side, .samples = 1});
    return recon::identity_loss(network.run(chip).features, v[0].tape().constant(wanted));
  };
  const Tensor albedo = test::uniform({36, 2, 3}, rng, -0.8, 0.8);
  // So many ReLUs: at 1e-8 most directions cross no kink, and those of this seed cross none.
  test::check_grad(f, {albedo}, {.step = 1e-8, .tolerance = 1e-5});
  Tape tape(ctx);
  const Var x = tape.leaf(albedo);
  double size = 0;
  for (const double g : test::to_double(tape.grad(f({x}), {x})[0].value())) size += g * g;
  CHECK(size > 1e-14);
}

TEST_CASE("the pixel loss has the gradient of the albedo behind the render") {
  Rng rng(22);
  const Sheet sheet(rng);
  const Tensor albedo = test::uniform({36, 2, 3}, rng, -0.8, 0.8);
  test::check_grad(
      [&](const Vars& v) {
        const auto c = [&](const Tensor& t) { return v[0].tape().constant(t); };
        return pixel_loss(sheet.over(v[0]), c(sheet.photo), c(sheet.mask));
      },
      {albedo});
}

}  // namespace
}  // namespace fgcn::train
