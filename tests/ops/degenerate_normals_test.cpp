// Which vertices have a normal: none where rounding alone would make it, at any size and place.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "autograd/ops/vertex_normals.h"
#include "kernels/vertex_normals/vertex_normals.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using Point = std::array<double, 3>;

constexpr double kEps = std::numeric_limits<real>::epsilon();
constexpr double kSizes[] = {1e-28, 1e-20, 1e-8, 1, 1e5, 1e18, 1e30};

Point along(const Point& a, double t, const Point& d) {
  return {a[0] + t * d[0], a[1] + t * d[1], a[2] + t * d[2]};
}
Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Point unit(const Point& a) {
  const double length = std::hypot(a[0], a[1], a[2]);
  return {a[0] / length, a[1] / length, a[2] / length};
}
Point random_point(Rng& rng, double size) {
  return {rng.uniform(-size, size), rng.uniform(-size, size), rng.uniform(-size, size)};
}

/// A mesh in one piece of memory: here mostly triangles that share nothing.
struct Soup {
  std::vector<double> x;
  std::vector<std::int32_t> triangles;

  std::int32_t vertex(const Point& p) {
    x.insert(x.end(), p.begin(), p.end());
    return static_cast<std::int32_t>(vertices()) - 1;
  }
  void triangle(const Point& a, const Point& b, const Point& c) {
    for (const Point& p : {a, b, c}) triangles.push_back(vertex(p));
  }
  std::int64_t vertices() const { return static_cast<std::int64_t>(x.size() / 3); }
  Tensor positions(const Context& ctx) const { return Tensor::of(ctx, {1, vertices(), 3}, x); }
  Triangles mesh(const Context& ctx) const { return {ctx, vertices(), triangles}; }
};

std::vector<double> normals(const Context& ctx, const Soup& soup) {
  const Triangles mesh = soup.mesh(ctx);
  const Tensor x = soup.positions(ctx);
  Tensor y = test::poisoned(ctx, x.shape());
  kernels::vertex_normals(ctx, mesh.index().view(), mesh.corners(soup.vertices()), x.view(),
                          y.view());
  return test::to_double(y);
}

/// By the vertices, from a random cotangent.
std::vector<double> gradient(const Context& ctx, const Soup& soup) {
  const Triangles mesh = soup.mesh(ctx);
  const Tensor x = soup.positions(ctx);
  Rng rng(7);
  const Tensor grad_y = test::uniform(x.shape(), rng).to(ctx);
  Tensor sum = test::poisoned(ctx, x.shape()), grad_x = test::poisoned(ctx, x.shape());
  kernels::vertex_normals_adjoint(ctx, mesh.index().view(), mesh.corners(soup.vertices()), x.view(),
                                  grad_y.view(), sum.view(), grad_x.view());
  return test::to_double(grad_x);
}

std::int64_t not_zero(const std::vector<double>& values) {
  return std::count_if(values.begin(), values.end(), [](double v) { return !(v == 0); });
}

/// Triangles without an area, of one size and with corners about `away` from the origin.
void add_degenerate(Soup& soup, double size, double away, Rng& rng) {
  const Point at = random_point(rng, away);
  const Point a = along(at, 1, random_point(rng, size)), d = random_point(rng, size);
  const Point b = along(a, 1, d);
  soup.triangle(a, a, b);
  soup.triangle(a, b, a);
  soup.triangle(b, a, a);
  soup.triangle(a, a, a);
  // On a line, each point rounded to real; and the third computed in real from the others.
  const double t = rng.uniform(-2, 2);
  soup.triangle(a, along(a, t, d), b);
  soup.triangle(along(a, t, d), b, a);
  Point between{};
  for (int c = 0; c < 3; ++c) {
    const real from = static_cast<real>(a[c]), to = static_cast<real>(b[c]);
    between[c] = from + static_cast<real>(t) * (to - from);
  }
  soup.triangle(a, b, between);
  // A fan of needles on one line, all around one vertex.
  const std::int32_t first = soup.vertex(a);
  std::int32_t before = soup.vertex(b);
  for (int i = 0; i < 5; ++i) {
    const std::int32_t next = soup.vertex(along(a, rng.uniform(-1, 1), d));
    soup.triangles.insert(soup.triangles.end(), {first, before, next});
    before = next;
  }
  // Two healthy triangles that cancel each other, from corners in other turns.
  const std::int32_t v[] = {soup.vertex(a), soup.vertex(b),
                            soup.vertex(along(a, 1, random_point(rng, size)))};
  soup.triangles.insert(soup.triangles.end(), {v[0], v[1], v[2], v[2], v[1], v[0]});
  soup.triangles.insert(soup.triangles.end(), {v[1], v[2], v[0], v[0], v[2], v[1]});
}

TEST_CASE("a vertex of degenerate triangles has no normal and no gradient, wherever it lies") {
  for (const double size : kSizes) {
    CAPTURE(size);
    Rng rng(1);
    Soup soup;
    for (const double away : {0.0, 1.0, 30.0, 1e3, 1e5})
      for (int i = 0; i < 30; ++i) add_degenerate(soup, size, away * size, rng);
    // Whole numbers on a line: exactly so, and the products are exact too.
    soup.triangle({1, 2, 3}, {3, 5, 2}, {7, 11, 0});
    test::on_every_backend([&](const Context& ctx) {
      CHECK(not_zero(normals(ctx, soup)) == 0);
      CHECK(not_zero(gradient(ctx, soup)) == 0);
    });
  }
}

/// A triangle `size` long whose height is `aspect` of that, turned at random.
void add_sliver(Soup& soup, double size, double aspect, double away, Rng& rng) {
  const Point a = along(random_point(rng, away), 1, random_point(rng, size));
  const Point d = unit(random_point(rng, 1));
  const Point up = unit(cross(d, random_point(rng, 1)));
  const Point foot = along(a, size * rng.uniform(0.2, 0.8), d);
  soup.triangle(a, along(a, size, d), along(foot, size * aspect, up));
}

TEST_CASE("a healthy triangle of any size has its normal, slivers too") {
  for (const double size : kSizes) {
    for (const double aspect : {1.0, 1e-2, 1e-3, 1e-4}) {
      CAPTURE(size);
      CAPTURE(aspect);
      Rng rng(2);
      Soup soup;
      for (int i = 0; i < 100; ++i) add_sliver(soup, size, aspect, aspect > 1e-3 ? size : 0, rng);
      // By double from the positions as real has them, in units of the size.
      const std::vector<double> x = test::to_double(soup.positions(Context()));
      const double bound = 16 * kEps / aspect;
      test::on_every_backend([&](const Context& ctx) {
        const std::vector<double> y = normals(ctx, soup);
        double worst = 0;
        for (std::size_t f = 0; f < x.size(); f += 9) {
          Point u{}, w{};
          for (int c = 0; c < 3; ++c) {
            u[c] = (x[f + c] - x[f + 3 + c]) / size;
            w[c] = (x[f + 3 + c] - x[f + 6 + c]) / size;
          }
          const Point n = unit(cross(u, w));
          for (int i = 0; i < 9; ++i) {
            const double error = std::abs(y[f + i] - n[i % 3]);
            worst = error <= worst ? worst : error;  // NaN stays
          }
        }
        CHECK(worst <= bound + 4 * kEps);
      });
    }
  }
}

TEST_CASE("the normal of a healthy triangle does not depend on the unit, bit by bit") {
  Rng rng(3);
  std::vector<std::vector<double>> first;
  Soup soup;
  for (int i = 0; i < 50; ++i) add_sliver(soup, 1, 1e-3, 1, rng);
  for (const double unit_of_length : {1.0, std::ldexp(1.0, -70), std::ldexp(1.0, 90)}) {
    Soup scaled = soup;
    scaled.x = test::to_double(soup.positions(Context()));
    for (double& v : scaled.x) v *= unit_of_length;
    const std::vector<double> y = normals(Context(), scaled);
    if (first.empty()) first.push_back(y);
    CHECK(y == first[0]);
  }
}

// Every backend has to draw the line in one place, else a CPU and a GPU give one face different
// normals.
TEST_CASE("near the threshold every backend decides as the CPU does") {
  Rng rng(4);
  Soup soup;
  std::vector<double> height;  // in eps of the largest coordinate, of each triangle
  for (int i = 0; i < 3000; ++i) {
    height.push_back(rng.uniform(0, 60));
    add_sliver(soup, 1, height.back() * kEps, 0, rng);
  }
  std::vector<double> first;
  test::on_every_backend([&](const Context& ctx) {
    const std::vector<double> y = normals(ctx, soup);
    if (first.empty()) first = y;
    std::int64_t others = 0, without = 0, wrong = 0;
    for (std::size_t f = 0; f < height.size(); ++f) {
      bool zero = true, is_first = true;
      for (std::size_t i = 9 * f; i < 9 * f + 9; ++i) {
        zero = zero && y[i] == 0;
        is_first = is_first && (y[i] == 0) == (first[i] == 0);
      }
      others += is_first ? 0 : 1;
      without += zero ? 1 : 0;
      if (height[f] < 1 && !zero) ++wrong;
      if (height[f] > 50 && zero) ++wrong;
    }
    CHECK(others == 0);
    CHECK(wrong == 0);
    CHECK(without > 300);
    CHECK(without < 2700);
  });
}

TEST_CASE("a needle beside healthy triangles takes nobody's normal; not-a-number is not hidden") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Soup soup;
  const std::int32_t a = soup.vertex({0, 0, 0}), b = soup.vertex({1, 0, 0}),
                     c = soup.vertex({0, 1, 0}), on = soup.vertex({0.3, 0, 0}),
                     far = soup.vertex({-2, 0, 0});
  soup.triangles = {a, b, c, a, on, b, a, far, on};
  soup.triangle({5, 0, 0}, {6, nan, 0}, {5, 1, 0});
  test::on_every_backend([&](const Context& ctx) {
    const std::vector<double> y = normals(ctx, soup);
    const std::vector<double> grad = gradient(ctx, soup);
    for (const std::int32_t v : {a, b, c}) CHECK(y[3 * v + 2] == 1);
    for (const std::int32_t v : {on, far})
      for (int i = 0; i < 3; ++i) CHECK(y[3 * v + i] == 0);
    for (std::size_t i = 15; i < y.size(); ++i) CHECK(std::isnan(y[i]));
    for (std::size_t i = 0; i < 15; ++i) CHECK(std::isfinite(grad[i]));
    CHECK(not_zero({grad.begin(), grad.begin() + 9}) > 0);
  });
}

}  // namespace
}  // namespace fgcn
