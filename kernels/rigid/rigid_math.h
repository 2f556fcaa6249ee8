// Rigid motions, shared by CPU and GPU: the rotation of a pose and its derivative, for any scalar,
// and one vertex.
#pragma once

#include <cmath>

#include "kernels/core/angles.h"
#include "kernels/core/real3.h"

namespace fgcn::kernels {

/// A 3 x 3 matrix, row-major.
template <class T>
struct Matrix3 {
  T at[9];
};

template <class T>
FGCN_HD Matrix3<T> multiply(const Matrix3<T>& a, const Matrix3<T>& b) {
  Matrix3<T> out;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      out.at[3 * i + j] =
          a.at[3 * i] * b.at[j] + a.at[3 * i + 1] * b.at[3 + j] + a.at[3 * i + 2] * b.at[6 + j];
  return out;
}

/// The rotation about one axis (0 x, 1 y, 2 z), or its derivative by the angle.
template <class T>
FGCN_HD Matrix3<T> axis_rotation(int axis, SinCos<T> angle, bool derivative) {
  const T c = derivative ? -angle.sin : angle.cos;
  const T s = derivative ? angle.cos : angle.sin;
  const T one = derivative ? T(0) : T(1);
  if (axis == 0) return {{one, 0, 0, 0, c, -s, 0, s, c}};
  if (axis == 1) return {{c, 0, s, 0, one, 0, -s, 0, c}};
  return {{c, -s, 0, s, c, 0, 0, 0, one}};
}

/// R = Rz Ry Rx; differentiated by the angle of `by` (0, 1, 2), or not at all (-1).
template <class T>
FGCN_HD Matrix3<T> euler_rotation(const SinCos<T>* angles, int by = -1) {
  return multiply(
      axis_rotation(2, angles[2], by == 2),
      multiply(axis_rotation(1, angles[1], by == 1), axis_rotation(0, angles[0], by == 0)));
}

/// Sine and cosine by the library.
template <class T>
FGCN_HD SinCos<T> library_sin_cos(T angle) {
  return {std::sin(angle), std::cos(angle)};
}
template <class T>
FGCN_HD Matrix3<T> axis_rotation(int axis, T angle, bool derivative) {
  return axis_rotation(axis, library_sin_cos(angle), derivative);
}
template <class T>
FGCN_HD Matrix3<T> euler_rotation(const T* angles, int by = -1) {
  const SinCos<T> turns[3] = {library_sin_cos(angles[0]), library_sin_cos(angles[1]),
                              library_sin_cos(angles[2])};
  return euler_rotation(turns, by);
}

/// R v + t
FGCN_HD Real3 moved(const Matrix3<real>& r, Real3 v, Real3 t) {
  return {r.at[0] * v.x + r.at[1] * v.y + r.at[2] * v.z + t.x,
          r.at[3] * v.x + r.at[4] * v.y + r.at[5] * v.z + t.y,
          r.at[6] * v.x + r.at[7] * v.y + r.at[8] * v.z + t.z};
}

/// R^T g
FGCN_HD Real3 turned_back(const Matrix3<real>& r, Real3 g) {
  return {g.x * r.at[0] + g.y * r.at[3] + g.z * r.at[6],
          g.x * r.at[1] + g.y * r.at[4] + g.z * r.at[7],
          g.x * r.at[2] + g.y * r.at[5] + g.z * r.at[8]};
}

/// Sums over the vertices that a pose's cotangents take: dL/dR (nine), dL/dt (three).
constexpr int kPoseSums = 12;

/// Adds the terms of vertex v, whose cotangent is g, to sum [kPoseSums].
FGCN_HD void add_pose_terms(Real3 v, Real3 g, double* sum) {
  const real from[3] = {v.x, v.y, v.z}, by[3] = {g.x, g.y, g.z};
  for (int c = 0; c < 3; ++c) {
    for (int k = 0; k < 3; ++k) sum[3 * c + k] += static_cast<double>(by[c]) * from[k];
    sum[9 + c] += by[c];
  }
}

/// Cotangent of angle 0, 1 or 2 from the sums.
FGCN_HD double angle_cotangent(const SinCos<double>* angles, int angle, const double* sum) {
  const Matrix3<double> derivative = euler_rotation(angles, angle);
  double out = 0;
  for (int k = 0; k < 9; ++k) out += derivative.at[k] * sum[k];
  return out;
}

}  // namespace fgcn::kernels
