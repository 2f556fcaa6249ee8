// The rasterizer: shared by CPU and GPU. Both are built without contraction of a * b + c (see
// kernels/CMakeLists.txt), so that they agree on the pixels inside a triangle.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstring>

#include "kernels/rasterize/rasterize.h"

namespace fgcn::kernels {

/// One triangle in double precision.
struct ScreenTriangle {
  double x[3], y[3], z[3];
};

/// Weight of the vertex opposite an edge, times twice the area:
/// w(px, py) = dx (py - y) - dy (px - x); inside when w >= least.
struct Edge {
  double x, y, dx, dy, least;
};

/// A triangle made ready: three edges, and what a weight adds to 1 / depth.
struct TriangleSetup {
  Edge edge[3];
  double inverse_depth[3];
};

/// Pixels [x_begin, x_end) x [y_begin, y_end) whose centres the triangle may cover; empty when the
/// triangle is to be skipped.
struct PixelBox {
  std::int32_t x_begin, x_end, y_begin, y_end;

  FGCN_HD bool empty() const { return x_begin >= x_end || y_begin >= y_end; }
};

FGCN_HD double smallest(double a, double b, double c) {
  const double ab = a < b ? a : b;
  return ab < c ? ab : c;
}
FGCN_HD double largest(double a, double b, double c) {
  const double ab = a > b ? a : b;
  return ab > c ? ab : c;
}
/// Into [0, size] before the conversion: coordinates may be huge.
FGCN_HD std::int32_t to_pixel(double value, std::int32_t size) {
  const double low = value > 0 ? value : 0;
  return static_cast<std::int32_t>(low < size ? low : size);
}

FGCN_HD ScreenTriangle load_triangle(const real* positions, const std::int32_t* triangle) {
  ScreenTriangle out;
  for (int k = 0; k < 3; ++k) {
    const real* p = positions + 3 * static_cast<std::int64_t>(triangle[k]);
    out.x[k] = p[0];
    out.y[k] = p[1];
    out.z[k] = p[2];
  }
  return out;
}

FGCN_HD double signed_area(const ScreenTriangle& t) {
  return (t.x[1] - t.x[0]) * (t.y[2] - t.y[0]) - (t.y[1] - t.y[0]) * (t.x[2] - t.x[0]);
}

/// Without branches, so that a compiler may take several triangles at once.
FGCN_HD PixelBox pixel_box(const ScreenTriangle& t, const RasterizeOptions& options,
                           std::int32_t height, std::int32_t width) {
  // Times zero: 0 for a finite sum, NaN otherwise.
  const double sum = t.x[0] + t.x[1] + t.x[2] + t.y[0] + t.y[1] + t.y[2] + t.z[0] + t.z[1] + t.z[2];
  const double area = signed_area(t);
  // & and |, for && and || branch.
  const bool has_area = (area < 0) | ((area > 0) & (options.cull != Cull::kBack));
  const bool drawn =
      (sum * 0.0 == 0.0) & (smallest(t.z[0], t.z[1], t.z[2]) > options.near) & has_area;
  // The centre of pixel i is i + 1/2.
  const std::int32_t x_begin = to_pixel(ceil(smallest(t.x[0], t.x[1], t.x[2]) - 0.5), width);
  const std::int32_t x_end = to_pixel(floor(largest(t.x[0], t.x[1], t.x[2]) - 0.5) + 1, width);
  const std::int32_t y_begin = to_pixel(ceil(smallest(t.y[0], t.y[1], t.y[2]) - 0.5), height);
  const std::int32_t y_end = to_pixel(floor(largest(t.y[0], t.y[1], t.y[2]) - 0.5) + 1, height);
  return {x_begin, drawn ? x_end : 0, y_begin, drawn ? y_end : 0};
}

/// The edge from a to b of a triangle whose signed area has the given sign. It is anchored at the
/// same end for both triangles that share it, so that their weights are exactly opposite.
FGCN_HD Edge make_edge(double ax, double ay, double bx, double by, double sign) {
  const bool from_a = (ax < bx) | ((ax == bx) & (ay < by));
  const double dx = sign * (bx - ax);
  const double dy = sign * (by - ay);
  // Exactly one of two opposite directions owns the centers on the edge.
  const bool owns = (dy > 0) | ((dy == 0) & (dx > 0));
  return {from_a ? ax : bx, from_a ? ay : by, dx, dy, owns ? 0.0 : DBL_MIN};
}

/// For a triangle whose pixel_box() is not empty.
FGCN_HD TriangleSetup make_setup(const ScreenTriangle& t) {
  const double area = signed_area(t);
  const double sign = area < 0 ? -1.0 : 1.0;
  const double z12 = t.z[1] * t.z[2];
  const double scale = 1.0 / (sign * area * t.z[0] * z12);
  return {{make_edge(t.x[1], t.y[1], t.x[2], t.y[2], sign),
           make_edge(t.x[2], t.y[2], t.x[0], t.y[0], sign),
           make_edge(t.x[0], t.y[0], t.x[1], t.y[1], sign)},
          {z12 * scale, t.z[0] * t.z[2] * scale, t.z[0] * t.z[1] * scale}};
}

FGCN_HD double weight(const Edge& e, double px, double py) {
  return e.dx * (py - e.y) - e.dy * (px - e.x);
}

FGCN_HD std::uint32_t float_bits(float value) {
  std::uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// Larger is nearer; at equal depth the lower index is larger. 0 is nothing. Positive floats order
/// as their bits do.
FGCN_HD std::uint64_t depth_key(double inverse_depth, std::uint32_t index) {
  return static_cast<std::uint64_t>(float_bits(static_cast<float>(inverse_depth))) << 32 |
         (0xffffffffu - index);
}
FGCN_HD std::uint32_t key_index(std::uint64_t key) {
  return 0xffffffffu - static_cast<std::uint32_t>(key);
}

/// The key of a triangle at a pixel centre, 0 outside of it.
FGCN_HD std::uint64_t pixel_key(const TriangleSetup& s, double px, double py, std::uint32_t index) {
  const double w0 = weight(s.edge[0], px, py);
  const double w1 = weight(s.edge[1], px, py);
  const double w2 = weight(s.edge[2], px, py);
  if (!(w0 >= s.edge[0].least && w1 >= s.edge[1].least && w2 >= s.edge[2].least)) return 0;
  const double q = w0 * s.inverse_depth[0] + w1 * s.inverse_depth[1] + w2 * s.inverse_depth[2];
  return depth_key(q, index);
}

/// u, v, depth, index + 1 at a covered pixel.
FGCN_HD void resolve_pixel(const TriangleSetup& s, double px, double py, std::int64_t index,
                           real* out) {
  const double q0 = weight(s.edge[0], px, py) * s.inverse_depth[0];
  const double q1 = weight(s.edge[1], px, py) * s.inverse_depth[1];
  const double q2 = weight(s.edge[2], px, py) * s.inverse_depth[2];
  const double depth = 1.0 / (q0 + q1 + q2);
  out[0] = static_cast<real>(q0 * depth);
  out[1] = static_cast<real>(q1 * depth);
  out[2] = static_cast<real>(depth);
  out[3] = static_cast<real>(index + 1);
}

/// Adds one pixel's part of the cotangent of a triangle's nine coordinates, [3 corners][x, y, z],
/// given the cotangents of u, v and depth.
FGCN_HD void accumulate_pixel_vjp(const ScreenTriangle& t, double px, double py, double grad_u,
                                  double grad_v, double grad_depth, double* grad) {
  // Weights from coordinates relative to the pixel; their sign cancels in every ratio.
  const double rx[3] = {t.x[0] - px, t.x[1] - px, t.x[2] - px};
  const double ry[3] = {t.y[0] - py, t.y[1] - py, t.y[2] - py};
  const double w[3] = {rx[1] * ry[2] - ry[1] * rx[2], rx[2] * ry[0] - ry[2] * rx[0],
                       rx[0] * ry[1] - ry[0] * rx[1]};
  const double inverse[3] = {1 / t.z[0], 1 / t.z[1], 1 / t.z[2]};
  const double q[3] = {w[0] * inverse[0], w[1] * inverse[1], w[2] * inverse[2]};
  const double scale = 1 / (q[0] + q[1] + q[2]);
  const double depth = (w[0] + w[1] + w[2]) * scale;
  // u = q0 / sum q, v = q1 / sum q, depth = sum w / sum q
  const double mean = grad_u * q[0] * scale + grad_v * q[1] * scale + grad_depth * depth;
  const double grad_q[3] = {(grad_u - mean) * scale, (grad_v - mean) * scale, -mean * scale};
  double grad_w[3];
  for (int i = 0; i < 3; ++i) {
    grad_w[i] = grad_q[i] * inverse[i] + grad_depth * scale;
    grad[3 * i + 2] -= grad_q[i] * q[i] * inverse[i];
  }
  for (int i = 0; i < 3; ++i) {
    const int a = (i + 1) % 3, b = (i + 2) % 3;  // w_i = rx_a ry_b - ry_a rx_b
    grad[3 * a + 0] += grad_w[i] * ry[b];
    grad[3 * a + 1] -= grad_w[i] * rx[b];
    grad[3 * b + 0] -= grad_w[i] * ry[a];
    grad[3 * b + 1] += grad_w[i] * rx[a];
  }
}

}  // namespace fgcn::kernels
