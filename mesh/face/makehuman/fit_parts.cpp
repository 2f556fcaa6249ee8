#include "mesh/face/makehuman/fit_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/cut.h"

namespace fgcn::mesh::makehuman {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The faces of a strip of quads, by vertex and by edge.
struct Strip {
  std::map<std::int32_t, int> faces;                       // of each vertex
  std::map<std::array<std::int32_t, 2>, int> edges;        // lower end first: faces
  std::map<std::int32_t, std::vector<std::int32_t>> next;  // along edges
};

Strip strip_of(const Wheel& wheel, const std::string& group) {
  const ObjFile& file = wheel.base();
  std::vector<bool> own(file.vertices.size(), false);
  for (const auto& [first, last] : wheel.group(group))
    std::fill(own.begin() + first, own.begin() + last + 1, true);
  Strip out;
  for (std::int32_t f = 0; f < file.faces(); ++f) {
    const std::int64_t begin = file.face_begin[index(f)], end = file.face_begin[index(f) + 1];
    for (std::int64_t c = begin; c < end; ++c) {
      const std::int32_t a = file.corners[static_cast<std::size_t>(c)].vertex;
      const std::int32_t b =
          file.corners[static_cast<std::size_t>(c + 1 < end ? c + 1 : begin)].vertex;
      if (!own[index(a)] || !own[index(b)]) break;
      ++out.faces[a];
      if (++out.edges[{std::min(a, b), std::max(a, b)}] > 1) continue;
      out.next[a].push_back(b);
      out.next[b].push_back(a);
    }
  }
  return out;
}

/// The sides of the strip from corner to corner; a corner has one face.
std::vector<std::vector<std::int32_t>> sides(const Strip& strip) {
  std::vector<std::vector<std::int32_t>> out;
  const auto border = [&](std::int32_t a, std::int32_t b) {
    return strip.edges.at({std::min(a, b), std::max(a, b)}) == 1;
  };
  for (const auto& [corner, count] : strip.faces) {
    if (count != 1) continue;
    for (const std::int32_t first : strip.next.at(corner)) {
      std::vector<std::int32_t> side{corner, first};
      while (strip.faces.at(side.back()) != 1 && side.size() <= strip.faces.size()) {
        const std::int32_t before = side[side.size() - 2];
        for (const std::int32_t w : strip.next.at(side.back()))
          if (w != before && border(w, side.back())) {
            side.push_back(w);
            break;
          }
        if (side[side.size() - 2] == before) break;  // no way on
      }
      out.push_back(std::move(side));
    }
  }
  return out;
}

/// The long side of the strip that lies nearer to the eyeball.
std::vector<std::int32_t> root_side(const Strip& strip, const std::vector<Vec3>& base,
                                    const Vec3& ball) {
  std::vector<std::int32_t> best;
  double nearest = 0;
  for (std::vector<std::int32_t>& side : sides(strip)) {
    double mean = 0;
    for (const std::int32_t v : side)
      mean += norm(base[index(v)] - ball) / static_cast<double>(side.size());
    const bool longer = side.size() > best.size();
    if (longer || (side.size() == best.size() && mean < nearest)) {
      best = std::move(side);
      nearest = mean;
    }
  }
  return best;
}

}  // namespace

void set_back_mouth(const Wheel& wheel, std::vector<Vec3>& base) {
  constexpr double kNarrower = 0.85, kBack = 0.04, kLower = 0.03;
  for (const std::uint8_t part : {kUpperTeeth, kLowerTeeth, kTongue})
    for (const auto& [first, last] : wheel.group(kParts[part].groups))
      for (std::int32_t v = first; v <= last; ++v) {
        Vec3& p = base[index(v)];
        p = {kNarrower * p[0], p[1] - (part == kUpperTeeth ? 0 : kLower), p[2] - kBack};
      }
}

Lashes::Lashes(const Wheel& wheel, const std::vector<Vec3>& base) {
  std::istringstream groups(kParts[kLashes].groups);
  for (std::string name; groups >> name;) {
    const Strip strip = strip_of(wheel, name);
    const bool left = name.find("-l-") != std::string::npos;
    Vec3 ball{};
    double count = 0;
    for (const auto& [first, last] : wheel.group(kParts[left ? kLeftEye : kRightEye].groups))
      for (std::int32_t v = first; v <= last; ++v, ++count) ball = ball + base[index(v)];
    // Row by row away from the lid; a vertex has one neighbour in the row before.
    std::map<std::int32_t, std::int32_t> root;
    std::vector<std::int32_t> row = root_side(strip, base, (1 / count) * ball);
    for (const std::int32_t v : row) root[v] = v;
    while (!row.empty()) {
      std::vector<std::int32_t> farther;
      for (const std::int32_t v : row)
        for (const std::int32_t w : strip.next.at(v))
          if (root.emplace(w, root.at(v)).second) farther.push_back(w);
      row = std::move(farther);
    }
    if (root.empty())
      input_error(wheel.where(), ": ", name, " is not a strip of quads; fetch the wheel again");
    roots_.insert(roots_.end(), root.begin(), root.end());
  }
}

void Lashes::shorten(std::vector<Vec3>& field) const {
  constexpr double kKept = 0.75;
  // A root is its own and stays.
  for (const auto& [v, root] : roots_)
    field[index(v)] = field[index(root)] + kKept * (field[index(v)] - field[index(root)]);
}

}  // namespace fgcn::mesh::makehuman
