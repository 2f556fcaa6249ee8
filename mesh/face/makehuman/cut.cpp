#include "mesh/face/makehuman/cut.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <sstream>

#include "kernels/core/error.h"

namespace fgcn::mesh::makehuman {
namespace {

constexpr double kClose = 0.3;  // of an edge: a vertex nearer to the plane than this moves into it

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// [base vertices] the part that a vertex belongs to, or -1.
std::vector<int> parts_of(const Wheel& wheel) {
  std::vector<int> part(static_cast<std::size_t>(wheel.vertices()), -1);
  for (std::size_t p = 0; p < std::size(kParts); ++p) {
    std::istringstream groups(kParts[p].groups);
    groups.exceptions(std::ios::badbit);  // or a lack of memory is the end of the text
    for (std::string name; groups >> name;)
      for (const auto& [first, last] : wheel.group(name))
        for (std::int32_t v = first; v <= last; ++v) part[index(v)] = static_cast<int>(p);
  }
  return part;
}

/// Cuts faces by the plane and numbers what is left.
class Cutter {
 public:
  Cutter(const Wheel& wheel, const std::vector<Vec3>& base, double neck)
      : wheel_(wheel), base_(base), neck_(neck) {
    out_.uv = wheel.base().uvs;
    down_.assign(base.size(), -1);
  }

  /// Vertices that move into the plane, each along its edge that crosses soonest.
  void find_moves(const std::vector<std::int32_t>& faces) {
    std::vector<double> soonest(base_.size(), kClose);
    for (const std::int32_t f : faces) {
      const std::vector<ObjCorner> corners = corners_of(f);
      for (std::size_t k = 0; k < corners.size(); ++k) {
        const std::int32_t v = corners[k].vertex;
        for (const std::size_t other : {k + 1, k + corners.size() - 1}) {
          const std::int32_t w = corners[other % corners.size()].vertex;
          if (!above(v) || above(w)) continue;
          const double t = crossing(v, w);
          if (t >= soonest[index(v)]) continue;
          soonest[index(v)] = t;
          down_[index(v)] = w;
        }
      }
    }
  }

  void add(std::int32_t face, std::uint8_t part, bool cut) {
    const std::vector<ObjCorner> corners = corners_of(face);
    std::vector<std::array<std::int32_t, 2>> kept;  // vertex and row of texture coordinates
    for (std::size_t k = 0; k < corners.size(); ++k) {
      const ObjCorner& a = corners[k];
      const ObjCorner& b = corners[(k + 1) % corners.size()];
      if (!cut || above(a.vertex)) kept.push_back({own_vertex(a.vertex, cut), a.uv});
      if (cut && above(a.vertex) != above(b.vertex)) {
        const ObjCorner& upper = above(a.vertex) ? a : b;
        const ObjCorner& lower = above(a.vertex) ? b : a;
        if (down_[index(upper.vertex)] < 0) kept.push_back(cut_edge(upper, lower));
      }
    }
    if (kept.size() < 3) return;
    // Moved vertices alone span nothing but the plane's own line.
    if (cut &&
        std::all_of(kept.begin(), kept.end(), [&](const auto& c) { return rim_[index(c[0])]; }))
      return;
    for (const auto& [vertex, uv] : kept) {
      out_.mesh.vertex.push_back(vertex);
      out_.mesh.uv.push_back(uv);
    }
    out_.mesh.begin.push_back(static_cast<std::int32_t>(out_.mesh.vertex.size()));
    out_.part.push_back(part);
  }

  bool reaches_up(std::int32_t face) const {
    const std::vector<ObjCorner> corners = corners_of(face);
    return std::any_of(corners.begin(), corners.end(),
                       [&](const ObjCorner& c) { return above(c.vertex); });
  }

  CutMesh take(const std::string& where) {
    out_.mesh.vertices = static_cast<std::int32_t>(out_.blend.size());
    out_.mesh.uvs = static_cast<std::int32_t>(out_.uv.size());
    for (const Key& key : keys_) {
      const auto across = [&](std::int32_t v) { return v < 0 ? v : wheel_.mirror()[index(v)]; };
      const auto found = number_.find({across(key[0]), across(key[1])});
      if (found == number_.end())
        input_error(where, ": the base mesh is not symmetric at vertex ", key[0],
                    "; fetch the wheel again");
      out_.mirror.push_back(found->second);
    }
    return std::move(out_);
  }

 private:
  using Key = std::array<std::int32_t, 2>;  // a base vertex and -1, or an edge, upper end first

  bool above(std::int32_t v) const { return base_[index(v)][1] > neck_; }
  /// How far along from `upper` the plane lies, of the edge's length.
  double crossing(std::int32_t upper, std::int32_t lower) const {
    const double high = base_[index(upper)][1], low = base_[index(lower)][1];
    return (high - neck_) / (high - low);
  }
  std::vector<ObjCorner> corners_of(std::int32_t face) const {
    const ObjFile& file = wheel_.base();
    return {file.corners.begin() + file.face_begin[index(face)],
            file.corners.begin() + file.face_begin[index(face) + 1]};
  }
  std::int32_t number(const Key& key, Blend blend, bool rim) {
    const auto [found, fresh] =
        number_.try_emplace(key, static_cast<std::int32_t>(out_.blend.size()));
    if (fresh) {
      std::sort(blend.begin(), blend.end());
      out_.blend.push_back(std::move(blend));
      keys_.push_back(key);
      rim_.push_back(rim);
    }
    return found->second;
  }
  std::int32_t own_vertex(std::int32_t v, bool cut) {
    const std::int32_t w = cut ? down_[index(v)] : -1;
    if (w < 0) return number({v, -1}, {{v, 1.0}}, false);
    const double t = crossing(v, w);
    return number({v, -1}, {{v, 1 - t}, {w, t}}, true);
  }
  std::array<std::int32_t, 2> cut_edge(const ObjCorner& upper, const ObjCorner& lower) {
    const double t = crossing(upper.vertex, lower.vertex);
    const std::int32_t vertex =
        number({upper.vertex, lower.vertex}, {{upper.vertex, 1 - t}, {lower.vertex, t}}, true);
    const auto [found, fresh] =
        cut_uv_.try_emplace({upper.uv, lower.uv}, static_cast<std::int32_t>(out_.uv.size()));
    if (fresh) {
      const Vec2 a = out_.uv[index(upper.uv)], b = out_.uv[index(lower.uv)];
      out_.uv.push_back({a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])});
    }
    return {vertex, found->second};
  }

  const Wheel& wheel_;
  const std::vector<Vec3>& base_;
  double neck_;
  CutMesh out_;
  std::vector<std::int32_t> down_;  // [base vertices] the end of the edge it moves along, or -1
  std::map<Key, std::int32_t> number_;
  std::vector<Key> keys_;
  std::vector<bool> rim_;  // [vertices] within the plane
  std::map<Key, std::int32_t> cut_uv_;
};

/// Faces that share rows of texture coordinates have one number.
std::vector<std::int32_t> charts(const Polygons& mesh) {
  std::vector<std::int32_t> root(index(mesh.uvs));
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::int32_t row) {
    while (root[index(row)] != row) {
      root[index(row)] = root[index(root[index(row)])];
      row = root[index(row)];
    }
    return row;
  };
  for (std::int32_t f = 0; f < mesh.faces(); ++f)
    for (std::int32_t k = 1; k < mesh.corners(f); ++k)
      root[index(find(mesh.uv_corner(f, k)))] = find(mesh.uv_corner(f, 0));
  std::map<std::int32_t, std::int32_t> number;
  std::vector<std::int32_t> out;
  for (std::int32_t f = 0; f < mesh.faces(); ++f) {
    const auto next = static_cast<std::int32_t>(number.size());
    out.push_back(number.try_emplace(find(mesh.uv_corner(f, 0)), next).first->second);
  }
  return out;
}

}  // namespace

CutMesh cut_parts(const Wheel& wheel, const std::vector<Vec3>& base, double neck) {
  const std::vector<int> part = parts_of(wheel);
  std::vector<std::vector<std::int32_t>> faces(std::size(kParts));
  const ObjFile& file = wheel.base();
  Cutter cutter(wheel, base, neck);
  for (std::int32_t f = 0; f < file.faces(); ++f) {
    const auto begin = static_cast<std::size_t>(file.face_begin[index(f)]);
    const auto end = static_cast<std::size_t>(file.face_begin[index(f) + 1]);
    const int own = part[index(file.corners[begin].vertex)];
    bool whole = own >= 0;
    for (std::size_t c = begin; whole && c < end; ++c)
      whole = part[index(file.corners[c].vertex)] == own;
    if (whole && (own != kSkin || cutter.reaches_up(f)))
      faces[static_cast<std::size_t>(own)].push_back(f);
  }
  cutter.find_moves(faces[kSkin]);
  for (std::size_t p = 0; p < faces.size(); ++p) {
    if (faces[p].empty())
      input_error(wheel.where(), ": its base mesh has no faces of ", kParts[p].name,
                  "; fetch the wheel again");
    for (const std::int32_t f : faces[p]) cutter.add(f, static_cast<std::uint8_t>(p), p == kSkin);
  }
  CutMesh out = cutter.take(wheel.where());
  out.chart = charts(out.mesh);
  return out;
}

}  // namespace fgcn::mesh::makehuman
