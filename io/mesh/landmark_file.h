// Files of named points: MeshLab's .pp, .lmrk, JSON, and text.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

struct NamedPoint {
  std::string name;
  Vec3 point{};
};

/// Told by content:
///   .pp    XML of <point name="..." x="..." y="..." z="..."/>, those with active="0" left out
///   .lmrk  lines NAME z x y, in that order; lines that begin with _ are passed over
///   JSON   {"NAME": [x, y, z], ...} or {"NAME": {"x": .., "y": .., "z": ..}}, or a list of points
///   text   lines x y z or NAME x y z; '#' begins a comment
/// `lmrk` says that text is of the second kind: nothing in it does. A point without a name gets its
/// number, from 0. Points at (0, 0, 0) mean "not set" and are left out.
///
/// Errors   InputError: none of these, a number that is not finite, more than 100,000 points, no
///          point.
std::vector<NamedPoint> parse_landmarks(std::span<const std::uint8_t> bytes,
                                        const std::string& where, bool lmrk = false);
/// A file that ends in .lmrk is one.
std::vector<NamedPoint> read_landmarks(const std::filesystem::path& path);

}  // namespace fgcn::mesh
