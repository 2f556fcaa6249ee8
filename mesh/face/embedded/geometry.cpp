#include "mesh/face/embedded/geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "mesh/face/embedded/curves.h"
#include "mesh/face/embedded/nose.h"

namespace fgcn::mesh::embedded {
namespace {

// The head without features, by height s: s is y down to the chin and the length along the profile
// from there on. Proportions are measurements to the millimeter; docs/dev/embedded-face.md says
// whose.
const Curve kUnderChinY{{-165, -140}, {-150, -127}, {-140, -121.5}, {-128, -118}, {-118, -114.5},
                        {-112, -111}, {-105, -105}, {-102, -102},   {-99, -99}};
double profile_y(double s) { return s > -100 ? s : kUnderChinY(s); }

const Curve kProfileZ{{-165, -41}, {-150, -31}, {-140, -20}, {-128, -7}, {-118, 5},   {-112, 12},
                      {-105, 16},  {-99, 17.6}, {-92, 17.4}, {-85, 17},  {-76, 19.5}, {-68, 21.5},
                      {-60, 23},   {-52, 22.3}, {-46, 20.3}, {-33, 14},  {-20, 11},   {-8, 10.2},
                      {4, 11.5},   {12, 13.6},  {22, 15.7},  {35, 16.2}, {50, 12.8},  {65, 5.4},
                      {80, -5},    {92, -16}};
const Curve kHalfWidth{{-160, 56}, {-120, 58},  {-110, 59}, {-90, 62.5}, {-70, 66},
                       {-45, 71},  {-20, 74.5}, {0, 76},    {20, 76},    {50, 75},
                       {65, 73},   {80, 69},    {92, 63}};
const Curve kBackZ{{-160, -88}, {-110, -76}, {-60, -86}, {0, -92}, {60, -92}, {92, -86}};
const Curve kRoundness{{-160, 2.0}, {-112, 1.8}, {-90, 1.95}, {-70, 2.05}, {-50, 2.15},
                       {-20, 2.4},  {20, 2.4},   {50, 2.15},  {92, 2.1}};
const Curve kSideLift{{-160, 36}, {-130, 39}, {-112, 35}, {-90, 19}, {-70, 8}, {-50, 2},
                      {-20, 0},   {20, 0},    {50, -5},   {80, -18}, {92, -24}};

// Column to lateral angle of the head's cross-section: dense over eyes, nose and mouth.
const Curve kColumnAngle{{0, 0}, {0.22, 0.22}, {0.73, 0.645}, {0.87, 0.95}, {1, 1.42}};

struct Canonical {
  double x;  // mm, not negative
  double s;
};

// The knots' curvature jumps would show as bands across cheeks and temples: a mean over 4 steps.
double evened(const Curve& curve, double s, double step = 5) {
  return (curve(s - 2 * step) + 2 * curve(s - step) + 3 * curve(s) + 2 * curve(s + step) +
          curve(s + 2 * step)) /
         9;
}
double half_width(double s) { return evened(kHalfWidth, s); }

double depth_of_base(double x, double s) {
  constexpr double kBlunt = 0.03;  // keeps the middle free of a cusp where the exponent is below 2
  const double ratio = std::min(x / half_width(s), 1.0);
  const double g = std::min(std::hypot(ratio, kBlunt) - kBlunt, 1.0);
  const double p = evened(kRoundness, s);
  const double back = evened(kBackZ, s);
  // Lips, nasion and brow belong to the middle; carried to the sides they would be ledges there.
  const double aside = smooth_step(18, 50, x) * smooth_step(-112, -92, s);
  const double profile = kProfileZ(s) + aside * (evened(kProfileZ, s, 10) - kProfileZ(s));
  return back + (profile - back) * std::pow(1.0 - std::pow(g, p), 1.0 / p);
}

double side_lift(double x, double s) {
  return evened(kSideLift, s) * std::pow(std::min(x / half_width(s), 1.0), 2.2);
}

// Soft shapes of bone and fat, added along z.
double relief(double x, double s) {
  double z = 0;
  z += -8.0 * bell(x - 21, 8.0, s + 2, 8.0);  // orbit, at the nose
  z += -1.4 * bell(x - 37, 11.0, s, 9.0);     // orbit, outer part
  z += 1.4 * bell(s - Outline::brow(x) + 1, 8.0) * smooth_step(66, 36, x);
  z += -3.0 * bell(x - 21, 9.0, s - 15, 5.5);    // hollow between brow and lid, at the nose
  z += 0.8 * bell(x, 9.0, s - 22, 8.0);          // glabella
  z += -2.5 * bell(x - 66, 9.0, s - 30, 18.0);   // temple
  z += 5.0 * bell(x - 56, 13.0, s + 16, 11.0);   // cheekbone
  z += 2.0 * bell(x - 36, 12.0, s + 27, 11.0);   // cheek
  z += -1.8 * bell(x - 56, 12.0, s + 48, 14.0);  // hollow under the cheekbone
  z += 2.2 * bell(x, 13.0, s + 100, 8.0);        // chin
  z += -1.0 * bell(x, 15.0, s + 86, 3.5);        // groove under the lower lip
  z += -1.2 * bell(x, 2.3, s + 53, 5.0);         // philtrum
  z += 0.6 * bell(x - 4.6, 1.8, s + 54, 5.0);    // its ridges
  z += -3.0 * bell(x - 25.5, 4.5, s + 69, 4.5);  // corners of the mouth
  z += 0.8 * bell(x - 33, 6.0, s + 71, 8.0);     // muscle knot beside them
  // Nasolabial fold: from the wing of the nose to beside the mouth, cheek above, groove below.
  const double along = std::clamp((-38 - s) / 30.0, 0.0, 1.0);
  const double across = x - (17.5 + 14 * along * (0.7 + 0.3 * along));
  const double fade = bell(s + 53, 12.0);
  z += fade * (1.7 * bell(across - 9, 7.0) - 1.1 * bell(across, 3.4));
  // Tear trough, from the inner corner of the eye outwards and down.
  const double trough = s + 7 + 0.75 * (x - 19);
  z += -1.0 * bell(trough, 2.6) * smooth_step(15, 20, x) * smooth_step(38, 28, x);
  return z;
}

double lip_relief(double x, double s) {
  const double reach = std::max(0.0, 1.0 - std::pow(x / (Outline::kMouthHalfWidth + 0.5), 2));
  const double line = Outline::mouth_line(x);
  const double upper = Outline::upper_vermilion(x);
  const double lower = Outline::lower_vermilion(x);
  const double rise = std::pow(reach, 0.75);
  const double skin_rise = reach * std::sqrt(reach);
  if (s >= upper) return 1.3 * skin_rise * bell(s - upper, 3.0);
  if (s <= lower) return 1.3 * skin_rise * bell(s - lower, 2.6);
  if (s >= line) {
    static const Curve bulge{{0, 0}, {0.3, 1.5}, {0.6, 1.9}, {0.85, 1.0}, {1, -0.6}};
    const double tubercle = 0.7 * bell(x, 4.0, s - line - 3.0, 2.0);
    const double depth = (upper - s) / (upper - line);
    return rise * (bulge(depth) + tubercle) + 1.3 * skin_rise * (1 - depth);
  }
  static const Curve bulge{{0, -0.6}, {0.12, 1.2}, {0.35, 2.7}, {0.6, 2.6}, {0.85, 0.9}, {1, 0}};
  const double depth = (line - s) / (line - lower);
  return rise * bulge(depth) + 1.3 * skin_rise * depth;
}

double sphere_height(double x, double s, double radius) {
  const double dx = x - Outline::kEyeX;
  const double r = std::sqrt(dx * dx + s * s);
  constexpr double kCentreZ = -9.2;
  const double knee = 0.93 * radius;  // past it the sphere goes on as its tangent
  const double height = std::sqrt(radius * radius - std::min(r, knee) * std::min(r, knee));
  return kCentreZ + height -
         std::max(r - knee, 0.0) * knee / std::sqrt(radius * radius - knee * knee);
}

// How far the lids reach into the surrounding face: 1 over the eye, 0 well outside.
double eye_window(double x) { return smooth_step(14, 20, x) * smooth_step(52, 42, x); }

double lid_surface(double x, double s) {
  const double face = depth_of_base(x, s) + relief(x, s);
  const double crease = Outline::lid_crease(x);
  double z = smooth_max(face, sphere_height(x, s, 13.6), 3.5);
  z += eye_window(x) * (-1.1 * bell(s - crease, 1.0) + 1.5 * bell(s - crease - 4.5, 3.0) +
                        0.5 * bell(s - Outline::lower_lid(x) + 4.0, 2.0) -
                        0.5 * bell(s - Outline::lower_lid(x) + 8.0, 2.0));
  return z;
}

// The whole skin but the nose.
double skin_height(double x, double s) {
  const bool near_eye = s > -35 && s < 40 && x > 8;
  const double face = near_eye ? lid_surface(x, s) : depth_of_base(x, s) + relief(x, s);
  return s < -45 && s > -95 ? face + lip_relief(x, s) : face;
}

// Beyond the corner of the mouth the rows of its inside and of the lips spread over the cheek:
// half the height of the inside, and the height of a lip.
double mouth_opening(double x) {
  const double outside = std::max(0.0, x - Outline::kMouthHalfWidth);
  return 0.06 + 3.2 * (1 - std::exp(-outside / 9.0));
}
double lip_fan(double x) {
  const double outside = std::max(0.0, x - Outline::kMouthHalfWidth);
  return 0.34 + 3.6 * (1 - std::exp(-outside / 9.0));
}

// Heights of the named rows at lateral position x.
Curve row_heights(double x) {
  using R = Rows;
  using O = Outline;
  const double up = O::upper_lid(x);
  const double low = O::lower_lid(x);
  const double inset = std::min(0.45, 0.2 * (up - low));
  const double line = O::mouth_line(x);
  const double half = mouth_opening(x);
  const std::vector<std::pair<int, double>> heights{{R::kTop, 92.0},
                                                    {R::kHairline, 79.0},
                                                    {R::kBrow, O::brow(x)},
                                                    {R::kLidCrease, O::lid_crease(x)},
                                                    {R::kUpperLid, up},
                                                    {R::kEyeTop, up - inset},
                                                    {R::kEyeBottom, low + inset},
                                                    {R::kLowerLid, low},
                                                    {R::kCheek, -15.0},
                                                    {R::kNoseTip, -32.0},
                                                    {R::kNoseBase, -45.5},
                                                    {R::kUpperBorder, O::upper_vermilion(x)},
                                                    {R::kUpperLip, line + half},
                                                    {R::kLowerLip, line - half},
                                                    {R::kLowerBorder, O::lower_vermilion(x)},
                                                    {R::kMentolabial, -86.0},
                                                    {R::kChin, -98.0},
                                                    {R::kJaw, -112.5},
                                                    {R::kNeck, -158.0}};
  std::vector<Curve::Knot> knots;
  knots.reserve(std::size(heights));
  for (const auto& [row, height] : heights) knots.push_back({static_cast<double>(row), height});
  return Curve(std::move(knots));
}

// The inside of the mouth, from the upper lip's edge to the lower's: offsets from the mouth line
// at the middle, shrinking to nothing at the corners. The lower edge stands a little behind the
// upper and higher, so that no slit shows between closed lips. The upper teeth hang below the lip's
// edge, as they do in people, and their front ends in an edge of its own: a strip that runs back to
// the palate would otherwise turn the front's normals down and leave the teeth unlit.
struct Pocket {
  double y;
  double z;
};
constexpr std::array<Pocket, Rows::kLowerLip - Rows::kUpperLip + 1> kPocket{{{0.0, 0.0},
                                                                             {6.5, -4.2},
                                                                             {-1.4, -4.4},
                                                                             {-2.1, -5.2},
                                                                             {1.4, -24.0},
                                                                             {-4.0, -24.0},
                                                                             {-2.8, -6.2},
                                                                             {-6.0, -6.6},
                                                                             {-1.8, -3.4},
                                                                             {0.2, -1.2}}};

Canonical place(int row, double fraction) {
  const double sine = std::sin(kColumnAngle(fraction));
  Canonical c{half_width(0) * sine, 0};
  for (int i = 0; i < 4; ++i) {
    c.s = row_heights(c.x)(row);
    c.x = half_width(c.s) * sine;
  }
  c.s = row_heights(c.x)(row);
  return c;
}

// Follows a ray from the front to the skin with the nose melted into it. Under the tip the rays
// rise towards the back, so that rows cover the nose's underside.
Vec3 cast_on_skin(double x, double s, double lift) {
  const double face = skin_height(x, s);
  if (x > 32 || s < -62 || s > 30) return {x, profile_y(s) + lift, face};
  constexpr double kPivotZ = 24.0;
  const double tilt =
      0.55 * smooth_step(-29, -38, s) * smooth_step(-56, -47, s) * smooth_step(24, 15, x);
  const double norm = std::sqrt(1 + tilt * tilt);
  double z = 60;
  for (int i = 0; i < 200; ++i) {
    const Vec3 p{x, s + tilt * (kPivotZ - z), z};
    const NoseDistance d = nose_distance(p);
    const double plane = (z - (tilt > 0 ? skin_height(x, p[1]) : face)) * 0.9;
    double distance = smooth_min(d.nose, plane, 7.0);
    distance = smooth_max(distance, -d.nostrils, 1.0);
    if (std::abs(distance) < 1e-7 || z < face - 15) break;
    z -= 0.6 * distance / norm;
  }
  return {x, s + tilt * (kPivotZ - z) + lift, z};
}

Vec3 surface_point(int row, const Canonical& c) {
  using R = Rows;
  const double lift = side_lift(c.x, c.s);
  const bool mouth = row >= R::kUpperLip && row <= R::kLowerLip && c.x < Outline::kMouthHalfWidth;
  if (mouth) {
    const double line = Outline::mouth_line(c.x);
    const double t = c.x / Outline::kMouthHalfWidth;
    const double reach = std::sqrt(1 - t * t);
    const Pocket& offset = kPocket[static_cast<std::size_t>(row - R::kUpperLip)];
    return {c.x, profile_y(line) + lift + offset.y * reach,
            skin_height(c.x, line) + offset.z * reach};
  }
  Vec3 p = cast_on_skin(c.x, c.s, lift);
  const double t = std::abs(c.x - Outline::kEyeX) / Outline::kEyeHalfWidth;
  if (row > R::kUpperLid && row < R::kLowerLid && t < 1) {
    const double gap = 0.25 + 1.9 * (1 - t * t);
    p[2] = smooth_max(sphere_height(c.x, c.s, 12.1), p[2] - gap, 0.6);
  }
  return p;
}

}  // namespace

double Outline::upper_lid(double x) {
  const double t = (x - kEyeX) / kEyeHalfWidth;
  const double axis = -0.5 + 1.1 * std::clamp(t, -1.0, 1.0);
  const double outside = std::max(0.0, std::abs(t) - 1) * kEyeHalfWidth;
  if (outside > 0) return axis + 0.4 + 4.8 * (1 - std::exp(-outside / 6.0));
  return axis + 0.4 + 4.8 * std::pow(1 - std::pow(std::abs(t), 2.2), 0.85);
}

double Outline::lower_lid(double x) {
  const double t = (x - kEyeX) / kEyeHalfWidth;
  const double axis = -0.5 + 1.1 * std::clamp(t, -1.0, 1.0);
  const double outside = std::max(0.0, std::abs(t) - 1) * kEyeHalfWidth;
  if (outside > 0) return axis - 0.4 - 4.8 * (1 - std::exp(-outside / 6.0));
  return axis - 0.4 - 3.7 * std::pow(1 - t * t, 0.85);
}

double Outline::lid_crease(double x) {
  const double t = (x - kEyeX) / kEyeHalfWidth;
  return upper_lid(x) + 2.6 + 1.4 * std::max(0.0, 1 - t * t);
}

double Outline::mouth_line(double x) {
  static const Curve line{{-6, -67.5}, {0, -67.9},  {6, -67.5},
                          {14, -68.0}, {25, -69.4}, {45, -69.5}};
  return line(x);
}

double Outline::upper_vermilion(double x) {
  static const Curve border{{-5.5, -60.7}, {0, -61.6}, {5.5, -60.7}, {17, -64.0}, {25, -69.0}};
  return x < kMouthHalfWidth ? border(x) : mouth_line(x) + mouth_opening(x) + lip_fan(x);
}

double Outline::lower_vermilion(double x) {
  static const Curve border{{-10, -77.2}, {0, -78.2}, {10, -77.2}, {18, -74.6}, {25, -69.8}};
  return x < kMouthHalfWidth ? border(x) : mouth_line(x) - mouth_opening(x) - lip_fan(x);
}

double Outline::brow(double x) {
  static const Curve middle{{0, 22},    {11, 22},   {24, 24.5}, {38, 25.5},
                            {49, 22.5}, {58, 16.5}, {75, 14}};
  return middle(x);
}

double lid_sphere(double x, double y) { return sphere_height(std::abs(x), y, 13.6); }

Geometry mean_geometry() {
  Geometry g;
  g.position.resize(std::size_t{Rows::kCount} * std::size_t{kColumns});
  g.canonical.resize(g.position.size());
  for (int row = 0; row < Rows::kCount; ++row) {
    for (int half = 0; half <= kHalfColumns; ++half) {
      const Canonical c = place(row, static_cast<double>(half) / kHalfColumns);
      Vec3 p = surface_point(row, c);
      const auto right = static_cast<std::size_t>(Geometry::index(row, kHalfColumns + half));
      const auto left = static_cast<std::size_t>(Geometry::index(row, kHalfColumns - half));
      g.position[right] = p;
      g.canonical[right] = {c.x, c.s};
      p[0] = -p[0];
      g.position[left] = p;
      g.canonical[left] = {-c.x, c.s};
    }
  }
  return g;
}

}  // namespace fgcn::mesh::embedded
