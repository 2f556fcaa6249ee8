// Residual blocks, and the networks that have a name.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "autograd/ops/spmm.h"
#include "layers/generator.h"
#include "tests/layers/parameter_gradient.h"
#include "tests/layers/small_hierarchy.h"

namespace fgcn {
namespace {

using test::small_hierarchy;
using Values = std::vector<double>;

constexpr double kHeldFanIn = 16;  // of equalised weights (docs/dev/networks.md)
constexpr Activation kActivations[] = {Activation::kBiasElu, Activation::kRelu};
// Far below the distance of most kinks of ELU and ReLU, far above rounding.
constexpr test::GradCheck kThroughKinks = {.order = 1, .step = 1e-7, .tolerance = 1e-5};

/// sum_k T_k(L) x W_k for one sample, x [V, in] and w [K, in, out], entry by entry.
Values cheb(const Csr& l, const Values& x, const Values& w, std::size_t in, std::size_t out) {
  const auto rows = static_cast<std::size_t>(l.rows);
  const std::size_t terms = w.size() / in / out;
  std::vector<Values> t{x};
  for (std::size_t k = 1; k < terms; ++k) {
    Values next(rows * in);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < in; ++c) {
        for (std::int32_t e = l.row_begin[r]; e < l.row_begin[r + 1]; ++e)
          next[r * in + c] += l.value[e] * t[k - 1][l.col[e] * in + c];
        if (k > 1) next[r * in + c] = 2 * next[r * in + c] - t[k - 2][r * in + c];
      }
    t.push_back(next);
  }
  Values y(rows * out);
  for (std::size_t k = 0; k < terms; ++k)
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t i = 0; i < in; ++i)
        for (std::size_t o = 0; o < out; ++o)
          y[r * out + o] += t[k][r * in + i] * w[(k * in + i) * out + o];
  return y;
}

/// elu(x + b), or relu(x) where b is empty.
Values activated(Values x, const Values& b) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (b.empty()) {
      x[i] = std::max(x[i], 0.0);
    } else {
      x[i] += b[i % b.size()];
      x[i] = x[i] > 0 ? x[i] : std::exp(x[i]) - 1;
    }
  }
  return x;
}

TEST_CASE("a residual block is its formula, with and without a change of width") {
  const Context ctx;
  constexpr std::size_t kVertices = 11, kIn = 3, kBatch = 2;
  for (const Activation activation : kActivations)
    for (const std::size_t out : {kIn, std::size_t{5}}) {
      CAPTURE(out);
      Rng rng(1);
      const Csr l = test::random_laplacian(kVertices, 3, rng);
      ResidualBlock block(ctx, "b", SparseOperator(ctx, l),
                          {kIn, static_cast<std::int64_t>(out), 4}, activation, rng);
      std::vector<Parameter*> parameters;
      block.add_to(parameters);
      test::randomise(parameters, rng, 1);
      const auto values = [&](const std::string& name) {
        for (const Parameter* p : parameters)
          if (p->name == name) return test::to_double(p->value);
        return Values();
      };
      CHECK(parameters.size() == 2 + (activation == Activation::kBiasElu ? 2 : 0) + (out != kIn));
      const Tensor x = test::uniform({kVertices, kBatch, kIn}, rng);
      const Values all = test::to_double(x);
      Values expected(kVertices * kBatch * out);
      for (std::size_t n = 0; n < kBatch; ++n) {
        Values one(kVertices * kIn);
        for (std::size_t i = 0; i < one.size(); ++i)
          one[i] = all[(i / kIn * kBatch + n) * kIn + i % kIn];
        const Values inner =
            activated(cheb(l, one, values("b.0.weight"), kIn, out), values("b.0.bias"));
        Values sum = cheb(l, inner, values("b.1.weight"), out, out);
        const Values shortcut =
            out == kIn ? one : cheb(l, one, values("b.shortcut.weight"), kIn, out);
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += shortcut[i];
        const Values y = activated(sum, values("b.1.bias"));
        for (std::size_t i = 0; i < y.size(); ++i)
          expected[(i / out * kBatch + n) * out + i % out] = y[i];
      }
      Tape tape(ctx);
      const Var y = block(tape.constant(x));
      REQUIRE(y.size() == static_cast<std::int64_t>(expected.size()));
      // Sums of some twenty products, twice.
      CHECK(test::relative_error(test::to_double(y.value()), expected) <=
            (sizeof(real) == sizeof(double) ? 1e-13 : 1e-5));
      test::check_grad([&](const Vars& v) { return block(v[0]); }, {x}, kThroughKinks);
    }
}

TEST_CASE("a unit of what is un-pooled is that of the un-pooled, on either mesh") {
  const Context ctx;
  const GraphHierarchy hierarchy = small_hierarchy(ctx);
  const SparseOperator& unpool = hierarchy.unpool[1];
  for (const GraphUnit unit : {GraphUnit::kConvolution, GraphUnit::kResidual})
    for (const auto& [in, out] : {std::pair{5, 5}, {5, 4}, {34, 34}, {34, 3}}) {
      CAPTURE(in);
      CAPTURE(out);
      Rng rng(2);
      const GraphLayer layer(ctx, "u", hierarchy.laplacian[1], {in, out, 6}, {.unit = unit}, rng);
      Tape tape(ctx);
      const Var x = tape.constant(test::uniform({8, 2, in}, rng));
      const Var expected = layer(ops::spmm(unpool, x));
      CHECK(test::relative_error(test::to_double(layer.unpooled(unpool, x).value()),
                                 test::to_double(expected.value())) <= 1e-5);
    }
}

/// Weights of a convolution of six terms, biases of an activation, a block and a fully connected
/// layer.
constexpr std::int64_t conv(std::int64_t in, std::int64_t out) { return 6 * in * out; }
constexpr std::int64_t full(std::int64_t in, std::int64_t out) { return in * out + out; }
constexpr std::int64_t block(std::int64_t in, std::int64_t out) {
  return conv(in, out) + out + conv(out, out) + out + (in == out ? 0 : in * out);
}
constexpr std::int64_t layer(std::int64_t in, std::int64_t out) { return conv(in, out) + out; }

// An embedding of 10 numbers, two vertices on the coarsest level.
constexpr std::int64_t kUnet = conv(7, 16) + layer(16, 16) + layer(16, 32) + layer(32, 64) +
                               layer(64, 128) + full(256, 512) + full(512, 256) +
                               layer(128 + 64, 128) + layer(128 + 32, 64) + layer(64, 32) +
                               layer(32, 16) + layer(16, 3);
constexpr std::int64_t kHead = conv(6, 3);
constexpr std::int64_t kFilters = 16 + 32 + 64 + 128 + 128 + 64 + 32 + 16 + 3;  // of the U

struct Variant {
  const char* name;
  std::int64_t parameters;
  std::int64_t biases;  // those that ReLU does without
};
constexpr Variant kVariants[] = {
    {"normal", full(10, 64) + layer(32, 16) + 3 * layer(16, 16) + layer(16, 3) + kUnet + kHead,
     4 * 16 + 3 + kFilters},
    {"normal-wide",
     full(10, 64) + layer(32, 32) + layer(32, 64) + layer(64, 128) + layer(128, 256) +
         layer(256, 3) + kUnet + kHead,
     32 + 64 + 128 + 256 + 3 + kFilters},
    {"resnet",
     full(10, 64) + block(32, 16) + 2 * block(16, 16) + block(16, 3) + block(7, 16) +
         block(16, 32) + block(32, 32) + block(32, 16) + block(16, 3) + kHead,
     2 * (3 * 16 + 3 + 16 + 32 + 32 + 16 + 3)},
    {"resnet-wide",
     full(10, 64) + block(32, 64) + block(64, 128) + block(128, 256) + block(256, 3) +
         block(7, 16) + block(16, 32) + block(32, 64) + block(64, 128) + block(128, 3) + kHead,
     2 * (64 + 128 + 256 + 3 + 16 + 32 + 64 + 128 + 3)},
};

TEST_CASE("every network with a name has the parameters counted by hand, each once") {
  const Context ctx;
  const GraphHierarchy hierarchy = small_hierarchy(ctx);
  REQUIRE(std::size(kVariants) == kGeneratorNames.size());
  for (const Activation activation : kActivations)
    for (const Variant& variant : kVariants) {
      CAPTURE(variant.name);
      Generator generator(ctx, hierarchy, 10, Rng(1), generator_size(variant.name, activation));
      std::set<std::string> names;
      std::int64_t count = 0;
      for (const Parameter* p : generator.parameters()) {
        CHECK(names.insert(p->name).second);
        count += p->value.size();
      }
      const bool biased = activation == Activation::kBiasElu;
      CHECK(count == variant.parameters - (biased ? 0 : variant.biases));
      CHECK(generator.parameters().back()->name == "head.out.weight");
    }
}

TEST_CASE("the gradients of every network with a name are those of its values") {
  const Context ctx;
  const GraphHierarchy hierarchy = small_hierarchy(ctx);
  for (const Activation activation : kActivations)
    for (const std::string_view name : kGeneratorNames) {
      CAPTURE(std::string(name));
      Rng rng(3);
      GeneratorSize size = generator_size(name, activation);
      size.bottleneck = 24;
      Generator generator(ctx, hierarchy, 10, Rng(7), size);
      const std::vector<Tensor> inputs{test::uniform({2, 10}, rng), test::uniform({32, 2, 3}, rng),
                                       test::uniform({32, 2, 4}, rng)};
      const auto f = [&](const Vars& v) { return generator(v[0], v[1], v[2]); };
      test::check_grad(f, inputs, kThroughKinks);
      test::check_parameter_grad(
          generator.parameters(),
          [&](Tape& tape) {
            Var y = generator(tape.constant(inputs[0]), tape.constant(inputs[1]),
                              tape.constant(inputs[2]));
            const Shape expected{32, 2, 3};
            CHECK(y.shape() == expected);
            return y;
          },
          kThroughKinks);
    }
}

/// The last layers of decoder and refiner.
bool ends_branch(const std::string& parameter) {
  for (const char* layer : {"decoder.out.", "refiner.out.", "decoder.3.1.", "decoder.3.shortcut.",
                            "refiner.4.1.", "refiner.4.shortcut."})
    if (parameter.rfind(layer, 0) == 0) return true;
  return false;
}

TEST_CASE("a linear branch starts at zero and is linear in its last weights, however large") {
  const Context ctx;
  const GraphHierarchy hierarchy = small_hierarchy(ctx);
  for (const std::string_view name : kGeneratorNames) {
    CAPTURE(std::string(name));
    const auto made = [&](BranchOutput output) {
      return Generator(ctx, hierarchy, 10, Rng(7),
                       generator_size(name, Activation::kBiasElu, output));
    };
    Generator activated = made(BranchOutput::kActivated), linear = made(BranchOutput::kLinear);
    std::map<std::string, Parameter*> others;
    for (Parameter* p : activated.parameters()) others[p->name] = p;
    CHECK(activated.parameters().size() == linear.parameters().size() + 2);  // biases
    for (Parameter* p : linear.parameters()) {
      CAPTURE(p->name);
      Values expected = test::to_double(others.at(p->name)->value);
      const bool last = ends_branch(p->name);
      if (last) expected.assign(expected.size(), 0);
      CHECK(test::to_double(p->value) == expected);
    }

    const auto outputs = [&](Generator& generator) {
      std::map<std::string, Values> out;
      Tape tape(ctx);
      tape.watch([&](const std::string& part, Curve /*curve*/, const Var& y) {
        if (part == "decoder" || part == "refiner") out[part] = test::to_double(y.value());
        return y;
      });
      Rng rng(3);
      generator(tape.constant(test::uniform({2, 10}, rng)),
                tape.constant(test::uniform({32, 2, 7}, rng)));
      return out;
    };
    const auto set_last = [&](Generator& generator, double factor) {
      for (Parameter* p : generator.parameters()) {
        if (!ends_branch(p->name)) continue;
        Rng rng(5);
        Values w = test::to_double(p->value);
        for (double& one : w) one = factor * rng.normal();
        p->value = Tensor::of(ctx, p->value.shape(), w);
      }
      return outputs(generator);
    };
    for (const auto& [part, values] : outputs(linear)) CHECK(values == Values(values.size()));
    constexpr double kPush = -1000;
    const std::map<std::string, Values> before = set_last(linear, 1),
                                        after = set_last(linear, kPush);
    for (const char* part : {"decoder", "refiner"}) {
      Values expected = before.at(part);
      for (double& one : expected) one *= kPush;
      CHECK(test::relative_error(after.at(part), expected) <= 1e-5);
      CHECK(*std::min_element(expected.begin(), expected.end()) < -20);
    }
    for (const auto& [part, values] : set_last(activated, kPush))
      CHECK(*std::min_element(values.begin(), values.end()) >= -1);
  }
}

TEST_CASE("equalised weights start with one variance and give what plain ones give") {
  const Context ctx;
  const GraphHierarchy hierarchy = small_hierarchy(ctx);
  for (const std::string_view name : kGeneratorNames) {
    CAPTURE(std::string(name));
    std::vector<Values> outputs;
    std::vector<std::map<std::string, Values>> gradients;
    for (const WeightForm form : {WeightForm::kPlain, WeightForm::kEqualised}) {
      GeneratorSize size = generator_size(name);
      size.form = form;
      size.hidden = 5;
      Generator generator(ctx, hierarchy, 10, Rng(7), size);
      Rng rng(3);
      Tape tape(ctx);
      const Var y = generator(tape.constant(test::uniform({2, 10}, rng)),
                              tape.constant(test::uniform({32, 2, 7}, rng)));
      outputs.push_back(test::to_double(y.value()));
      Vars xs;
      for (const Parameter* p : generator.parameters()) xs.push_back(tape.use(*p));
      const Vars grads = tape.grad(y, xs, {.seed = tape.constant(test::uniform(y.shape(), rng))});
      std::map<std::string, Values>& of_form = gradients.emplace_back();
      for (std::size_t i = 0; i < xs.size(); ++i)
        of_form[generator.parameters()[i]->name] = test::to_double(grads[i].value());
      if (form == WeightForm::kPlain) continue;
      double square = 0, count = 0;
      for (const Parameter* p : generator.parameters())
        if (p->name.rfind(".weight") != std::string::npos)
          for (const double w : test::to_double(p->value)) square += w * w, ++count;
      CHECK(square / count == doctest::Approx(2.0 / kHeldFanIn).epsilon(0.03));
    }
    CHECK(test::relative_error(outputs[1], outputs[0]) <= 1e-5);
    // A weight's gradient is that of the plain one times its gain.
    const double gain = std::sqrt(kHeldFanIn / (6 * 5));
    Values expected = gradients[0].at("head.out.weight");
    for (double& g : expected) g *= gain;
    CHECK(test::relative_error(gradients[1].at("head.out.weight"), expected) <= 1e-4);
    expected = gradients[0].at("decoder.full.weight");
    for (double& g : expected) g *= std::sqrt(kHeldFanIn / 10);
    CHECK(test::relative_error(gradients[1].at("decoder.full.weight"), expected) <= 1e-4);
  }
}

TEST_CASE("the residual generator gives on every device what it gives on the CPU") {
  GeneratorSize size = generator_size("resnet");
  size.decoder = {8, 6, 6, 6};
  size.refiner = {5, 7, 7, 5};
  Values expected;
  test::on_every_backend([&](const Context& ctx) {
    Rng rng(5);
    Generator generator(ctx, small_hierarchy(ctx), 10, Rng(7), size);
    Tape tape(ctx);
    Vars xs{tape.leaf(test::uniform({2, 10}, rng).to(ctx)),
            tape.leaf(test::uniform({32, 2, 7}, rng).to(ctx))};
    const Var y = generator(xs[0], xs[1]);
    for (const Parameter* p : generator.parameters()) xs.push_back(tape.use(*p));
    const Tensor seed = test::uniform(y.shape(), rng).to(ctx);
    Values all = test::to_double(y.value());
    for (const Var& grad : tape.grad(y, xs, {.seed = tape.constant(seed)}))
      for (const double g : test::to_double(grad.value())) all.push_back(g);
    if (expected.empty()) expected = all;
    // Sums of some hundred terms, ten convolutions deep.
    CHECK(test::relative_error(all, expected) <= (sizeof(real) == sizeof(double) ? 1e-12 : 1e-5));
  });
}

TEST_CASE("a network that cannot be is refused") {
  const Context ctx;
  const GraphHierarchy hierarchy = small_hierarchy(ctx);
  CHECK_THROWS_WITH_AS(generator_size("resnet-huge"),
                       "'resnet-huge' is not a network; there are: normal normal-wide resnet "
                       "resnet-wide",
                       InputError);
  const auto refused = [&](const GeneratorSize& size, std::int64_t embedding, const char* why) {
    CHECK_THROWS_WITH_AS(Generator(ctx, hierarchy, embedding, Rng(1), size), doctest::Contains(why),
                         Error);
  };
  GeneratorSize size = generator_size("resnet");
  refused(size, 0, "an embedding of 0 numbers");
  size.refiner.pop_back();
  refused(size, 10, "3 widths of the refiner, expected 4");
  size.refiner = {16, 0, 32, 16};
  refused(size, 10, "a layer of 0 channels");
  size = generator_size("resnet");
  size.decoder.clear();
  refused(size, 10, "0 widths of the decoder for 5 levels, expected 4");
  size = generator_size("normal");
  size.bottleneck = 0;
  refused(size, 10, "a bottleneck of 0");
  size = generator_size("normal");
  size.terms = 0;
  refused(size, 10, "convolutions of 0 terms");
  size = generator_size("normal");
  size.hidden = -1;
  refused(size, 10, "a hidden layer of -1 channels");
  const GraphHierarchy flat(ctx, std::vector<Csr>{csr_from_triplets(2, 2, {})}, {}, {});
  CHECK_THROWS_WITH_AS(Generator(ctx, flat, 10, Rng(1)), doctest::Contains("of 1 levels"), Error);
}

}  // namespace
}  // namespace fgcn
