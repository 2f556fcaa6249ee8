#include "io/mesh/weld.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace fgcn::mesh {

namespace {

struct Item {
  Vec3 at;
  std::int32_t index;
};

std::size_t bucket_of(const Vec3& p, std::size_t buckets) {
  std::uint64_t hash = 0;
  for (const double x : p) {
    hash = (hash ^ std::bit_cast<std::uint64_t>(x + 0.0)) * 0x9e3779b97f4a7c15U;  // -0 + 0 is 0
    hash ^= hash >> 29;
  }
  return static_cast<std::size_t>((hash ^ (hash >> 32)) % buckets);
}

}  // namespace

// Buckets fit into the cache, and each is sorted: no file can be made that takes long.
Welded weld(std::span<const Vec3> points) {
  const auto count = static_cast<std::int64_t>(points.size());
  const std::size_t buckets = points.size() / 512 + 1;
  std::vector<std::int64_t> begin(buckets + 1, 0);
  for (const Vec3& p : points) ++begin[bucket_of(p, buckets) + 1];
  for (std::size_t b = 0; b < buckets; ++b) begin[b + 1] += begin[b];
  std::vector<Item> items(points.size());
  std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
  for (std::int64_t i = 0; i < count; ++i)
    items[static_cast<std::size_t>(next[bucket_of(points[i], buckets)]++)] = {
        points[i], static_cast<std::int32_t>(i)};
  std::vector<std::int32_t> first(points.size());  // the first index of the same place
#pragma omp parallel for schedule(dynamic, 64)
  for (std::size_t b = 0; b < buckets; ++b) {
    const auto from = items.begin() + begin[b], to = items.begin() + begin[b + 1];
    std::sort(from, to, [](const Item& x, const Item& y) {
      return x.at != y.at ? x.at < y.at : x.index < y.index;
    });
    for (auto item = from; item != to; ++item) {
      const bool same = item != from && item->at == (item - 1)->at;
      first[static_cast<std::size_t>(item->index)] =
          same ? first[static_cast<std::size_t>((item - 1)->index)] : item->index;
    }
  }
  Welded out;
  out.place.resize(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (first[i] == static_cast<std::int32_t>(i)) {
      out.place[i] = static_cast<std::int32_t>(out.points.size());
      out.points.push_back(points[i]);
    } else {
      out.place[i] = out.place[static_cast<std::size_t>(first[i])];
    }
  }
  return out;
}

}  // namespace fgcn::mesh
