#include "layers/generator.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "io/arrays/npz.h"
#include "tests/layers/original_arrays.h"
#include "tests/layers/small_hierarchy.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

using test::our_layout;
using test::small_hierarchy;
using test::vertex_major;

// The golden values are of float64; in single precision a sum of some hundred terms, five layers
// deep.
constexpr double kBound = sizeof(real) == sizeof(double) ? 1e-12 : 1e-5;

GraphHierarchy golden_hierarchy(const Context& ctx, const std::filesystem::path& folder) {
  std::vector<Csr> laplacians, pools, unpools;
  const auto read = [&](const std::string& name) {
    return io::read_sparse_npz(folder / (name + ".npz"));
  };
  for (int i = 0; i < 5; ++i) laplacians.push_back(test::golden_laplacian(folder, i));
  for (int i = 0; i < 4; ++i) {
    pools.push_back(read(text("downsamp", i)));
    unpools.push_back(read(text("upsamp", i)));
  }
  return {ctx, laplacians, pools, unpools};
}

/// The names of the networks in the files of the original, by ours.
using Names = std::map<std::string, std::string>;

constexpr const char* kRoot = "mesh_generator/";

void name_layer(Names& names, const std::string& ours, const std::string& theirs) {
  names[ours + ".weight"] = kRoot + theirs + "weights";
  names[ours + ".bias"] = kRoot + theirs + "bias";
}

Names normal_names() {
  Names names;
  name_layer(names, "decoder.full", "mesh_decoder/fc/");
  name_layer(names, "decoder.out", "mesh_decoder/");
  name_layer(names, "refiner.in", "mesh_refiner/graph_conv0/");
  name_layer(names, "refiner.full_in", "mesh_refiner/fc/");
  name_layer(names, "refiner.full_out", "mesh_refiner/fc2/");
  name_layer(names, "refiner.out", "mesh_refiner/");
  name_layer(names, "head.out", "mesh_concat/");
  for (int i = 1; i <= 4; ++i) {
    name_layer(names, text("decoder.", i - 1), text("mesh_decoder/upconv", i, "/"));
    name_layer(names, text("refiner.down", i - 1), text("mesh_refiner/graph_conv", i, "/"));
    name_layer(names, text("refiner.up", i - 1), text("mesh_refiner/graph_conv", i + 4, "/"));
  }
  return names;
}

Names resnet_names() {
  Names names;
  name_layer(names, "decoder.full", "mesh_decoder/fc/");
  name_layer(names, "head.out", "mesh_concat/");
  for (const auto& [part, blocks] : {std::pair{"decoder", 4}, {"refiner", 5}})
    for (int i = 0; i < blocks; ++i) {
      const std::string ours = text(part, ".", i), theirs = text("mesh_", part, "/resblock", i + 1);
      names[ours + ".shortcut.weight"] = kRoot + theirs + "/shortcut/weights";
      for (int k = 0; k < 2; ++k) {
        names[text(ours, ".", k, ".weight")] = text(kRoot, theirs, "/filter", k + 1, "/weights");
        names[text(ours, ".", k, ".bias")] = text(kRoot, theirs, "/bias_relu", k + 1, "/bias");
      }
    }
  return names;
}

void close(const Var& actual, const std::vector<double>& expected) {
  CHECK(test::relative_error(test::to_double(actual.value()), expected) <= kBound);
}

struct Original {
  const char* network;
  GeneratorSize size;
  Names names;
};

/// The bottleneck of the original's example is smaller than that of its network.
std::vector<Original> originals() {
  std::vector<Original> out{{"normal", generator_size("normal"), normal_names()},
                            {"resnet", generator_size("resnet"), resnet_names()}};
  out.front().size.bottleneck = 24;
  return out;
}

TEST_CASE("the generators and all their gradients are those of the original") {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  if (!sphere) return;
  const Context ctx;
  const GraphHierarchy hierarchy = golden_hierarchy(ctx, *sphere);
  for (const auto& [network, size, names] : originals()) {
    CAPTURE(network);
    const auto file =
        test::shared_data(text("golden/net_jitter_sphere/mesh_generator_", network, ".npz"));
    if (!file) return;
    const io::Npz golden = io::read_npz(*file);
    const auto array = [&](const std::string& name) -> const io::NpyArray& {
      return at(golden, name, file->string());
    };
    Generator generator(ctx, hierarchy, 40, Rng(1), size);
    std::set<std::string> theirs;
    for (Parameter* p : generator.parameters()) {
      const Shape shape = p->value.shape();
      const std::string name = "w:" + names.at(p->name);
      theirs.insert(name);
      REQUIRE(static_cast<std::int64_t>(array(name).doubles().size()) == shape.size());
      p->value = Tensor::of(ctx, shape, our_layout(array(name).doubles(), shape));
    }
    // None of the original's weights is left over.
    for (const auto& [name, values] : golden)
      CHECK((name.rfind("w:", 0) != 0 || theirs.count(name) == 1));

    const std::int64_t vertices = hierarchy.vertices(0);
    Tape tape(ctx);
    const Var embedding = tape.leaf(Tensor::of(ctx, {2, 40}, array("in_emb").doubles()));
    const Var albedo =
        tape.leaf(Tensor::of(ctx, {vertices, 2, 3}, vertex_major(array("in_tex"), 0, 3)));
    const Var projected =
        tape.leaf(Tensor::of(ctx, {vertices, 2, 4}, vertex_major(array("in_tex"), 3, 4)));
    const Var out = generator(embedding, albedo, projected);
    close(out, vertex_major(array("out"), 0, 3));

    Vars xs{embedding, albedo, projected};
    for (const Parameter* p : generator.parameters()) xs.push_back(tape.use(*p));
    const Tensor seed = Tensor::of(ctx, out.shape(), vertex_major(array("R"), 0, 3));
    const Vars grads = tape.grad(out, xs, {.seed = tape.constant(seed)});
    close(grads[0], array("gradin_emb").doubles());
    close(grads[1], vertex_major(array("gradin_tex"), 0, 3));
    close(grads[2], vertex_major(array("gradin_tex"), 3, 4));
    std::size_t next = 3;
    for (const Parameter* p : generator.parameters()) {
      CAPTURE(p->name);
      close(grads[next++], our_layout(array("g:" + names.at(p->name)).doubles(), p->value.shape()));
    }
  }
}

TEST_CASE("the generator's parameters have unique names and one seed gives one network") {
  const Context ctx;
  const GraphHierarchy hierarchy = small_hierarchy(ctx);
  Generator a(ctx, hierarchy, 10, Rng(7)), b(ctx, hierarchy, 10, Rng(7)),
      c(ctx, hierarchy, 10, Rng(8));
  std::set<std::string> names;
  const auto pa = a.parameters(), pb = b.parameters(), pc = c.parameters();
  bool differs = false;
  for (std::size_t i = 0; i < pa.size(); ++i) {
    CHECK(names.insert(pa[i]->name).second);
    CHECK(pa[i]->value.to_host() == pb[i]->value.to_host());
    differs = differs || pa[i]->value.to_host() != pc[i]->value.to_host();
  }
  CHECK(differs);
}

/// The generator's output, then its gradients by all inputs and parameters.
std::vector<std::vector<double>> step(const Context& ctx) {
  Rng rng(5);
  Generator generator(ctx, small_hierarchy(ctx), 10, Rng(7), {.bottleneck = 24});
  Tape tape(ctx);
  const auto leaf = [&](const Shape& shape) {
    return tape.leaf(test::uniform(shape, rng).to(ctx));
  };
  Vars xs{leaf({2, 10}), leaf({32, 2, 3}), leaf({32, 2, 4})};
  const Var out = generator(xs[0], xs[1], xs[2]);
  for (const Parameter* p : generator.parameters()) xs.push_back(tape.use(*p));
  const Tensor seed = test::uniform(out.shape(), rng).to(ctx);
  std::vector<std::vector<double>> all{test::to_double(out.value())};
  for (const Var& grad : tape.grad(out, xs, {.seed = tape.constant(seed)}))
    all.push_back(test::to_double(grad.value()));
  return all;
}

TEST_CASE("the generator gives on every device what it gives on the CPU") {
  const std::vector<std::vector<double>> expected = step(Context());
  test::on_every_backend([&](const Context& ctx) {
    const std::vector<std::vector<double>> actual = step(ctx);
    REQUIRE(actual.size() == expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      CAPTURE(i);
      CHECK(test::relative_error(actual[i], expected[i]) <= kBound);
    }
  });
}

TEST_CASE("the generator's gradient is that of its values, and it checks its input") {
  const Context ctx;
  Rng rng(3);
  const Generator generator(ctx, small_hierarchy(ctx), 10, Rng(7));
  const auto f = [&](const Vars& v) { return generator(v[0], v[1], v[2]); };
  test::check_grad(f, {test::uniform({2, 10}, rng), test::uniform({32, 2, 3}, rng),
                       test::uniform({32, 2, 4}, rng)});
  Tape tape(ctx);
  const auto constant = [&](const Shape& shape) {
    return tape.constant(Tensor::zeros(ctx, shape));
  };
  CHECK_THROWS_WITH_AS(generator(constant({2, 9}), constant({32, 2, 3}), constant({32, 2, 4})),
                       doctest::Contains("the embedding is [2, 9], expected [N, 10]"), Error);
  CHECK_THROWS_WITH_AS(generator(constant({2, 10}), constant({32, 1, 3}), constant({32, 2, 4})),
                       doctest::Contains("the albedo is [32, 1, 3]"), Error);
  CHECK_THROWS_WITH_AS(generator(constant({2, 10}), constant({32, 2, 3}), constant({31, 2, 4})),
                       doctest::Contains("the projected colors are [31, 2, 4]"), Error);
}

}  // namespace
}  // namespace fgcn
