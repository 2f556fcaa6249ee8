// The rotation of a pose and its derivative, for any scalar.
#pragma once

#include <cmath>

#include "kernels/core/real.h"

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
FGCN_HD Matrix3<T> axis_rotation(int axis, T angle, bool derivative) {
  using std::cos;
  using std::sin;
  const T c = derivative ? -sin(angle) : cos(angle);
  const T s = derivative ? cos(angle) : sin(angle);
  const T one = derivative ? T(0) : T(1);
  if (axis == 0) return {{one, 0, 0, 0, c, -s, 0, s, c}};
  if (axis == 1) return {{c, 0, s, 0, one, 0, -s, 0, c}};
  return {{c, -s, 0, s, c, 0, 0, 0, one}};
}

/// R = Rz Ry Rx; differentiated by the angle of `by` (0, 1, 2), or not at all (-1).
template <class T>
FGCN_HD Matrix3<T> euler_rotation(const T* angles, int by = -1) {
  return multiply(
      axis_rotation(2, angles[2], by == 2),
      multiply(axis_rotation(1, angles[1], by == 1), axis_rotation(0, angles[0], by == 0)));
}

}  // namespace fgcn::kernels
