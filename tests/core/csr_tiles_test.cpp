#include "kernels/cheb_conv/csr_tiles.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <queue>
#include <utility>

#include "kernels/cheb_conv/tile_cut.h"
#include "kernels/core/rng.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

Csr star(std::int32_t leaves) {
  std::vector<Triplet> entries;
  for (std::int32_t leaf = 1; leaf <= leaves; ++leaf) {
    entries.push_back({0, leaf, 0.25});
    entries.push_back({leaf, 0, 0.25});
  }
  return csr_from_triplets(leaves + 1, leaves + 1, std::move(entries));
}

/// A lattice, another one that is not connected with it, and some rows without entries.
Csr islands(Rng& rng) {
  std::vector<Triplet> entries;
  std::int32_t first = 0;
  for (const std::int32_t size : {17, 9}) {
    const Csr part = test::random_lattice(size, rng);
    for (std::int32_t r = 0; r < part.rows; ++r)
      for (std::int32_t e = part.row_begin[r]; e < part.row_begin[r + 1]; ++e)
        entries.push_back({first + r, first + part.col[e], part.value[e]});
    first += size * size;
  }
  for (std::int32_t r = first; r < first + 5; ++r) entries.push_back({r, r, 0.5});
  return csr_from_triplets(first + 11, first + 11, std::move(entries));
}

/// Steps to the nearest of some rows; -1 where there is no way.
std::vector<int> steps_from(const Csr& a, const std::vector<std::int32_t>& rows) {
  std::vector<int> steps(static_cast<std::size_t>(a.rows), -1);
  std::queue<std::int32_t> next;
  for (const std::int32_t r : rows) {
    steps[r] = 0;
    next.push(r);
  }
  for (; !next.empty(); next.pop())
    for (std::int32_t e = a.row_begin[next.front()]; e < a.row_begin[next.front() + 1]; ++e) {
      if (steps[a.col[e]] >= 0) continue;
      steps[a.col[e]] = steps[next.front()] + 1;
      next.push(a.col[e]);
    }
  return steps;
}

struct Case {
  const char* name;
  Csr a;
  TileLimits limits;
};

std::vector<Case> cases() {
  Rng rng(5);
  std::vector<Case> out;
  out.push_back({"one row", csr_from_triplets(1, 1, {}), {.rings = 5, .own = 8, .local = 8}});
  out.push_back({"no rings", islands(rng), {.rings = 0, .own = 20, .local = 20}});
  out.push_back({"one ring", islands(rng), {.rings = 1, .own = 20, .local = 60, .overlap = 6}});
  out.push_back({"five rings",
                 test::random_lattice(40, rng),
                 {.rings = 5, .own = 192, .local = 640, .overlap = 6}});
  out.push_back({"halved once more where it does not fit",
                 test::random_lattice(40, rng),
                 {.rings = 3, .own = 150, .local = 250, .overlap = 6}});
  out.push_back({"no mesh, but small",
                 test::random_laplacian(60, 2, rng),
                 {.rings = 2, .own = 30, .local = 60, .overlap = 6}});
  return out;
}

TEST_CASE("every row is an own row of one tile, and rings hold all that products read") {
  for (const Case& k : cases()) {
    CAPTURE(k.name);
    const std::vector<Tile> tiles = cut_into_tiles(k.a, k.limits);
    REQUIRE(!tiles.empty());
    std::vector<int> owners(static_cast<std::size_t>(k.a.rows), 0);
    std::int64_t local = 0;
    for (const Tile& tile : tiles) {
      REQUIRE(static_cast<std::int64_t>(tile.end.size()) == k.limits.rings + 1);
      REQUIRE(tile.local() == static_cast<std::int64_t>(tile.row.size()));
      CHECK(tile.own() >= 1);
      CHECK(tile.own() <= k.limits.own);
      CHECK(tile.local() <= k.limits.local);
      local += tile.local();
      for (std::int64_t i = 0; i < tile.own(); ++i) ++owners[tile.row[i]];
      const std::vector<int> steps =
          steps_from(k.a, {tile.row.begin(), tile.row.begin() + tile.own()});
      for (std::int64_t d = 0; d <= k.limits.rings; ++d) {
        const auto within =
            std::count_if(steps.begin(), steps.end(), [&](int s) { return s >= 0 && s <= d; });
        CHECK(tile.end[d] == within);
        for (std::int64_t i = d == 0 ? 0 : tile.end[d - 1]; i < tile.end[d]; ++i)
          CHECK(steps[tile.row[i]] == d);
      }
    }
    CHECK(std::all_of(owners.begin(), owners.end(), [](int n) { return n == 1; }));
    CHECK(static_cast<double>(local) <= k.limits.overlap * static_cast<double>(k.a.rows));
  }
}

TEST_CASE("what is no mesh is not cut") {
  // Each leaf of a star is two steps from every other one.
  CHECK(cut_into_tiles(star(50), {.rings = 2, .own = 10, .local = 50, .overlap = 100}).empty());
  CHECK(!cut_into_tiles(star(50), {.rings = 2, .own = 10, .local = 51, .overlap = 100}).empty());
  CHECK(cut_into_tiles(star(50), {.rings = 2, .own = 10, .local = 51, .overlap = 4}).empty());
  CHECK(!cut_into_tiles(star(50), {.rings = 0, .own = 10, .local = 10}).empty());
}

TEST_CASE("tiles as arrays hold the entries of the matrix") {
  for (const Case& k : cases()) {
    CAPTURE(k.name);
    const std::vector<Tile> tiles = cut_into_tiles(k.a, k.limits);
    CsrTileArrays arrays;
    REQUIRE(arrange(k.a, tiles, arrays));
    constexpr int kSliceRows = CsrTilesView::kSliceRows;
    std::map<std::uint32_t, std::int32_t> row_at;  // by its place in shared memory
    for (std::int32_t r = 0; r < k.limits.local; ++r)
      CHECK(row_at.emplace(CsrTilesView::place(static_cast<std::uint32_t>(r)), r).second);
    std::size_t wrong = 0;
    for (std::size_t t = 0; t < tiles.size(); ++t) {
      const std::int32_t* tile = &arrays.tile[t * (k.limits.rings + 3)];
      CHECK(std::equal(tiles[t].end.begin(), tiles[t].end.end(), tile + 2));
      const std::int32_t* row = arrays.row.data() + tile[0];
      // Rings keep their rows.
      for (std::size_t d = 0; d < tiles[t].end.size(); ++d) {
        const std::int32_t begin = d == 0 ? 0 : tiles[t].end[d - 1];
        std::vector<std::int32_t> ring(row + begin, row + tiles[t].end[d]);
        std::sort(ring.begin(), ring.end());
        CHECK(std::equal(ring.begin(), ring.end(), tiles[t].row.begin() + begin));
      }
      const std::int32_t with_entries = k.limits.rings == 0 ? 0 : tiles[t].end[k.limits.rings - 1];
      for (std::int32_t i = 0; i < with_entries; ++i) {
        const std::uint32_t slice = arrays.slice[tile[1] + i / kSliceRows];
        std::map<std::int32_t, double> entries;
        for (std::uint32_t p = 0; p < (slice & 0xff); ++p) {
          const std::size_t at =
              ((slice >> CsrTilesView::kPairBits) + p) * kSliceRows + i % kSliceRows;
          for (const int half : {0, 1}) {
            const double value = arrays.value[2 * at + half];
            const std::int32_t local = row_at.at(arrays.column[at] >> (16 * half) & 0xffff);
            REQUIRE(local < tiles[t].local());
            if (value != 0) wrong += entries.emplace(row[local], value).second ? 0 : 1;
          }
        }
        std::map<std::int32_t, double> expected;
        for (std::int32_t e = k.a.row_begin[row[i]]; e < k.a.row_begin[row[i] + 1]; ++e)
          expected.emplace(k.a.col[e], static_cast<real>(k.a.value[e]));
        wrong += entries == expected ? 0 : 1;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("neighbouring rows of a lattice read different banks nearly always") {
  Rng rng(6);
  const Csr a = test::random_lattice(60, rng);
  CsrTileArrays arrays;
  REQUIRE(
      arrange(a, cut_into_tiles(a, {.rings = 5, .own = 192, .local = 640, .overlap = 6}), arrays));
  std::size_t reads = 0, conflicts = 0;
  for (std::size_t i = 0; i < arrays.column.size(); i += 2)
    for (const int shift : {0, 16}) {
      // All four pieces of rows r and r + 1 are read at once: one bank serves two if both are even.
      const std::uint32_t one = arrays.column[i] >> shift & 0xffff;
      const std::uint32_t two = arrays.column[i + 1] >> shift & 0xffff;
      ++reads;
      conflicts += one != two && one / 64 % 2 == two / 64 % 2 ? 1 : 0;
    }
  CHECK(static_cast<double>(conflicts) <= 0.1 * static_cast<double>(reads));
}

TEST_CASE("tiles are made once for a number of rings, and only where they fit") {
  const Context ctx;
  Rng rng(7);
  const CsrTiles lattice(test::random_lattice(40, rng));
  const CsrTilesView* first = lattice.find(ctx, 5);
  REQUIRE(first != nullptr);
  CHECK(first == lattice.find(ctx, 5));
  CHECK(first->rings == 5);
  CHECK(first->most_own <= CsrTiles::kMostOwn);
  CHECK(first->most_local <= CsrTiles::kMostLocal);
  CHECK(lattice.find(ctx, 0)->tiles == 9);  // 1,600 rows of up to 192
  CHECK(lattice.find(ctx, 25) == nullptr);
  const CsrTiles hub(star(CsrTiles::kMostLocal));
  CHECK(hub.find(ctx, 1) == nullptr);
  CHECK(hub.find(ctx, 1) == nullptr);
  CHECK(hub.find(ctx, 0) != nullptr);
  CHECK_THROWS_WITH_AS(lattice.find(Context(), 5), doctest::Contains("another device"), Error);
}

}  // namespace
}  // namespace fgcn
