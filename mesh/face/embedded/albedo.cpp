#include "mesh/face/embedded/albedo.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "mesh/face/embedded/curves.h"

namespace fgcn::mesh::embedded {
namespace {

constexpr double kIrisRadius = 5.9;
constexpr double kIrisY = 0.35;

Color mix(const Color& a, const Color& b, double t) {
  return {a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])};
}

Color scaled(const Color& c, double t) { return {t * c[0], t * c[1], t * c[2]}; }

double brow_hair(const Site& v) {
  const double d = v.s - Outline::brow(v.x);
  // Thick and square at the nose, thin at the temple.
  static const Curve above{{9, 2.0}, {16, 3.4}, {38, 2.8}, {50, 1.9}, {60, 0.6}};
  static const Curve below{{9, 2.6}, {16, 4.2}, {38, 3.0}, {50, 1.9}, {60, 0.6}};
  const double edge = d > 0 ? above(v.x) : below(v.x);
  const double across = smooth_step(edge + 1.3, edge - 1.3, std::abs(d));
  return across * smooth_step(8.5, 14.5, v.x) * smooth_step(61, 53, v.x);
}

bool on_eyeball(const Site& v) {
  return v.row > Rows::kUpperLid && v.row < Rows::kLowerLid &&
         std::abs(v.x - Outline::kEyeX) < Outline::kEyeHalfWidth;
}

}  // namespace

Paint paint(const Site& v) {
  Paint m{};
  const double eye_t = (v.x - Outline::kEyeX) / Outline::kEyeHalfWidth;
  const double along_lid = smooth_step(1.12, 0.9, std::abs(eye_t));
  if (on_eyeball(v)) {
    const double r = std::hypot(v.x - Outline::kEyeX, v.p[1] - kIrisY);
    m.iris = smooth_step(kIrisRadius + 1.1, kIrisRadius - 0.8, r);
    m.limbus = m.iris * smooth_step(kIrisRadius - 2.2, kIrisRadius - 0.4, r);
    m.pupil = smooth_step(3.2, 1.3, r);
    m.caruncle = smooth_step(-0.74, -0.92, eye_t);
    m.sclera = 1 - m.iris;
  } else {
    m.lash_upper =
        along_lid * bell(v.s - Outline::upper_lid(v.x), 0.75) * (v.row <= Rows::kUpperLid ? 1 : 0);
    m.lash_lower =
        along_lid * bell(v.s - Outline::lower_lid(v.x), 0.6) * (v.row >= Rows::kLowerLid ? 1 : 0);
  }
  const bool ball = m.sclera + m.iris > 0;
  const bool inside =
      v.row > Rows::kUpperLip && v.row < Rows::kLowerLip && v.x < Outline::kMouthHalfWidth;
  if (inside) {
    m.inner_mouth = 1;
    const bool upper = v.row >= Rows::kUpperLip + 1 && v.row <= Rows::kUpperLip + 3;
    const bool lower = v.row == Rows::kLowerLip - 3 || v.row == Rows::kLowerLip - 2;
    const double gum = v.row == Rows::kUpperLip + 1 ? 0.7 : 1.0;
    m.teeth = upper || lower ? gum * smooth_step(25.0, 22.0, v.x) : 0;
  } else {
    const double up = Outline::upper_vermilion(v.x);
    const double low = Outline::lower_vermilion(v.x);
    m.lips = smooth_step(up + 0.6, up - 0.8, v.s) * smooth_step(low - 0.9, low + 0.9, v.s) *
             smooth_step(Outline::kMouthHalfWidth + 1.2, Outline::kMouthHalfWidth - 2.5, v.x);
    m.lip_seam = bell(v.s - Outline::mouth_line(v.x), 0.7) * smooth_step(28, 24, v.x);
  }
  m.nostril = bell(v.x - 6.9, 2.9, v.p[1] + 43.3, 1.9) * (v.p[2] > 14 && v.s < -38 ? 1 : 0);
  m.skin = ball || inside ? 0 : 1;
  if (m.skin > 0) {
    m.brow = brow_hair(v);
    m.upper_lid = along_lid *
                  smooth_step(Outline::lid_crease(v.x) + 2.5, Outline::lid_crease(v.x) - 0.5, v.s) *
                  (v.row <= Rows::kUpperLid ? 1 : 0);
    m.under_eye = bell(v.x - 27, 10, v.s + 10, 4.5) * (v.row >= Rows::kLowerLid ? 1 : 0);
    const double clear = 1 - m.lips;
    // The three parts of a beard overlap so that together they leave no seam.
    m.moustache = clear * smooth_step(-47.5, -53, v.s) * smooth_step(-74, -62, v.s) *
                  smooth_step(36, 22, v.x);
    const double middle = smooth_step(44, 16, v.x);
    m.chin_beard = clear * middle * smooth_step(-76, -88, v.s) * smooth_step(-134, -116, v.s);
    const double jaw_top = -56 + 0.55 * std::max(0.0, v.x - 40);
    m.jaw_beard = clear * (1 - middle) * smooth_step(jaw_top, jaw_top - 20, v.s) *
                  smooth_step(-136, -116, v.s);
    m.cheek = bell(v.x - 42, 14, v.s + 28, 13);
    m.nose_tip = bell(v.x, 11, v.s + 35, 8);
    m.forehead = smooth_step(30, 48, v.s) * smooth_step(72, 50, v.x);
    m.hairline = std::max(smooth_step(68, 88, v.s + 0.010 * v.x * v.x * 0.5),
                          smooth_step(69, 77, v.x) * smooth_step(-30, 10, v.s));
    m.neck = smooth_step(-112, -126, v.s);
  }
  return m;
}

Color mean_color(const Site& v, const Paint& m) {
  Color c{0.735, 0.560, 0.475};
  const double warm = 0.5 * m.cheek + 0.6 * m.nose_tip;
  c[0] += 0.030 * warm;
  c[1] -= 0.040 * warm;
  c[2] -= 0.034 * warm;
  c = mix(c, {0.76, 0.59, 0.49}, 0.5 * m.forehead);
  c = mix(c, {0.60, 0.43, 0.37}, 0.35 * m.under_eye + 0.40 * m.upper_lid);
  // The shade that deep creases hold, which a smooth light cannot cast.
  const double crease = bell(v.s - Outline::lid_crease(v.x), 0.9) * (m.skin > 0 ? 1 : 0) *
                        smooth_step(15, 19, v.x) * smooth_step(47, 43, v.x);
  c = mix(c, {0.45, 0.29, 0.24}, 0.45 * crease);
  const double wing = bell(v.x - 17.2, 1.4, v.s + 41, 4.0);
  c = mix(c, {0.50, 0.33, 0.28}, 0.45 * wing + 0.25 * bell(v.x, 9, v.s + 46.5, 2.0));
  c = mix(c, {0.55, 0.38, 0.33}, 0.30 * m.neck);
  c = mix(c, {0.58, 0.44, 0.38}, 0.22 * (m.moustache + m.chin_beard + m.jaw_beard));
  c = mix(c, {0.24, 0.17, 0.13}, 0.30 * m.hairline);
  c = mix(c, {0.69, 0.405, 0.375}, 0.85 * m.lips);
  c = mix(c, {0.63, 0.36, 0.33}, 0.5 * m.lips * (v.s > Outline::mouth_line(v.x) ? 1 : 0));
  c = mix(c, {0.30, 0.12, 0.11}, 0.80 * m.lip_seam);
  c = mix(c, {0.25, 0.18, 0.14}, 0.78 * m.brow);
  c = mix(c, {0.16, 0.10, 0.08}, 0.85 * m.lash_upper + 0.0);
  c = mix(c, {0.35, 0.22, 0.18}, 0.55 * m.lash_lower);
  c = mix(c, {0.16, 0.08, 0.07}, 0.88 * std::min(1.0, m.nostril));
  if (m.sclera + m.iris > 0) {
    c = {0.74, 0.70, 0.68};
    const double shade = smooth_step(Outline::upper_lid(v.x) - 2.4, Outline::upper_lid(v.x), v.s);
    c = mix(c, {0.72, 0.45, 0.42}, 0.8 * m.caruncle);
    c = mix(c, {0.36, 0.26, 0.19}, m.iris);
    c = mix(c, {0.14, 0.10, 0.08}, 0.75 * m.limbus);
    c = mix(c, {0.03, 0.03, 0.03}, m.pupil);
    c = scaled(c, 1 - 0.55 * shade);
  }
  if (m.inner_mouth > 0) c = mix({0.24, 0.09, 0.09}, {0.82, 0.78, 0.70}, m.teeth);
  return c;
}

std::vector<ColorMode> color_modes() {
  std::vector<ColorMode> list;
  const auto add = [&](const char* name, std::function<Color(const Site&, const Paint&)> f) {
    list.push_back({name, false, std::move(f)});
  };
  // One mask times one color.
  const auto tint = [&](const char* name, double Paint::*mask, Color color) {
    list.push_back({name, false,
                    [mask, color](const Site&, const Paint& m) { return scaled(color, m.*mask); }});
  };
  const auto wave = [&](const char* name, bool antisymmetric,
                        const std::function<double(const Site&)>& f) {
    list.push_back({name, antisymmetric, [f](const Site& v, const Paint& m) {
                      const double t = m.skin * f(v);
                      return Color{0.030 * t, 0.030 * t, 0.029 * t};
                    }});
  };
  // Pigments: what a change of their concentration does to skin of the mean color.
  add("melanin", [](const Site&, const Paint& m) {
    const double t =
        m.skin * (1 - 0.70 * m.brow) * (1 - 0.55 * m.nostril) * (1 - 0.2 * m.lips) + 0.22 * m.iris;
    return Color{-0.165 * t, -0.150 * t, -0.138 * t};
  });
  add("haemoglobin", [](const Site&, const Paint& m) {
    const double t = m.skin * (1 - 0.8 * m.brow);
    return Color{0.006 * t, -0.013 * t, -0.010 * t};
  });
  add("carotene", [](const Site&, const Paint& m) {
    const double t = m.skin * (1 - 0.8 * m.brow);
    return Color{0.004 * t, 0.002 * t, -0.010 * t};
  });
  tint("blush", &Paint::cheek, {0.010, -0.024, -0.019});
  tint("nose_redness", &Paint::nose_tip, {0.009, -0.022, -0.018});
  tint("forehead_shade", &Paint::forehead, {-0.045, -0.042, -0.038});
  tint("under_eye_shade", &Paint::under_eye, {-0.050, -0.047, -0.038});
  tint("lid_shade", &Paint::upper_lid, {-0.065, -0.058, -0.050});
  // Hair.
  tint("brow_darkness", &Paint::brow, {-0.11, -0.09, -0.075});
  tint("brow_red", &Paint::brow, {0.032, 0.002, -0.016});
  add("brow_upper_edge", [](const Site& v, const Paint& m) {
    const double d = v.s - Outline::brow(v.x) - 3.6;
    const double t = m.skin * bell(d, 1.6) * smooth_step(10, 17, v.x) * smooth_step(59, 50, v.x);
    return Color{-0.085 * t, -0.072 * t, -0.062 * t};
  });
  add("brow_lower_edge", [](const Site& v, const Paint& m) {
    const double d = v.s - Outline::brow(v.x) + 4.0;
    const double t = m.skin * bell(d, 1.6) * smooth_step(10, 17, v.x) * smooth_step(59, 50, v.x);
    return Color{-0.085 * t, -0.072 * t, -0.062 * t};
  });
  add("brow_inner_end", [](const Site& v, const Paint& m) {
    const double t = m.skin * bell(v.x - 7.5, 3.8, v.s - Outline::brow(v.x), 3.2);
    return Color{-0.07 * t, -0.06 * t, -0.05 * t};
  });
  add("brow_outer_end", [](const Site& v, const Paint& m) {
    const double t = m.skin * bell(v.x - 56, 5.0, v.s - Outline::brow(v.x), 2.4);
    return Color{-0.08 * t, -0.065 * t, -0.055 * t};
  });
  tint("moustache", &Paint::moustache, {-0.046, -0.041, -0.035});
  tint("chin_beard", &Paint::chin_beard, {-0.046, -0.041, -0.035});
  tint("jaw_beard", &Paint::jaw_beard, {-0.044, -0.039, -0.034});
  tint("hairline", &Paint::hairline, {-0.140, -0.130, -0.115});
  tint("upper_lashes", &Paint::lash_upper, {-0.12, -0.10, -0.09});
  tint("lower_lashes", &Paint::lash_lower, {-0.12, -0.10, -0.09});
  // Eyes.
  tint("iris_lightness", &Paint::iris, {0.080, 0.095, 0.105});
  tint("iris_blue", &Paint::iris, {-0.035, 0.006, 0.045});
  tint("iris_green", &Paint::iris, {0.000, 0.028, -0.006});
  tint("sclera", &Paint::sclera, {0.055, 0.055, 0.055});
  // Lips and mouth.
  tint("lip_lightness", &Paint::lips, {-0.050, -0.046, -0.042});
  tint("lip_redness", &Paint::lips, {0.014, -0.027, -0.021});
  tint("lip_warmth", &Paint::lips, {0.008, 0.008, -0.018});
  add("upper_lip_lightness", [](const Site& v, const Paint& m) {
    const double t = m.lips * (v.s > Outline::mouth_line(v.x) ? 1 : -1);
    return Color{-0.028 * t, -0.028 * t, -0.026 * t};
  });
  tint("lip_seam", &Paint::lip_seam, {-0.080, -0.060, -0.060});
  tint("teeth", &Paint::teeth, {0.060, 0.065, 0.075});
  // Shade of folds and of the lower face.
  add("nasolabial_shade", [](const Site& v, const Paint& m) {
    const double along = std::clamp((-38 - v.s) / 30.0, 0.0, 1.0);
    const double t = m.skin * bell(v.x - 18 - 13 * along, 2.6) * bell(v.s + 52, 12);
    return Color{-0.045 * t, -0.044 * t, -0.039 * t};
  });
  tint("neck_shade", &Paint::neck, {-0.080, -0.078, -0.072});
  tint("nostrils", &Paint::nostril, {-0.080, -0.060, -0.055});
  // Smooth unevenness of the tone, up and down, in and out, and across.
  wave("tone_top_to_bottom", false, [](const Site& v) { return std::sin((v.s + 15) / 62); });
  wave("tone_middle_to_side", false, [](const Site& v) { return std::cos(v.x / 26); });
  wave("tone_middle_band", false, [](const Site& v) { return std::cos((v.s + 15) / 31); });
  wave("tone_eye_region", false, [](const Site& v) { return 1.4 * bell(v.x - 31, 17, v.s, 14); });
  wave("tone_mouth_region", false, [](const Site& v) { return 1.4 * bell(v.x, 26, v.s + 68, 16); });
  wave("tone_left_to_right", true, [](const Site& v) { return std::sin(v.x / 44); });
  wave("tone_left_to_right_below", true,
       [](const Site& v) { return std::sin(v.x / 40) * std::sin((v.s + 15) / 55); });
  add("freckles", [](const Site& v, const Paint& m) {
    const double zone = bell(v.x - 26, 18, v.s + 20, 10) + bell(v.x, 9, v.s + 18, 12);
    const double t = m.skin * std::min(zone, 1.2);
    return Color{-0.022 * t, -0.036 * t, -0.044 * t};
  });
  return list;
}

}  // namespace fgcn::mesh::embedded
