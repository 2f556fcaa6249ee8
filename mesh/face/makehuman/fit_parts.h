// Parts of the base mesh fitted to the mean person's skin.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "mesh/face/makehuman/wheel.h"

namespace fgcn::mesh::makehuman {

/// Teeth and tongue of the base mesh stand where its own lips close, the lower teeth 7 mm below
/// the upper ones. The mean person's lips are narrower, fuller and close lower. So the upper
/// teeth come to stand behind them, as far as they show in a smile; the lower teeth close behind
/// the upper ones, about their back ends; the tongue lies behind both.
class Mouth {
 public:
  /// Moves the parts of `base`, the mean person.
  Mouth(const Wheel& wheel, std::vector<Vec3>& base);

  /// `unit`: how an expression moves the base mesh's vertices. The jaw turns the lower teeth and
  /// the tongue with it; what stands elsewhere now is turned elsewhere.
  void carry(std::vector<Vec3>& unit) const;

 private:
  struct Part {
    std::vector<std::int32_t> vertices;
    std::vector<Vec3> before, after;
  };
  static Part narrower(const Wheel& wheel, const std::vector<Vec3>& base, std::uint8_t which);

  Part lower_, tongue_;
};

/// The mean person's lips gape by half a millimeter, and whatever lies behind shows as a bright
/// line. They come together here until they overlap a little, so that people whose lips are thinner
/// have them shut, too. The change fades out over a few millimeters.
///
///   base  [base vertices] the mean person, symmetric across x = 0
///
/// Errors   InputError naming the wheel when its jaw does not carry the lower lip.
void shut_lips(const Wheel& wheel, const Target& jaw_open, std::vector<Vec3>& base);

/// Lashes are cards for a texture with holes. As plain geometry they are shortened towards their
/// row on the edge of the lid, and whatever moves them is shortened with them.
class Lashes {
 public:
  /// Finds for each vertex of a lash its root: where its column meets the lid.
  /// InputError naming the wheel when the lashes are no strips of quads.
  Lashes(const Wheel& wheel, const std::vector<Vec3>& base);

  /// `field` on the base mesh's vertices: positions, or a change of them.
  void shorten(std::vector<Vec3>& field) const;

  /// The length at which the head's triangles are chosen: three quarters of the cards'.
  void lengthen(std::vector<Vec3>& base) const;

 private:
  struct Root {
    std::int32_t vertex, root;
    double kept;  // of the lash's length
  };
  std::vector<Root> roots_;
};

}  // namespace fgcn::mesh::makehuman
