// Terms in which every mode of the embedded face is written: where a vertex is, how it moves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mesh/face/embedded/geometry.h"

namespace fgcn::mesh::embedded {

/// One vertex of the mean face.
struct Site {
  Vec3 p;       // mm
  double x;     // |canonical x|, mm
  double s;     // canonical height, mm
  double side;  // +1 on the image's right and in the middle, -1 on the left
  int row;
};

/// How a mode looks on the other half of the face.
enum class Symmetry {
  kMirror,  // both halves move alike
  kSwap,    // the halves do opposite things: dx is kept, dy and dz change sign
  kSlide,   // the halves move together to one side: dx is kept, dy and dz mirrored
};

/// A displacement in mm, written for the half with x >= 0.
using Field = std::function<Vec3(const Site&)>;

struct NamedField {
  std::string name;
  Symmetry symmetry;
  Field field;
};

/// Blendshape: displacement at weight 1 and the range of the weight. `half` restricts it to one
/// side of the face: +1 image right, -1 image left, 0 both.
struct Blendshape {
  std::string name;
  double low;
  double high;
  Symmetry symmetry;
  int half;
  Field field;
};

std::vector<Site> sites(const Geometry& geometry);

std::vector<NamedField> identity_fields();
std::vector<Blendshape> expression_fields();

}  // namespace fgcn::mesh::embedded
