// The hierarchy of the Basel Face Model's front, 35,709 vertices: built, kept, read again.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <vector>

#include "io/temporary_folder.h"
#include "mesh/face/morphable/morphable_import.h"
#include "mesh/hierarchy.h"
#include "tests/mesh/shapes.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {

TEST_CASE("hierarchy: of the 35,709 vertices it is built, and read from the cache as it was") {
  const auto file = test::shared_data("golden/bfm_standin/BFM_model_front.mat");
  if (!file) return;
  BfmOptions options;
  options.counts = {1, 1, 1};
  const TriangleMesh mesh =
      mean_mesh(import_bfm(std::vector<std::filesystem::path>{*file}, options).model);
  const TemporaryFolder cache;
  const auto timed = [&] {
    const auto begin = std::chrono::steady_clock::now();
    Hierarchy out = load_or_build_hierarchy(mesh, {}, cache.path());
    MESSAGE(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), " s");
    return out;
  };
  const Hierarchy built = timed();
  REQUIRE(built.levels.size() == 5);
  std::int64_t expected = 35709;
  for (const Level& level : built.levels) {
    CHECK(level.vertices() == expected);
    expected = (expected + 3) / 4;
  }
  const Hierarchy read = timed();
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(read.levels[i].source == built.levels[i].source);
    CHECK(test::same(read.levels[i].laplacian, built.levels[i].laplacian));
    if (i == 4) continue;
    CHECK(test::same(read.down[i], built.down[i]));
    CHECK(test::same(read.up[i], built.up[i]));
  }
}

}  // namespace fgcn::mesh
