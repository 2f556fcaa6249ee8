// Color of the embedded face: the mean and its modes, sRGB-encoded.
#pragma once

#include <string>
#include <vector>

#include "mesh/face/embedded/fields.h"

namespace fgcn::mesh::embedded {

/// Where paint goes, each in [0, 1] and the same on both halves.
struct Paint {
  double skin;      // not eye, nostril or inner mouth
  double brow;      // eyebrow hair
  double lips;      // vermilion
  double lip_seam;  // the dark line where the lips meet
  double lash_upper;
  double lash_lower;
  double upper_lid;  // between lash line and crease
  double under_eye;
  double sclera;
  double iris;
  double limbus;  // dark ring of the iris
  double pupil;
  double caruncle;  // pink inner corner of the eye
  double nostril;
  double inner_mouth;
  double teeth;
  double moustache;
  double chin_beard;
  double jaw_beard;
  double cheek;  // where blood shows
  double nose_tip;
  double forehead;
  double hairline;
  double neck;
};

Paint paint(const Site& v);

using Color = std::array<double, 3>;
Color mean_color(const Site& v, const Paint& m);

/// A color change a standard deviation; `antisymmetric` modes change sign across the face.
struct ColorMode {
  std::string name;
  bool antisymmetric;
  std::function<Color(const Site&, const Paint&)> change;
};
std::vector<ColorMode> color_modes();

}  // namespace fgcn::mesh::embedded
