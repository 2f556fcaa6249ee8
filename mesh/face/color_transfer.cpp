#include "mesh/face/color_transfer.h"

#include <Eigen/Dense>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "kernels/core/error.h"
#include "mesh/closest_point.h"

namespace fgcn::mesh {
namespace {

constexpr int kLandmarks = 68;
constexpr int kFirstEyeLandmark = 36;  // eyes, then the mouth to the end

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

std::vector<Vec3> points(const std::vector<float>& xyz) {
  std::vector<Vec3> list(xyz.size() / 3);
  for (std::size_t i = 0; i < list.size(); ++i)
    list[i] = {xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]};
  return list;
}

double distance(const Vec3& a, const Vec3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

std::vector<Vec3> landmark_points(const FaceModel& model, const std::vector<Vec3>& vertices) {
  std::vector<Vec3> list;
  for (const std::int32_t v : model.landmarks) list.push_back(vertices[index(v)]);
  return list;
}

// y(p) = A p + b + sum_k w_k |p - source_k|, with y(source_k) = target_k.
std::vector<Vec3> warp(const std::vector<Vec3>& p, const std::vector<Vec3>& source,
                       const std::vector<Vec3>& target) {
  const auto n = static_cast<Eigen::Index>(source.size());
  Eigen::MatrixXd system = Eigen::MatrixXd::Zero(n + 4, n + 4);
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(n + 4, 3);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Vec3& s = source[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j < n; ++j)
      system(i, j) = distance(s, source[static_cast<std::size_t>(j)]);
    system(i, n) = system(n, i) = 1;
    for (Eigen::Index k = 0; k < 3; ++k) {
      system(i, n + 1 + k) = system(n + 1 + k, i) = s[static_cast<std::size_t>(k)];
      right(i, k) = target[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)];
    }
  }
  const Eigen::FullPivLU<Eigen::MatrixXd> lu(system);
  FGCN_CHECK(lu.isInvertible(), "transfer_colors: the landmarks do not span space");
  const Eigen::MatrixXd weight = lu.solve(right);
  std::vector<Vec3> warped(p.size());
  for (std::size_t v = 0; v < p.size(); ++v) {
    for (Eigen::Index k = 0; k < 3; ++k) {
      double sum = weight(n, k);
      for (Eigen::Index a = 0; a < 3; ++a)
        sum += weight(n + 1 + a, k) * p[v][static_cast<std::size_t>(a)];
      for (Eigen::Index i = 0; i < n; ++i)
        sum += weight(i, k) * distance(p[v], source[static_cast<std::size_t>(i)]);
      warped[v][static_cast<std::size_t>(k)] = sum;
    }
  }
  return warped;
}

// 1 on eyeballs and in the mouth: what is not skin there, but not the nostrils.
std::vector<bool> hidden_vertices(const FaceModel& model, const std::vector<Vec3>& vertices) {
  const std::vector<Vec3> landmarks = landmark_points(model, vertices);
  std::vector<bool> hidden(vertices.size(), false);
  for (std::size_t v = 0; v < vertices.size(); ++v) {
    if (model.skin[v] != 0) continue;
    double nearest = std::numeric_limits<double>::infinity();
    int point = 0;
    for (int k = 0; k < kLandmarks; ++k) {
      const double d = distance(vertices[v], landmarks[static_cast<std::size_t>(k)]);
      if (d < nearest) {
        nearest = d;
        point = k;
      }
    }
    hidden[v] = point >= kFirstEyeLandmark;
  }
  return hidden;
}

void interpolate(const ClosestPoint& at, const std::vector<Triangle>& triangles, const float* from,
                 float* to) {
  const Triangle& t = triangles[index(at.triangle)];
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += at.barycentric[k] * from[index(t[k]) * 3 + c];
    to[c] = static_cast<float>(sum);
  }
}

}  // namespace

std::vector<double> transfer_colors(const FaceModel& from, FaceModel& to) {
  const std::vector<Vec3> queries = points(to.mean_shape);
  const std::vector<Vec3> source = points(from.mean_shape);
  TriangleMesh whole{warp(source, landmark_points(from, source), landmark_points(to, queries)),
                     from.triangles};
  const std::vector<bool> hidden = hidden_vertices(from, source);
  TriangleMesh skin{whole.vertices, {}};
  for (const Triangle& t : from.triangles)
    if (!hidden[index(t[0])] && !hidden[index(t[1])] && !hidden[index(t[2])])
      skin.triangles.push_back(t);
  const std::vector<ClosestPoint> on_skin = ClosestPointTree(skin).find(queries);
  const std::vector<ClosestPoint> on_whole = ClosestPointTree(whole).find(queries);

  const std::size_t count = queries.size();
  const std::size_t stride = from.mean_shape.size();
  to.mean_albedo.assign(count * 3, 0.0f);
  to.albedo = {from.albedo.count, {}, from.albedo.names};
  to.albedo.data.assign(static_cast<std::size_t>(from.albedo.count) * count * 3, 0.0f);
  to.skin.assign(count, 0);
  for (std::size_t v = 0; v < count; ++v) {
    interpolate(on_skin[v], skin.triangles, from.mean_albedo.data(), to.mean_albedo.data() + 3 * v);
    for (std::size_t m = 0; m < static_cast<std::size_t>(from.albedo.count); ++m)
      interpolate(on_skin[v], skin.triangles, from.albedo.data.data() + m * stride,
                  to.albedo.data.data() + (m * count + v) * 3);
    double share = 0;
    const Triangle& t = whole.triangles[index(on_whole[v].triangle)];
    for (std::size_t k = 0; k < 3; ++k)
      share += on_whole[v].barycentric[k] * from.skin[index(t[k])];
    to.skin[v] = share >= 0.5 ? 1 : 0;
  }
  std::vector<double> distances;
  distances.reserve(count);
  for (const ClosestPoint& at : on_skin) distances.push_back(std::sqrt(at.distance_squared));
  return distances;
}

}  // namespace fgcn::mesh
