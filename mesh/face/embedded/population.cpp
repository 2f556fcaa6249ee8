#include "mesh/face/embedded/population.h"

namespace fgcn::mesh::embedded {

std::span<const ModeShare> shape_of_people() {
  static constexpr ModeShare kShares[]{
      {"eye_height", 3},           {"brow_height", -8.0 / 3}, {"elongation", -1.8},
      {"mouth_corners", 1.4},      {"nose_tip_up", -2},       {"nose_wing_width", 0.9},
      {"nostril_height", 1.1},     {"sagging", -0.9},         {"eye_spacing", -1},
      {"eye_size", -0.5},          {"mouth_width", 0.3},      {"fullness", 0.4},
      {"lower_face_height", -0.6}, {"forehead_width", -0.9},  {"chin_width", 0.9},
      {"jaw_drop", 0.4},           {"temples", -0.6},         {"size", -0.5},
      {"jaw_width", 0.5},          {"nose_projection", 1},    {"nose_length", -0.6},
      {"upper_face_height", -0.4}};
  return kShares;
}

std::span<const ModeShare> color_of_people() {
  static constexpr ModeShare kShares[]{{"tone_eye_region", -3.8},
                                       {"tone_mouth_region", -1.8},
                                       {"tone_middle_band", 0.6},
                                       {"freckles", -1.4},
                                       {"upper_lip_lightness", 2.7},
                                       {"lip_lightness", -1},
                                       {"lip_seam", -1.1},
                                       {"lip_redness", -0.3},
                                       {"lip_warmth", -0.4},
                                       {"sclera", -2.5},
                                       {"iris_lightness", 0.8},
                                       {"upper_lashes", -1.1},
                                       {"lower_lashes", -0.8},
                                       {"brow_darkness", -1.7},
                                       {"brow_lower_edge", 1},
                                       {"brow_upper_edge", 0.4},
                                       {"brow_inner_end", 0.6},
                                       {"jaw_beard", -2},
                                       {"chin_beard", -0.5},
                                       {"moustache", -0.5},
                                       {"nostrils", -1.5},
                                       {"nasolabial_shade", 0.7},
                                       {"nose_redness", 1},
                                       {"blush", -0.4},
                                       {"teeth", -1.4}};
  return kShares;
}

}  // namespace fgcn::mesh::embedded
