// The photographs behind golden/faceid, and where their faces are.
#pragma once

#include <array>

namespace fgcn::test {

struct IdentityPhoto {
  const char* photo;  // in golden/geometry/crops
  const char* chip;   // in golden/faceid
  // Where dlib's detector finds the face in the photo enlarged twice: left, top, right, bottom.
  std::array<long, 4> face;
};

/// In the order of the arrays of faceid.npz.
constexpr IdentityPhoto kIdentityPhotos[] = {
    {"astronaut.png", "astronaut_chip150.png", {175, 76, 265, 166}},
    {"A000022.jpg", "A000022_chip150.png", {111, 112, 379, 379}},
    {"A000367.jpg", "A000367_chip150.png", {52, 142, 319, 409}},
    {"A000369.jpg", "A000369_chip150.png", {111, 171, 379, 439}},
    {"B000013.jpg", "B000013_chip150.png", {22, 142, 290, 409}},
    {"B000213.jpg", "B000213_chip150.png", {111, 142, 379, 409}},
    {"sample_2x4_r0c0.jpg", "sample_2x4_r0c0_chip150.png", {111, 171, 379, 439}},
    {"sample_2x4_r0c1.jpg", "sample_2x4_r0c1_chip150.png", {111, 171, 379, 439}},
};

}  // namespace fgcn::test
