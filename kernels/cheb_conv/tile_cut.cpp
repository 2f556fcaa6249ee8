#include "kernels/cheb_conv/tile_cut.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fgcn {
namespace {

using Rows = std::vector<std::int32_t>;

constexpr std::int32_t kFar = -1;  // not reached
constexpr std::int32_t kNear = 0;

class Cutter {
 public:
  Cutter(const Csr& a, const TileLimits& limits)
      : a_(a),
        limits_(limits),
        part_(static_cast<std::size_t>(a.rows), 0),
        distance_(static_cast<std::size_t>(a.rows), kFar) {}

  /// In parts of about `target` rows, and smaller ones where these do not fit. Empty when one row
  /// alone does not.
  std::vector<Tile> run(std::int64_t target) {
    tiles_.clear();
    std::fill(part_.begin(), part_.end(), 0);
    parts_ = 1;
    fits_ = true;
    local_ = 0;
    Rows all(static_cast<std::size_t>(a_.rows));
    std::iota(all.begin(), all.end(), 0);
    split(all, (a_.rows + target - 1) / target);
    if (!fits_) tiles_.clear();
    return std::move(tiles_);
  }
  /// Rows of all tiles of the last run.
  std::int64_t local() const { return local_; }

 private:
  /// The rows of `rows`, which are one part, from `start` outward; their distances are set. What
  /// is not connected with it follows, as far away as what was reached last.
  Rows outward(const Rows& rows, std::int32_t start) {
    const std::int32_t part = part_[start];
    for (const std::int32_t r : rows) distance_[r] = kFar;
    Rows order;
    std::size_t next = 0;
    const auto reach = [&](std::int32_t row, std::int32_t distance) {
      if (part_[row] != part || distance_[row] != kFar) return;
      distance_[row] = distance;
      order.push_back(row);
    };
    const auto spread = [&] {
      for (; next < order.size(); ++next)
        for (std::int32_t e = a_.row_begin[order[next]]; e < a_.row_begin[order[next] + 1]; ++e)
          reach(a_.col[e], distance_[order[next]] + 1);
    };
    reach(start, 0);
    spread();
    for (const std::int32_t r : rows) {
      if (order.size() == rows.size()) break;
      reach(r, distance_[order.back()]);
      spread();
    }
    return order;
  }

  void split(const Rows& rows, std::int64_t into) {
    if (!fits_ || rows.empty()) return;
    if (into <= 1) {
      Tile tile = surroundings(rows);
      if (tile.own() <= limits_.own && tile.local() <= limits_.local) {
        local_ += tile.local();
        fits_ = static_cast<double>(local_) <= limits_.overlap * static_cast<double>(a_.rows);
        tiles_.push_back(std::move(tile));
        return;
      }
      into = 2;
      if (rows.size() == 1) {
        fits_ = false;
        return;
      }
    }
    const std::int64_t left = into / 2;
    const auto [first, second] = halves(
        rows, std::max<std::int64_t>(1, static_cast<std::int64_t>(rows.size()) * left / into));
    for (const std::int32_t r : second) part_[r] = parts_;
    ++parts_;
    split(first, left);
    split(second, into - left);
  }

  /// Distances within the part from `start`, in the order of `rows`; the farthest row.
  std::int32_t distances(const Rows& rows, std::int32_t start, Rows& out) {
    const std::int32_t farthest = outward(rows, start).back();
    out.clear();
    for (const std::int32_t r : rows) out.push_back(distance_[r]);
    return farthest;
  }

  /// The `count` rows on one side of the part, and the rest: across, or along, one of two lines
  /// between far ends, whichever cuts the fewest entries.
  std::pair<Rows, Rows> halves(const Rows& rows, std::int64_t count) {
    Rows a, b, c, d;
    const std::int32_t a_end = distances(rows, rows.front(), a);
    distances(rows, distances(rows, a_end, a), b);
    std::size_t aside = 0;  // far from both
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (std::min(a[i], b[i]) > std::min(a[aside], b[aside])) aside = i;
    distances(rows, distances(rows, rows[aside], c), d);
    std::vector<std::pair<std::int32_t, std::int32_t>> by_side(rows.size());
    std::pair<Rows, Rows> best;
    std::int64_t fewest = a_.nnz() + 1;
    for (int line = 0; line < 4; ++line) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::int32_t one = a[i] - b[i], other = c[i] - d[i];
        by_side[i] = {line == 0   ? one
                      : line == 1 ? other
                      : line == 2 ? one + other
                                  : one - other,
                      rows[i]};
      }
      std::sort(by_side.begin(), by_side.end());
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(rows.size()); ++i)
        distance_[by_side[i].second] = i < count ? kNear : kFar;
      std::int64_t cut = 0;
      for (const std::int32_t r : rows)
        for (std::int32_t e = a_.row_begin[r]; e < a_.row_begin[r + 1]; ++e)
          cut += part_[a_.col[e]] == part_[r] && distance_[a_.col[e]] != distance_[r] ? 1 : 0;
      if (cut >= fewest) continue;
      fewest = cut;
      best = {};
      for (const std::int32_t r : rows)
        (distance_[r] == kNear ? best.first : best.second).push_back(r);
    }
    return best;
  }

  Tile surroundings(const Rows& own) {
    Tile tile;
    tile.row = own;
    tile.end.push_back(static_cast<std::int32_t>(own.size()));
    for (const std::int32_t r : own) distance_[r] = kInTile;
    std::size_t begin = 0;
    for (std::int64_t d = 0; d < limits_.rings; ++d) {
      const std::size_t end = tile.row.size();
      for (std::size_t i = begin; i < end; ++i)
        for (std::int32_t e = a_.row_begin[tile.row[i]]; e < a_.row_begin[tile.row[i] + 1]; ++e) {
          if (distance_[a_.col[e]] == kInTile) continue;
          distance_[a_.col[e]] = kInTile;
          tile.row.push_back(a_.col[e]);
        }
      std::sort(tile.row.begin() + static_cast<std::ptrdiff_t>(end), tile.row.end());
      tile.end.push_back(static_cast<std::int32_t>(tile.row.size()));
      begin = end;
    }
    for (const std::int32_t r : tile.row) distance_[r] = kFar;
    return tile;
  }

  static constexpr std::int32_t kInTile = -2;

  const Csr& a_;
  const TileLimits& limits_;
  std::vector<std::int32_t> part_;      // of each row
  std::vector<std::int32_t> distance_;  // of each row, where it was set last
  std::int32_t parts_ = 1;
  std::int64_t local_ = 0;
  bool fits_ = true;
  std::vector<Tile> tiles_;
};

}  // namespace

std::vector<Tile> cut_into_tiles(const Csr& a, const TileLimits& limits) {
  FGCN_CHECK(a.rows == a.cols, "tiles: the matrix is ", a.rows, " by ", a.cols);
  FGCN_CHECK(limits.rings >= 0 && limits.own >= 1 && limits.local >= 1, "tiles: limits of ",
             limits.rings, " rings, ", limits.own, " own rows, ", limits.local, " rows");
  Cutter cutter(a, limits);
  std::vector<Tile> best;
  std::int64_t least = 0;
  // Large tiles overlap less, but one that is halved because it does not fit overlaps most.
  for (const std::int64_t eighths : {8, 7, 6, 5}) {
    std::vector<Tile> tiles = cutter.run(std::max<std::int64_t>(1, limits.own * eighths / 8));
    if (tiles.empty() || (!best.empty() && cutter.local() >= least)) continue;
    least = cutter.local();
    best = std::move(tiles);
  }
  return best;
}

}  // namespace fgcn
