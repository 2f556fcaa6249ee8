#include "mesh/flatten.h"

#include <Eigen/Dense>
#include <Eigen/SparseCholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

using Matrix2 = Eigen::Matrix2d;
using Matrix4 = Eigen::Matrix<double, 4, 4>;
// In every room, whatever its instruction set (cmake/fgcn.cmake).
static_assert(alignof(Eigen::Vector4d) == 16);
using Sparse = Eigen::SparseMatrix<double>;
using Vector = Eigen::VectorXd;

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// U diag(s) V^T with rotations U and V, s[0] >= s[1] > 0; the determinant is positive.
struct Rotated {
  Matrix2 u, v;
  std::array<double, 2> s;
};

Rotated rotated(const Matrix2& f) {
  const double e = (f(0, 0) + f(1, 1)) / 2, g = (f(1, 0) - f(0, 1)) / 2;
  const double h = (f(0, 0) - f(1, 1)) / 2, k = (f(1, 0) + f(0, 1)) / 2;
  const double q = std::hypot(e, g), r = std::hypot(h, k);
  const double plus = std::atan2(g, e), minus = std::atan2(k, h);
  const double left = (plus + minus) / 2, right = (plus - minus) / 2;
  Rotated out;
  out.u << std::cos(left), -std::sin(left), std::sin(left), std::cos(left);
  out.v << std::cos(right), std::sin(right), -std::sin(right), std::cos(right);
  // The smaller one by the determinant: q - r loses digits.
  out.s = {q + r, f.determinant() / (q + r)};
  return out;
}

/// Gradient and positive Hessian of the energy by the entries of J, column after column.
struct Local {
  Eigen::Vector4d gradient;
  Matrix4 hessian;
};

Eigen::Vector4d stacked(const Matrix2& m) { return {m(0, 0), m(1, 0), m(0, 1), m(1, 1)}; }

Local local(const Matrix2& f) {
  const Rotated r = rotated(f);
  const auto [a, b] = r.s;
  const auto mode = [&](double m00, double m10, double m01, double m11) {
    Matrix2 m;
    m << m00, m01, m10, m11;
    return stacked(r.u * m * r.v.transpose());
  };
  const Eigen::Vector4d first = mode(1, 0, 0, 0), second = mode(0, 0, 0, 1);
  const Eigen::Vector4d twist = std::sqrt(0.5) * mode(0, 1, -1, 0);
  const Eigen::Vector4d flip = std::sqrt(0.5) * mode(0, 1, 1, 0);
  const double cubes = a * a * a * b * b * b;
  const double twisting = std::max(2 - 2 * (a * a - a * b + b * b) / cubes, 0.0);
  const double flipping = 2 + 2 * (a * a + a * b + b * b) / cubes;
  return {(2 * a - 2 / (a * a * a)) * first + (2 * b - 2 / (b * b * b)) * second,
          (2 + 6 / std::pow(a, 4)) * first * first.transpose() +
              (2 + 6 / std::pow(b, 4)) * second * second.transpose() +
              twisting * twist * twist.transpose() + flipping * flip * flip.transpose()};
}

Matrix2 edges(const FlatTriangle& t, const Vector& x) {
  Matrix2 out;
  for (int c = 0; c < 2; ++c)
    for (int k = 0; k < 2; ++k)
      out(c, k) = x(2 * t.corner[static_cast<std::size_t>(k) + 1] + c) - x(2 * t.corner[0] + c);
  return out;
}

/// The smallest positive t at which det(edges + t change) = 0, or infinity.
double first_flat(const Matrix2& e, const Matrix2& d) {
  const double a = d.determinant(), c = e.determinant();
  const double b = e(0, 0) * d(1, 1) + d(0, 0) * e(1, 1) - e(0, 1) * d(1, 0) - d(0, 1) * e(1, 0);
  const double never = std::numeric_limits<double>::infinity();
  const double under = b * b - 4 * a * c;
  if (under < 0) return never;
  // c > 0; the stable form has both roots' signs.
  const double q = -0.5 * (b + std::copysign(std::sqrt(under), b));
  double best = never;
  for (const double t : {q / a, c / q})
    if (t > 0) best = std::min(best, t);
  return best;
}

class Flattening {
 public:
  Flattening(const std::vector<FlatTriangle>& triangles, std::vector<Vec2> start,
             const std::vector<std::uint8_t>& on_axis)
      : triangles_(triangles), on_axis_(on_axis), x_(2 * static_cast<Eigen::Index>(start.size())) {
    FGCN_CHECK(on_axis.size() == start.size(), "flatten: ", start.size(), " places and ",
               on_axis.size(), " flags");
    for (std::size_t v = 0; v < start.size(); ++v)
      for (std::size_t c = 0; c < 2; ++c) x_(static_cast<Eigen::Index>(2 * v + c)) = start[v][c];
    for (const FlatTriangle& t : triangles) {
      Matrix2 rest;
      rest << t.length, t.apex[0], 0, t.apex[1];
      inverse_.push_back(rest.inverse());
      const Matrix2 e = edges(t, x_);
      FGCN_CHECK(e.determinant() > 0, "flatten: the start turns the triangle ", t.corner[0], ", ",
                 t.corner[1], ", ", t.corner[2], " over");
      all_ += t.weight;
    }
  }

  void run() {
    constexpr int kMostSteps = 200;
    constexpr double kEnough = 1e-5;  // of the energy, gained by a step
    double energy = energy_at(x_);
    for (int step = 0; step < kMostSteps; ++step) {
      const double before = energy;
      const Vector along = direction();
      double t = std::min(1.0, 0.9 * longest(along));
      constexpr double kSufficient = 1e-4;
      const double slope = gradient_.dot(along);
      double next = energy_at(x_ + t * along);
      while (!(next <= before + kSufficient * t * slope) && t > 1e-12) {
        t /= 2;
        next = energy_at(x_ + t * along);
      }
      if (!(next < before)) return;
      x_ += t * along;
      energy = next;
      if (t == 1 && before - energy < kEnough * before) return;
    }
  }

  std::vector<Vec2> take() const {
    std::vector<Vec2> out(on_axis_.size());
    for (std::size_t v = 0; v < out.size(); ++v)
      for (std::size_t c = 0; c < 2; ++c) out[v][c] = x_(static_cast<Eigen::Index>(2 * v + c));
    return out;
  }

 private:
  double energy_at(const Vector& x) const {
    double sum = 0;
    for (std::size_t i = 0; i < triangles_.size(); ++i) {
      const Matrix2 j = edges(triangles_[i], x) * inverse_[i];
      const double det = j.determinant();
      if (!(det > 0)) return std::numeric_limits<double>::infinity();
      sum += triangles_[i].weight * j.squaredNorm() * (1 + 1 / (det * det));
    }
    return sum;
  }

  /// A step of Newton with the positive part of each triangle's Hessian.
  Vector direction() {
    // Shift and turn cost nothing: a little keeps them from being free.
    constexpr double kHold = 1e-8;
    gradient_ = Vector::Zero(x_.size());
    std::vector<Eigen::Triplet<double>> entries;
    entries.reserve(36 * triangles_.size() + static_cast<std::size_t>(x_.size()));
    for (std::size_t i = 0; i < triangles_.size(); ++i) {
      const FlatTriangle& t = triangles_[i];
      const Local of = local(edges(t, x_) * inverse_[i]);
      Eigen::Matrix<double, 4, 6> by = Eigen::Matrix<double, 4, 6>::Zero();  // J by the corners
      for (int column = 0; column < 2; ++column)
        for (int c = 0; c < 2; ++c) {
          by(2 * column + c, 2 + c) = inverse_[i](0, column);
          by(2 * column + c, 4 + c) = inverse_[i](1, column);
          by(2 * column + c, c) = -inverse_[i](0, column) - inverse_[i](1, column);
        }
      const Eigen::Matrix<double, 6, 1> g = t.weight * by.transpose() * of.gradient;
      const Eigen::Matrix<double, 6, 6> h = t.weight * by.transpose() * of.hessian * by;
      for (int k = 0; k < 6; ++k) {
        const int row = 2 * t.corner[static_cast<std::size_t>(k / 2)] + k % 2;
        if (held(row)) continue;
        gradient_(row) += g(k);
        for (int l = 0; l < 6; ++l) {
          const int column = 2 * t.corner[static_cast<std::size_t>(l / 2)] + l % 2;
          if (!held(column) && column <= row) entries.emplace_back(row, column, h(k, l));
        }
      }
    }
    for (int row = 0; row < x_.size(); ++row)
      entries.emplace_back(row, row, held(row) ? 1.0 : kHold * all_);
    Sparse hessian(x_.size(), x_.size());
    hessian.setFromTriplets(entries.begin(), entries.end());
    if (!analyzed_) solver_.analyzePattern(hessian);
    analyzed_ = true;
    solver_.factorize(hessian);
    FGCN_CHECK(solver_.info() == Eigen::Success, "flatten: the Hessian has no factors");
    return -solver_.solve(gradient_);
  }

  double longest(const Vector& along) const {
    double t = std::numeric_limits<double>::infinity();
    for (const FlatTriangle& triangle : triangles_)
      t = std::min(t, first_flat(edges(triangle, x_), edges(triangle, along)));
    return t;
  }

  bool held(int row) const { return row % 2 == 0 && on_axis_[index(row / 2)] != 0; }

  const std::vector<FlatTriangle>& triangles_;
  const std::vector<std::uint8_t>& on_axis_;
  std::vector<Matrix2> inverse_;
  double all_ = 0;
  Vector x_, gradient_;
  Eigen::SimplicialLDLT<Sparse> solver_;
  bool analyzed_ = false;
};

}  // namespace

std::vector<FlatTriangle> corner_triangles(const Polygons& mesh, const std::vector<Vec3>& position,
                                           const std::vector<double>& scale) {
  std::vector<FlatTriangle> out;
  for (std::int32_t f = 0; f < mesh.faces(); ++f) {
    const std::int32_t n = mesh.corners(f);
    const double s = scale.at(index(f));
    double polygon = 0, sum = 0;
    const std::size_t first = out.size();
    const auto at = [&](std::int32_t k) { return position.at(index(mesh.corner(f, k % n))); };
    for (std::int32_t k = 1; k + 1 < n; ++k)
      polygon += norm(cross(at(k) - at(0), at(k + 1) - at(0))) / 2;
    for (std::int32_t k = 0; k < (n == 3 ? 1 : n); ++k) {
      const Vec3 along = at(k + 1) - at(k), other = at(k + 2) - at(k);
      const double area = norm(cross(along, other)), length = norm(along);
      constexpr double kInLine = 1e-3;  // height over length
      if (!(area > kInLine * length * length)) continue;
      out.push_back({{mesh.corner(f, k), mesh.corner(f, (k + 1) % n), mesh.corner(f, (k + 2) % n)},
                     s * length,
                     {s * dot(along, other) / length, s * area / length},
                     s * s * area});
      sum += area;
    }
    for (std::size_t i = first; i < out.size(); ++i) out[i].weight *= polygon / sum;
  }
  return out;
}

std::vector<Vec2> flatten(const std::vector<FlatTriangle>& triangles, std::vector<Vec2> start,
                          const std::vector<std::uint8_t>& on_axis) {
  Flattening problem(triangles, std::move(start), on_axis);
  problem.run();
  return problem.take();
}

std::vector<Vec2> tutte(const Polygons& mesh, std::vector<Vec2> place,
                        const std::vector<std::uint8_t>& fixed) {
  std::set<std::array<std::int32_t, 2>> directed;
  for (std::int32_t f = 0; f < mesh.faces(); ++f)
    for (std::int32_t k = 0; k < mesh.corners(f); ++k) {
      const std::int32_t a = mesh.corner(f, k), b = mesh.corner(f, (k + 1) % mesh.corners(f));
      directed.insert({a, b});
      directed.insert({b, a});
    }
  std::vector<std::int32_t> row(place.size(), -1);
  std::int32_t rows = 0;
  for (std::size_t v = 0; v < place.size(); ++v)
    if (fixed.at(v) == 0) row[v] = rows++;
  std::vector<Eigen::Triplet<double>> entries;
  std::vector<double> degree(index(rows), 0);
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(rows, 2);
  for (const auto& [a, b] : directed) {
    const std::int32_t own = row.at(index(a)), other = row.at(index(b));
    if (own < 0) continue;
    degree[index(own)] += 1;
    if (other >= 0) entries.emplace_back(own, other, -1.0);
    for (int c = 0; c < 2 && other < 0; ++c)
      right(own, c) += place[index(b)][static_cast<std::size_t>(c)];
  }
  for (std::int32_t r = 0; r < rows; ++r) entries.emplace_back(r, r, degree[index(r)]);
  Sparse matrix(rows, rows);
  matrix.setFromTriplets(entries.begin(), entries.end());
  const Eigen::SimplicialLDLT<Sparse> solver(matrix);
  FGCN_CHECK(solver.info() == Eigen::Success && (rows == 0 || solver.vectorD().minCoeff() > 1e-12),
             "tutte: a vertex is connected to none that has a place");
  const Eigen::MatrixXd found = solver.solve(right);
  for (std::size_t v = 0; v < place.size(); ++v)
    if (row[v] >= 0) place[v] = {found(row[v], 0), found(row[v], 1)};
  return place;
}

}  // namespace fgcn::mesh
