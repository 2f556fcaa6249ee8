// Vectors of three, for functions that CPU and GPU share.
#pragma once

#include "kernels/core/real.h"

namespace fgcn {

struct Real3 {
  real x, y, z;
};

FGCN_HD Real3 load3(const real* p) { return {p[0], p[1], p[2]}; }
FGCN_HD void store3(real* p, Real3 a) {
  p[0] = a.x;
  p[1] = a.y;
  p[2] = a.z;
}
FGCN_HD Real3 minus(Real3 a, Real3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
FGCN_HD Real3 plus(Real3 a, Real3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
FGCN_HD real dot(Real3 a, Real3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
FGCN_HD Real3 cross(Real3 a, Real3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

}  // namespace fgcn
