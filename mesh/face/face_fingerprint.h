// Telling face models apart, in files whose numbers mean something for one model only.
#pragma once

#include <array>
#include <cstdint>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

/// Identifies a face model: counts and indices exactly, arrays by a sum over each.
struct FaceFingerprint {
  std::int64_t vertices = 0;
  std::int64_t identity = 0;
  std::int64_t expression = 0;
  std::int64_t albedo = 0;
  /// Hash of triangles, landmarks, mirror pairs and skin; of a whole head also of its texture's
  /// triangles, parts, joints, landmarks' triangles, regions and their names.
  std::uint64_t indices = 0;
  /// Sums with fixed signs, over the sum of magnitudes: mean shape, mean albedo, identity,
  /// expression and albedo modes, limits of expressions with joints' positions and weights and
  /// landmarks' weights. In [-1, 1].
  std::array<double, 6> sums{};
};

FaceFingerprint fingerprint(const FaceModel& model);

/// True when coefficients of one are coefficients of the other. Sums may differ by 1e-10: the
/// embedded face is computed, and its last bits depend on the machine's mathematics library.
bool same_face(const FaceFingerprint& a, const FaceFingerprint& b);

}  // namespace fgcn::mesh
