#include <algorithm>
#include <cmath>

#include "mesh/face/embedded/curves.h"
#include "mesh/face/embedded/fields.h"

namespace fgcn::mesh::embedded {
namespace {

using V = const Site&;

// Flat over the eye so that the eyeball and its lids move as one body, gone by the brow and cheek.
double eye(V v) {
  return smooth_step(3, 14, v.x) * smooth_step(66, 48, v.x) * ramp(24, 8, v.s) *
         smooth_step(-22, -9, v.s);
}
// The skin between lid and brow stretches evenly; a short ramp would fold it into a ridge.
double brow_skin(V v) { return ramp(4, 22, v.s); }
double mouth(V v, double sx, double sy) { return bell(v.x, sx, v.s + 68.5, sy); }
double nose(V v) {
  return smooth_step(34, 14, v.x) * smooth_step(20, -4, v.s) * smooth_step(-62, -46, v.s);
}
double nose_tip(V v) { return bell(v.x, 11, v.s + 34, 9); }
double lower_face(V v) { return smooth_step(-40, -105, v.s); }
double upper_face(V v) { return smooth_step(5, 85, v.s); }
double chin(V v) { return bell(v.x, 20, v.s + 102, 14); }
double jaw_angle(V v) { return bell(v.x - 60, 16, v.s + 90, 26); }

/// The modes in order; those without a word on symmetry move both halves alike.
struct Fields {
  std::vector<NamedField> list;

  void add(const char* name, Field f) { list.push_back({name, Symmetry::kMirror, std::move(f)}); }
  void add_skew(const char* name, Symmetry symmetry, Field f) {
    list.push_back({name, symmetry, std::move(f)});
  }
};

/// Whole face.
void add_whole_face(Fields& list) {
  list.add("size", [](V v) {
    return Vec3{0.024 * v.p[0], 0.024 * (v.p[1] + 15), 0.024 * (v.p[2] + 10)};
  });
  list.add("face_width", [](V v) {
    const double w = smooth_step(8, 60, v.x);
    return Vec3{4.2 * w * std::min(1.0, v.p[0] / 60), 0, 0};
  });
  list.add("elongation", [](V v) { return Vec3{-0.022 * v.p[0], 0.045 * (v.p[1] + 20), 0}; });
  list.add("face_depth", [](V v) {
    return Vec3{0, 0, 0.06 * (v.p[2] - 10) * smooth_step(15, 60, v.x)};
  });
  list.add("profile_convexity", [](V v) {
    const double t = (v.p[1] + 25) / 75;
    return Vec3{0, 0, 3.4 * (0.6 - t * t) * smooth_step(80, 30, v.x)};
  });
  list.add("lower_face_height", [](V v) { return Vec3{0, -5.0 * lower_face(v), 0}; });
  list.add("upper_face_height", [](V v) { return Vec3{0, 4.0 * upper_face(v), 0}; });
  list.add("midface_height", [](V v) { return Vec3{0, -3.2 * bell(v.s + 46, 24), 0}; });
}

/// Weight, sex-like and age-like axes.
void add_weight_and_age(Fields& list) {
  list.add("fullness", [](V v) {
    const double cheek = bell(v.x - 54, 18, v.s + 52, 22);
    const double under = bell(v.x, 34, v.s + 130, 18);
    return Vec3{4.2 * cheek, -3.0 * under, 2.1 * cheek + 1.7 * under};
  });
  list.add("ruggedness", [](V v) {
    const double brow = bell(v.s - Outline::brow(v.x) + 1, 9.0) * smooth_step(64, 34, v.x);
    return Vec3{1.8 * jaw_angle(v), -1.8 * chin(v) - 1.0 * brow, 1.5 * brow + 1.6 * chin(v)};
  });
  list.add("sagging", [](V v) {
    const double jowl = bell(v.x - 40, 13, v.s + 92, 13);
    const double fold = bell(v.x - 30, 9, v.s + 55, 16);
    const double lid = bell(v.x - 36, 12, v.s - 11, 5) * (v.row <= Rows::kLidCrease ? 1 : 0);
    return Vec3{1.6 * jowl, -2.2 * jowl - 1.2 * fold - 0.9 * lid,
                1.4 * jowl + 1.6 * fold + 0.8 * lid};
  });
}

/// Jaw, chin, cheeks, forehead.
void add_jaw_to_forehead(Fields& list) {
  list.add("jaw_width", [](V v) { return Vec3{4.5 * jaw_angle(v), 0, 0}; });
  list.add("jaw_drop", [](V v) { return Vec3{0, -4.0 * jaw_angle(v), -1.0 * jaw_angle(v)}; });
  list.add("chin_forward", [](V v) { return Vec3{0, 0, 3.2 * chin(v)}; });
  list.add("chin_height", [](V v) { return Vec3{0, -3.2 * bell(v.x, 26, v.s + 114, 18), 0}; });
  list.add("chin_width", [](V v) { return Vec3{3.4 * bell(v.x - 22, 12, v.s + 106, 13), 0, 0}; });
  list.add("chin_cleft", [](V v) {
    return Vec3{0, 0, -0.9 * bell(v.x, 2.5, v.s + 102, 6) + 0.6 * bell(v.x - 7, 4, v.s + 101, 7)};
  });
  list.add("cheekbones", [](V v) {
    const double w = bell(v.x - 55, 17, v.s + 15, 15);
    return Vec3{2.4 * w, 0, 2.6 * w};
  });
  list.add("cheek_fullness", [](V v) {
    const double w = bell(v.x - 42, 13, v.s + 45, 16);
    return Vec3{0.8 * w, 0, 2.8 * w};
  });
  list.add("forehead_slope", [](V v) {
    return Vec3{0, 0, -4.0 * upper_face(v) * smooth_step(90, 20, v.x)};
  });
  list.add("forehead_width", [](V v) {
    return Vec3{3.0 * bell(v.x - 65, 20, v.s - 50, 26), 0, 0};
  });
  list.add("temples", [](V v) {
    return Vec3{1.2 * bell(v.x - 66, 12, v.s - 28, 18), 0, 1.8 * bell(v.x - 62, 12, v.s - 28, 18)};
  });
  list.add("brow_ridge", [](V v) {
    return Vec3{0, 0, 1.6 * bell(v.s - Outline::brow(v.x) + 2, 8.5) * smooth_step(66, 38, v.x)};
  });
  list.add("brow_height", [](V v) {
    // A lowered brow lies flatter on the skull; moved straight down it would jut out over the eye.
    const double w = bell(std::max(v.s - 23, 0.0), 11) * smooth_step(80, 55, v.x) * brow_skin(v);
    return Vec3{0, 1.8 * w, 0.525 * w};
  });
  list.add("brow_tilt", [](V v) {
    return Vec3{0,
                0.085 * (v.x - 32) * bell(std::max(v.s - 22, 0.0), 10) * smooth_step(80, 55, v.x) *
                    brow_skin(v),
                0};
  });
}

/// Eyes.
void add_eyes(Fields& list) {
  list.add("eye_spacing", [](V v) { return Vec3{1.6 * eye(v), 0, 0}; });
  list.add("eye_height", [](V v) { return Vec3{0, 1.5 * eye(v), 0}; });
  list.add("eye_depth", [](V v) { return Vec3{0, 0, -1.7 * eye(v)}; });
  list.add("eye_size", [](V v) {
    const double w = eye(v);
    return Vec3{0.055 * w * (v.x - Outline::kEyeX), 0.055 * w * v.s, 0.3 * w};
  });
  list.add("eye_opening", [](V v) {
    const double w = bell(v.x - Outline::kEyeX, 8.5) * bell(v.s, 7.0);
    return Vec3{0, 0.16 * w * v.s, 0};
  });
  list.add("eye_tilt", [](V v) { return Vec3{0, 0.075 * eye(v) * (v.x - Outline::kEyeX), 0}; });
  list.add("lid_fold", [](V v) {
    const double w =
        bell(v.x - 33, 12) * bell(v.s - 10.5, 3.5) * (v.row <= Rows::kUpperLid ? 1 : 0);
    return Vec3{0, -0.7 * w, 1.5 * w};
  });
  list.add("eye_bags", [](V v) {
    const double w = bell(v.x - 29, 10, v.s + 10, 3.2) * (v.row >= Rows::kLowerLid ? 1 : 0);
    return Vec3{0, -0.3 * w, 1.2 * w};
  });
}

/// Nose.
void add_nose(Fields& list) {
  list.add("nose_length", [](V v) {
    return Vec3{0, -2.4 * nose(v) * smooth_step(8, -40, v.s), 0};
  });
  list.add("nose_projection", [](V v) {
    return Vec3{0, 0, 2.6 * nose(v) * bell(v.x, 12) * smooth_step(8, -32, v.s)};
  });
  list.add("nose_bridge_height", [](V v) { return Vec3{0, 0, 2.2 * bell(v.x, 7.0, v.s + 2, 12)}; });
  list.add("nose_hump", [](V v) { return Vec3{0, 0, 1.7 * bell(v.x, 6.0, v.s + 15, 8)}; });
  list.add("nose_bridge_width", [](V v) {
    return Vec3{1.3 * bell(v.x - 8, 6, v.s + 12, 13), 0, 0};
  });
  list.add("nose_wing_width", [](V v) {
    return Vec3{2.2 * bell(v.x - 15, 7, v.s + 38, 10), 0, 0};
  });
  list.add("nose_tip_up", [](V v) { return Vec3{0, 2.0 * nose_tip(v), 1.2 * nose_tip(v)}; });
  list.add("nose_tip_width", [](V v) {
    return Vec3{1.5 * bell(v.x - 6.5, 4.5, v.s + 33, 7), 0, 0.4 * nose_tip(v)};
  });
  list.add("nostril_height", [](V v) { return Vec3{0, 1.5 * bell(v.x - 13, 6, v.s + 42, 6), 0}; });
}

/// Mouth.
void add_mouth(Fields& list) {
  list.add("mouth_width", [](V v) {
    return Vec3{2.6 * bell(v.x - 25, 13, v.s + 69, 14) * smooth_step(0, 20, v.x), 0,
                -0.5 * bell(v.x - 25, 9, v.s + 69, 9)};
  });
  list.add("mouth_height", [](V v) { return Vec3{0, 2.0 * mouth(v, 26, 13), 0}; });
  list.add("mouth_forward", [](V v) { return Vec3{0, 0, 2.4 * mouth(v, 24, 16)}; });
  list.add("upper_lip_thickness", [](V v) {
    if (v.row > Rows::kUpperLip) return Vec3{};
    const double w = bell(v.x, 15) * bell(v.s + 58.5, 5.0) * smooth_step(-67.5, -62, v.s);
    return Vec3{0, 1.4 * w, 0.5 * w};
  });
  list.add("lower_lip_thickness", [](V v) {
    if (v.row < Rows::kLowerLip) return Vec3{};
    const double w = bell(v.x, 15) * bell(v.s + 79.0, 5.5) * smooth_step(-68, -74, v.s);
    return Vec3{0, -1.6 * w, 0.6 * w};
  });
  list.add("lip_fullness", [](V v) {
    const bool inside = v.row > Rows::kUpperLip && v.row < Rows::kLowerLip - 1;
    return Vec3{0, 0, inside ? 0.0 : 1.5 * mouth(v, 14, 7)};
  });
  list.add("cupids_bow", [](V v) {
    if (v.row > Rows::kUpperLip) return Vec3{};
    return Vec3{
        0, -1.0 * bell(v.x, 2.6, v.s + 59.5, 3.0) + 0.7 * bell(v.x - 6.5, 3.0, v.s + 59, 3.0), 0};
  });
  list.add("mouth_corners", [](V v) { return Vec3{0, 1.7 * bell(v.x - 25, 8, v.s + 69, 8), 0}; });
  list.add("philtrum_depth", [](V v) {
    return Vec3{0, 0, -0.7 * bell(v.x, 2.4, v.s + 53, 5) + 0.6 * bell(v.x - 5, 2.2, v.s + 53.5, 5)};
  });
}

/// Left against right.
void add_asymmetries(Fields& list) {
  list.add_skew("jaw_shift", Symmetry::kSlide, [](V v) { return Vec3{1.8 * lower_face(v), 0, 0}; });
  list.add_skew("nose_shift", Symmetry::kSlide, [](V v) {
    return Vec3{1.1 * bell(v.x, 14, v.s + 28, 18), 0, 0};
  });
  list.add_skew("mouth_shift", Symmetry::kSlide, [](V v) {
    return Vec3{1.1 * mouth(v, 24, 13), 0, 0};
  });
  list.add_skew("eye_heights_differ", Symmetry::kSwap, [](V v) {
    return Vec3{0, 0.8 * eye(v), 0};
  });
  list.add_skew("brow_heights_differ", Symmetry::kSwap, [](V v) {
    return Vec3{0, 1.0 * bell(std::max(v.s - 23, 0.0), 10) * bell(v.x - 34, 18) * brow_skin(v), 0};
  });
  list.add_skew("mouth_corners_differ", Symmetry::kSwap, [](V v) {
    return Vec3{0, 1.0 * bell(v.x - 25, 9, v.s + 69, 9), 0};
  });
  list.add_skew("cheeks_differ", Symmetry::kSwap, [](V v) {
    const double w = bell(v.x - 50, 16, v.s + 40, 24);
    return Vec3{1.0 * w, 0, 1.0 * w};
  });
}

}  // namespace

std::vector<NamedField> identity_fields() {
  Fields fields;
  add_whole_face(fields);
  add_weight_and_age(fields);
  add_jaw_to_forehead(fields);
  add_eyes(fields);
  add_nose(fields);
  add_mouth(fields);
  add_asymmetries(fields);
  // The amplitudes of the groups are chosen by eye; these factors bring the spread of facial
  // distances (breadth of face and jaw, lengths of nose and lower face, eye spacing) to that of
  // adults.
  for (NamedField& mode : fields.list) {
    mode.field = [draw = std::move(mode.field)](V v) {
      const Vec3 d = draw(v);
      return Vec3{0.70 * d[0], 0.68 * d[1], 1.0 * d[2]};
    };
  }
  return std::move(fields.list);
}

}  // namespace fgcn::mesh::embedded
