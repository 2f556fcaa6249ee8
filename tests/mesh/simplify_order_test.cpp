// The order of the careful rule's collapses, against the rule written down plainly.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <vector>

#include "io/mesh/vec3.h"
#include "kernels/core/rng.h"
#include "mesh/quadric.h"
#include "mesh/simplify.h"
#include "mesh/staged_queue.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

/// The careful rule without a queue of its own, stamps or adjacency: every direction of every edge
/// waits in a set, and what is around a vertex is looked for among all triangles.
class PlainCollapse {
 public:
  explicit PlainCollapse(const TriangleMesh& mesh)
      : position_(mesh.vertices),
        quadric_(mesh.vertices.size()),
        area_(mesh.vertices.size(), 0.0),
        present_(mesh.vertices.size(), 1) {
    for (const Triangle& t : mesh.triangles)
      if (t[0] != t[1] && t[1] != t[2] && t[2] != t[0]) triangles_.push_back(t);
    for (const Triangle& t : triangles_) {
      const Vec3 normal = area_normal(t);
      const double area = 0.5 * norm(normal);
      const Vec3 n = normalised(normal);
      for (int k = 0; k < 3; ++k) {
        const std::int32_t a = t[k], b = t[(k + 1) % 3];
        quadric_[a] = quadric_[a] + Quadric::plane(n, -dot(n, position_[a]), area);
        area_[a] += area;
        if (ring(a).count(b) != 1) continue;
        const Vec3 upright = normalised(cross(position_[b] - position_[a], n));
        const Quadric q = Quadric::plane(upright, -dot(upright, position_[a]), 10.0 * area);
        quadric_[a] = quadric_[a] + q;
        quadric_[b] = quadric_[b] + q;
      }
    }
  }

  Simplified run(std::int64_t wanted) {
    drop_isolated(wanted);
    for (const auto& [turn, shape] : {std::pair(0.5, 0.1), {0.1, 0.02}, {-2.0, 0.0}, {0.0, -1.0}}) {
      std::set<Way> waiting, refused;
      for (std::int32_t v = 0; v < vertices(); ++v) wait(waiting, v);
      for (bool changed = true; changed; waiting.swap(refused)) {
        changed = false;
        while (left() > wanted && !waiting.empty()) {
          const Way way = *waiting.begin();
          waiting.erase(waiting.begin());
          const auto [cost, gone, stays] = way;
          if (!allowed(gone, stays, turn, shape)) {
            refused.insert(way);
            continue;
          }
          changed = true;
          collapse(gone, stays);
          for (std::set<Way>* ways : {&waiting, &refused})
            std::erase_if(*ways, [g = gone, s = stays](const Way& w) {
              const auto [c, from, to] = w;
              return from == g || from == s || to == g || to == s;
            });
          wait(waiting, stays);
        }
      }
      drop_isolated(wanted);
    }
    Simplified out;
    std::vector<std::int32_t> place(position_.size());
    for (std::int32_t v = 0; v < vertices(); ++v) {
      place[v] = static_cast<std::int32_t>(out.kept.size());
      if (present_[v] != 0) out.kept.push_back(v);
    }
    for (const Triangle& t : triangles_)
      out.triangles.push_back({place[t[0]], place[t[1]], place[t[2]]});
    return out;
  }

 private:
  using Way = std::tuple<double, std::int32_t, std::int32_t>;  // cost, gone, stays

  std::int32_t vertices() const { return static_cast<std::int32_t>(position_.size()); }
  std::int64_t left() const { return std::count(present_.begin(), present_.end(), 1); }
  Vec3 area_normal(const Triangle& t) const {
    return cross(position_[t[1]] - position_[t[0]], position_[t[2]] - position_[t[0]]);
  }
  std::multiset<std::int32_t> ring(std::int32_t v) const {
    std::multiset<std::int32_t> out;
    for (const Triangle& t : triangles_)
      if (std::find(t.begin(), t.end(), v) != t.end())
        for (const std::int32_t w : t)
          if (w != v) out.insert(w);
    return out;
  }
  void wait(std::set<Way>& ways, std::int32_t v) const {
    for (const std::int32_t w : ring(v)) {
      for (const auto& [gone, stays] : {std::pair(v, w), {w, v}}) {
        const Quadric sum = quadric_[gone] + quadric_[stays];
        const Vec3 way = position_[stays] - position_[gone];
        ways.insert({std::max(sum(position_[stays]), 0.0) +
                         1e-3 * (area_[gone] + area_[stays]) * dot(way, way),
                     gone, stays});
      }
    }
  }

  bool allowed(std::int32_t gone, std::int32_t stays, double turn, double shape) const {
    if (shape < 0) return true;
    const std::multiset<std::int32_t> a = ring(gone), b = ring(stays);
    const std::size_t both = a.count(stays);
    const auto border = [](const std::multiset<std::int32_t>& around) {
      return std::any_of(around.begin(), around.end(),
                         [&](std::int32_t v) { return around.count(v) == 1; });
    };
    const std::set<std::int32_t> once(a.begin(), a.end()), others(b.begin(), b.end());
    if (both != 1 && border(a) && border(b)) return false;
    if (a.size() == 2 && b.size() == 2) return false;
    if (both == 2 && once.size() == 3 && others.size() == 3) return false;
    if (static_cast<std::size_t>(std::count_if(once.begin(), once.end(), [&](std::int32_t v) {
          return others.count(v) != 0;
        })) != both)
      return false;
    for (Triangle t : triangles_) {
      if (std::find(t.begin(), t.end(), gone) == t.end() ||
          std::find(t.begin(), t.end(), stays) != t.end())
        continue;
      const Vec3 before = area_normal(t);
      std::replace(t.begin(), t.end(), gone, stays);
      const Vec3 after = area_normal(t);
      double sides = 0;
      for (int k = 0; k < 3; ++k) {
        const Vec3 side = position_[t[(k + 1) % 3]] - position_[t[k]];
        sides += dot(side, side);
      }
      if (!(2 * std::sqrt(3.0) * norm(after) > shape * sides)) return false;
      if (norm(before) > 0 && !(dot(before, after) > turn * norm(before) * norm(after)))
        return false;
    }
    return true;
  }

  void collapse(std::int32_t gone, std::int32_t stays) {
    std::erase_if(triangles_, [&](const Triangle& t) {
      return std::find(t.begin(), t.end(), gone) != t.end() &&
             std::find(t.begin(), t.end(), stays) != t.end();
    });
    for (Triangle& t : triangles_) std::replace(t.begin(), t.end(), gone, stays);
    present_[gone] = 0;
    quadric_[stays] = quadric_[stays] + quadric_[gone];
    area_[stays] += area_[gone];
  }
  void drop_isolated(std::int64_t wanted) {
    for (std::int32_t v = vertices(); v-- > 0 && left() > wanted;)
      if (ring(v).empty()) present_[v] = 0;
  }

  std::vector<Vec3> position_;
  std::vector<Triangle> triangles_;
  std::vector<Quadric> quadric_;
  std::vector<double> area_;
  std::vector<std::uint8_t> present_;
};

/// Triangles between random points: sides in many triangles, pieces, points alone. Flat soups have
/// collapses that are refused at first and possible once the surface around them has changed.
TriangleMesh soup(std::uint64_t seed) {
  Rng rng(seed);
  TriangleMesh out;
  const double height = seed % 3 == 0 ? 0.0 : 1.0;
  for (int i = 0; i < 60; ++i)
    out.vertices.push_back({rng.uniform(-1, 1), rng.uniform(-1, 1), height * rng.uniform(-1, 1)});
  const auto corner = [&] { return static_cast<std::int32_t>(rng.uniform(0, 59.999)); };
  for (std::uint64_t i = 0; i < 60 * (1 + seed % 4); ++i)
    out.triangles.push_back({corner(), corner(), corner()});
  return out;
}

struct Numbered {
  double cost;
  int number;
  bool operator>(const Numbered& other) const {
    return std::tie(cost, number) > std::tie(other.cost, other.number);
  }
  bool operator<(const Numbered& other) const { return other > *this; }
};

}  // namespace

TEST_CASE("simplify: the careful rule makes the collapses of the rule written down plainly") {
  std::vector<TriangleMesh> meshes{test::torus(14, 9), test::height_field(11, 12, 0.3),
                                   test::height_field(10, 11, 3.0), test::height_field(9, 9)};
  for (Vec3& p : meshes.back().vertices) p = {std::round(6 * p[0]), std::round(4 * p[1]), 0};
  for (std::uint64_t seed = 1; seed < 13; ++seed) meshes.push_back(soup(seed));
  for (std::size_t i = 0; i < meshes.size(); ++i) {
    CAPTURE(i);
    const auto all = static_cast<std::int64_t>(meshes[i].vertices.size());
    for (const std::int64_t wanted : {all / 2, all / 4, all / 10, std::int64_t{1}}) {
      CAPTURE(wanted);
      const Simplified quick = simplify(meshes[i], wanted, CollapseRule::kCareful);
      const Simplified plain = PlainCollapse(meshes[i]).run(wanted);
      CHECK(quick.kept == plain.kept);
      CHECK(quick.triangles == plain.triangles);
    }
  }
}

TEST_CASE("simplify: coordinates whose costs overflow are simplified all the same") {
  TriangleMesh mesh = test::height_field(12, 12, 0.2);
  for (Vec3& p : mesh.vertices) p = 1e160 * p;
  CHECK(simplify(mesh, 30, CollapseRule::kCareful).kept.size() == 30);
}

TEST_CASE("StagedQueue: the order of a sorted set, whatever comes meanwhile") {
  Rng rng(5);
  StagedQueue<Numbered> queue;
  std::set<Numbered> expected;
  int number = 0;
  const auto push = [&](double cost) {
    queue.push({cost, number});
    expected.insert({cost, number++});
  };
  const auto keep_all = [](const Numbered&) { return false; };
  for (int i = 0; i < 20'000; ++i) push(std::floor(rng.uniform(0, 3000)));  // with ties
  Numbered got{};
  bool same = true;
  for (int i = 0; i < 15'000; ++i) {
    REQUIRE(queue.pop(got, keep_all));
    same = same && got.number == expected.begin()->number;
    expected.erase(expected.begin());
    if (i % 3 == 0) push(got.cost + std::floor(rng.uniform(-100, 600)));
  }
  CHECK(same);
  // The outdated may come or not; the others all come, in order.
  const auto odd = [](const Numbered& e) { return e.number % 2 == 1; };
  std::erase_if(expected, odd);
  std::vector<int> order, all;
  while (queue.pop(got, odd))
    if (!odd(got)) order.push_back(got.number);
  for (const Numbered& e : expected) all.push_back(e.number);
  CHECK(order.size() > 5000);
  CHECK(order == all);
  CHECK_FALSE(queue.pop(got, odd));
  queue.push({-1, 1});
  CHECK(queue.pop(got, keep_all));
  CHECK(got.cost == -1);
}

}  // namespace fgcn::mesh
