#include <algorithm>
#include <cmath>

#include "mesh/face/embedded/curves.h"
#include "mesh/face/embedded/fields.h"

namespace fgcn::mesh::embedded {
namespace {

constexpr double kCornerX = Outline::kMouthHalfWidth;
constexpr double kCornerS = -69.4;

double corner_share(double x) { return std::pow(std::min(x / kCornerX, 1.0), 3.0); }

// 1 on skin that the jaw carries, 0 on skin that the skull carries. Inside the mouth the rows tell
// the two apart; at the corners they meet at `kCorner`.
double jaw_weight(const Site& v) {
  constexpr double kCorner = 0.42;
  const double c = corner_share(v.x);
  const double line = Outline::mouth_line(v.x);
  double w = 0;
  if (v.row <= Rows::kPalate) {
    const double edge = v.row >= Rows::kUpperLip && v.x < kCornerX ? 0.0 : v.s - line;
    w = kCorner * c * smooth_step(32.0, 0.0, edge);
  } else {
    const double edge = v.row <= Rows::kLowerLip && v.x < kCornerX ? 0.0 : line - v.s;
    const double at_line = 1 - (1 - kCorner) * c;
    w = at_line + (1 - at_line) * smooth_step(0.0, 26.0, edge);
  }
  return w * smooth_step(-162, -122, v.s);
}

// The lips above and below the mouth line, fading out over `reach` mm of skin.
double upper_lip(const Site& v, double reach) {
  if (v.row > Rows::kPalate) return 0;
  const double d = v.row >= Rows::kUpperLip ? 0.0 : v.s - Outline::mouth_line(v.x);
  const double teeth = v.row > Rows::kUpperLip ? 0.0 : 1.0;
  return teeth * smooth_step(reach + 8, 4, d) * smooth_step(kCornerX + 6, kCornerX - 12, v.x);
}

double lower_lip(const Site& v, double reach) {
  if (v.row <= Rows::kPalate) return 0;
  const double d = v.row <= Rows::kLowerLip ? 0.0 : Outline::mouth_line(v.x) - v.s;
  const double teeth = v.row < Rows::kLowerLip - 1 ? 0.0 : 1.0;
  return teeth * smooth_step(reach + 8, 4, d) * smooth_step(kCornerX + 6, kCornerX - 12, v.x);
}

// 0 on teeth and palate, which no muscle moves.
double soft(const Site& v) {
  const bool inside = v.row > Rows::kUpperLip && v.row < Rows::kLowerLip - 1;
  return inside ? corner_share(v.x) : 1.0;
}

double corner(const Site& v, double sx, double sy) {
  const double x = std::hypot(v.x, 8.0) - 1.25;  // level in the middle, x at the corner
  return bell(x - kCornerX, sx, v.s - kCornerS, sy) * soft(v);
}

double mouth(const Site& v, double sx, double sy) {
  return bell(v.x, sx, v.s + 68.5, sy) * soft(v);
}

Vec3 jaw_open(const Site& v) {
  constexpr double kAngle = 0.30;
  const double y = v.p[1] + 18;
  const double z = v.p[2] + 68;
  const double w = jaw_weight(v);
  const double c = std::cos(kAngle);
  const double s = std::sin(kAngle);
  return {-0.10 * w * v.p[0] * bell(v.s + 72, 14), w * (y * c - z * s - y),
          w * (y * s + z * c - z)};
}

Vec3 smile(const Site& v) {
  const double c = corner(v, 16, 13);
  const double cheek = bell(v.x - 37, 13, v.s + 27, 12);
  const double lid = bell(v.x - 32, 13, v.s + 9, 5) * (v.row >= Rows::kLowerLid ? 1 : 0);
  const double lips = mouth(v, 22, 9);
  const double raise = upper_lip(v, 14) * bell(v.x, 16);
  return {8.0 * c + 1.0 * cheek, 6.2 * c + 3.0 * cheek + 1.0 * lid + 0.9 * raise,
          -4.0 * c + 2.4 * cheek - 1.0 * lips};
}

Vec3 frown(const Site& v) {
  const double c = corner(v, 10, 10);
  const double chin = bell(v.x - 8, 14, v.s + 92, 9);
  return {-0.5 * c, -5.5 * c + 1.0 * chin, -0.5 * c + 1.0 * chin};
}

Vec3 stretch(const Site& v) {
  const double c = corner(v, 14, 12);
  return {6.0 * c, -2.0 * c, -3.5 * c};
}

Vec3 pucker(const Site& v) {
  const double m = mouth(v, 22, 15);
  const double lips = mouth(v, 15, 9);
  return {-0.42 * v.p[0] * m, -0.12 * (v.s + 68.5) * lips, 5.5 * lips};
}

Vec3 funnel(const Site& v) {
  const double up = upper_lip(v, 10);
  const double low = lower_lip(v, 10);
  const double m = mouth(v, 20, 14);
  return {-0.25 * v.p[0] * m, 3.0 * up - 4.0 * low, 4.5 * m};
}

Vec3 roll_lips(const Site& v) {
  const double up = upper_lip(v, 4) * smooth_step(-56, -64, v.s);
  const double low = lower_lip(v, 4) * smooth_step(-84, -74, v.s);
  return {0, -2.0 * up + 2.4 * low, -2.8 * (up + low)};
}

// Lids ride on a sphere about the eyeball.
Vec3 lid_shift(const Site& v, double ds) {
  const double z = lid_sphere(v.x, v.s + ds) - lid_sphere(v.x, v.s);
  return {0, ds, z};
}

double upper_lid_share(const Site& v) {
  const double t = (v.x - Outline::kEyeX) / Outline::kEyeHalfWidth;
  if (v.row > Rows::kUpperLid || v.row < Rows::kLidCrease || std::abs(t) >= 1) return 0;
  return smooth_step(Rows::kLidCrease, Rows::kUpperLid, v.row);
}

double lower_lid_share(const Site& v) {
  const double t = (v.x - Outline::kEyeX) / Outline::kEyeHalfWidth;
  if (v.row < Rows::kLowerLid || v.row > Rows::kLowerLid + 4 || std::abs(t) >= 1) return 0;
  return smooth_step(Rows::kLowerLid + 4, Rows::kLowerLid, v.row);
}

Vec3 blink(const Site& v) {
  const double gap = Outline::upper_lid(v.x) - Outline::lower_lid(v.x);
  const double up = upper_lid_share(v);
  const double low = lower_lid_share(v);
  if (up > 0) {
    Vec3 d = lid_shift(v, -up * std::max(0.0, 0.90 * gap - 0.3));
    d[2] += 0.4 * up;
    return d;
  }
  return lid_shift(v, low * 0.08 * gap);
}

Vec3 wide(const Site& v) {
  const double lift = bell(v.x - 32, 13, v.s - 11, 5) * (v.row <= Rows::kUpperLid ? 1 : 0);
  return {0, 1.9 * upper_lid_share(v) * bell(v.x - 32, 9) + 1.2 * lift, 0};
}

Vec3 squint(const Site& v) {
  const double bag = bell(v.x - 34, 13, v.s + 9, 6) * (v.row >= Rows::kLowerLid ? 1 : 0);
  const Vec3 lid = lid_shift(v, 1.4 * lower_lid_share(v) * bell(v.x - 32, 9));
  const double low = upper_lid_share(v) * bell(v.x - 32, 9);
  return {0, lid[1] + 1.2 * bag - 1.2 * low, lid[2] + 0.8 * bag};
}

double brow_inner(const Site& v) {
  return bell(v.x - 14, 11, std::max(v.s - 23, 0.0), 13) * ramp(4, 21, v.s);
}
double brow_outer(const Site& v) {
  return bell(v.x - 46, 14, std::max(v.s - 22, 0.0), 13) * ramp(4, 21, v.s);
}

Vec3 brow_down(const Site& v) {
  const double in = brow_inner(v);
  const double out = brow_outer(v);
  return {-1.8 * in, -4.5 * in - 2.0 * out, 1.0 * in};
}

Vec3 cheek_puff(const Site& v) {
  const double c = bell(v.x - 44, 15, v.s + 60, 17) * soft(v);
  return {5.0 * c, 0, 5.5 * c};
}

Vec3 nose_wrinkle(const Site& v) {
  const double wing = bell(v.x - 13, 8, v.s + 38, 9);
  const double lip = upper_lip(v, 16) * bell(v.x - 12, 9);
  return {0.8 * wing, 2.8 * wing + 2.0 * lip - 1.2 * brow_inner(v), 0.6 * wing};
}

Vec3 upper_lip_raise(const Site& v) {
  const double lip = upper_lip(v, 14) * bell(v.x - 8, 13);
  return {0, 5.0 * lip, 0.6 * lip};
}

Vec3 lower_lip_down(const Site& v) {
  const double lip = lower_lip(v, 14) * bell(v.x - 8, 13);
  return {0.4 * lip, -5.0 * lip, 0.4 * lip};
}

Vec3 press(const Site& v) {
  const double up = upper_lip(v, 8);
  const double low = lower_lip(v, 8);
  return {0.6 * corner(v, 8, 8), -1.0 * up + 1.2 * low, -1.2 * (up + low)};
}

}  // namespace

std::vector<Blendshape> expression_fields() {
  std::vector<Blendshape> list;
  const auto both = [&](const char* name, double low, double high, const Field& f) {
    list.push_back({name, low, high, Symmetry::kMirror, 0, f});
  };
  const auto slide = [&](const char* name, const Field& f) {
    list.push_back({name, -1, 1, Symmetry::kSlide, 0, f});
  };
  const auto sides = [&](const std::string& name, double low, const Field& f) {
    list.push_back({name + "_left", low, 1, Symmetry::kMirror, +1, f});  // the subject's left
    list.push_back({name + "_right", low, 1, Symmetry::kMirror, -1, f});
  };
  both("jaw_open", -0.05, 1, jaw_open);
  slide("jaw_left", [](const Site& v) { return Vec3{6.0 * jaw_weight(v), 0, 0}; });
  both("jaw_forward", -0.5, 1, [](const Site& v) { return Vec3{0, 0, 4.5 * jaw_weight(v)}; });
  sides("smile", -0.1, smile);
  sides("frown", 0, frown);
  sides("mouth_stretch", 0, stretch);
  both("pucker", 0, 1, pucker);
  both("funnel", 0, 1, funnel);
  both("lips_roll", 0, 1, roll_lips);
  both("lips_press", 0, 1, press);
  sides("upper_lip_raise", 0, upper_lip_raise);
  sides("lower_lip_down", 0, lower_lip_down);
  slide("mouth_left", [](const Site& v) { return Vec3{5.0 * mouth(v, 24, 14), 0, 0}; });
  sides("brow_inner_up", 0, [](const Site& v) {
    const double w = brow_inner(v);
    return Vec3{0.3 * w, 5.5 * w, 0.5 * w};
  });
  sides("brow_outer_up", 0, [](const Site& v) {
    const double w = brow_outer(v);
    return Vec3{0, 5.0 * w, 0};
  });
  sides("brow_down", 0, brow_down);
  sides("blink", 0, blink);
  sides("eye_wide", 0, wide);
  sides("squint", 0, squint);
  both("cheek_puff", -0.5, 1, cheek_puff);
  sides("nose_wrinkle", 0, nose_wrinkle);
  return list;
}

}  // namespace fgcn::mesh::embedded
