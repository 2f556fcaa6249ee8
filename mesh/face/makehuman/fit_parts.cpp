#include "mesh/face/makehuman/fit_parts.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/cut.h"
#include "mesh/face/makehuman/head_landmarks.h"

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

/// Where incisors or the tongue's tip stand, in dm from the middle of the upper lip's inner edge.
struct Place {
  double below, behind;  // the edge, or the top of the tip; the front
};
// Of the base mesh; subdivision takes some 3 mm off an edge and 1 mm off a front. There the upper
// incisors end 2 mm below the lip's edge, as far as they show at rest, and the lower ones meet
// them. Their fronts keep 3 mm from the lining, so that they do not come through lips that are
// pressed.
constexpr Place kUpper{0.045, 0.062}, kLower{-0.032, 0.091}, kBehindTeeth{0.069, 0.206};
constexpr double kNarrower = 0.85;  // the arches' width
constexpr double kIncisors = 0.04;  // dm behind the front that an edge is measured
constexpr double kClosed = 0.130;   // rad that the lower teeth turn about their back ends

// What is kept of the lashes' length. Cards below the eye are seen from the front as bands of 3 mm,
// where the lashes of life are too fine to be seen.
constexpr double kUpperKept = 0.5, kLowerKept = 0.2;

/// Turns the lower teeth up.
void close(std::vector<Vec3>& lower) {
  double back = 100, top = -100;
  for (const Vec3& p : lower) back = std::min(back, p[2]);
  for (const Vec3& p : lower)
    if (p[2] < back + kIncisors) top = std::max(top, p[1]);
  for (Vec3& p : lower) {
    const double y = p[1] - top, z = p[2] - back;
    p[1] = top + std::cos(kClosed) * y + std::sin(kClosed) * z;
    p[2] = back - std::sin(kClosed) * y + std::cos(kClosed) * z;
  }
}

}  // namespace

Mouth::Part Mouth::narrower(const Wheel& wheel, const std::vector<Vec3>& base, std::uint8_t which) {
  Part out;
  for (const auto& [first, last] : wheel.group(kParts[which].groups))
    for (std::int32_t v = first; v <= last; ++v) {
      const Vec3& p = base[index(v)];
      out.vertices.push_back(v);
      out.before.push_back(p);
      out.after.push_back({kNarrower * p[0], p[1], p[2]});
    }
  return out;
}

Mouth::Mouth(const Wheel& wheel, std::vector<Vec3>& base) {
  const Vec3 lip = base[index(kUpperInnerLip)];
  const auto place = [&](Part& part, const Place& at, bool by_lowest) {
    double edge = by_lowest ? 100 : -100, front = -100;
    for (const Vec3& p : part.after) front = std::max(front, p[2]);
    for (const Vec3& p : part.after)
      if (front - p[2] < kIncisors) edge = by_lowest ? std::min(edge, p[1]) : std::max(edge, p[1]);
    const Vec3 move{0, lip[1] - at.below - edge, lip[2] - at.behind - front};
    for (std::size_t i = 0; i < part.after.size(); ++i) {
      part.after[i] = part.after[i] + move;
      base[index(part.vertices[i])] = part.after[i];
    }
  };
  Part upper = narrower(wheel, base, kUpperTeeth);
  lower_ = narrower(wheel, base, kLowerTeeth);
  tongue_ = narrower(wheel, base, kTongue);
  close(lower_.after);
  place(upper, kUpper, true);
  place(lower_, kLower, false);
  place(tongue_, kBehindTeeth, false);
}

void Mouth::carry(std::vector<Vec3>& unit) const {
  // [x 1] A = the moves of the lower teeth, by least squares: those of a stiff body are affine.
  Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
  Eigen::Matrix<double, 4, 3> right = Eigen::Matrix<double, 4, 3>::Zero();
  for (std::size_t i = 0; i < lower_.vertices.size(); ++i) {
    const Vec3 &p = lower_.before[i], &move = unit[index(lower_.vertices[i])];
    const Eigen::Vector4d x(p[0], p[1], p[2], 1);
    normal += x * x.transpose();
    right += x * Eigen::RowVector3d(move[0], move[1], move[2]);
  }
  if (right.isZero(0)) return;  // nothing of the jaw
  const Eigen::Matrix3d turn = normal.ldlt().solve(right).topRows<3>();
  for (const Part* part : {&lower_, &tongue_})
    for (std::size_t i = 0; i < part->vertices.size(); ++i) {
      const Vec3 by = part->after[i] - part->before[i];
      const Eigen::RowVector3d more = Eigen::RowVector3d(by[0], by[1], by[2]) * turn;
      Vec3& move = unit[index(part->vertices[i])];
      move = move + Vec3{more[0], more[1], more[2]};
    }
}

void shut_lips(const Wheel& wheel, const Target& jaw_open, std::vector<Vec3>& base) {
  // dm that either lip moves: beside the corners they stand farthest apart.
  constexpr double kCloser = 0.004, kCloserAtCorner = 0.009;
  constexpr double kReach = 0.03;  // dm, of the Gaussian around the slit
  constexpr double kCornersApart = 0.1;
  // A jaw that opens carries the lower lip along: 1 in its middle, 0 in that of the upper lip.
  std::vector<double> drop(base.size(), 0);
  for (std::size_t i = 0; i < jaw_open.vertex.size(); ++i)
    drop[index(jaw_open.vertex[i])] = -jaw_open.move[i][1];
  const double whole = drop[index(kInnerLips[6])];
  if (!(whole > 0))
    input_error(wheel.where(), ": its jawOpen does not lower the lip; fetch the wheel again");
  const std::vector<std::int32_t>& mirror = wheel.mirror();
  const auto carried = [&](std::int32_t v) {
    return (drop[index(v)] + drop[index(mirror[index(v)])]) / (2 * whole);
  };
  // The slit from the left corner to the middle: between an upper and a lower point each.
  struct Node {
    Vec3 at;
    double carried, apart;  // between the lips' and half of the difference of the two
    double closer = kCloser;
  };
  const auto node = [&](std::size_t upper, std::size_t lower) {
    const std::int32_t a = kInnerLips[upper], b = kInnerLips[lower];
    return Node{0.5 * (base[index(a)] + base[index(b)]), 0.5 * (carried(a) + carried(b)),
                std::max(0.5 * (carried(b) - carried(a)), kCornersApart)};
  };
  std::array<Node, 3> slit{node(4, 4), node(3, 5), node(2, 6)};
  // The corner itself goes with the upper lip; what tells the lips apart beside it lies between.
  slit[0].closer = kCloserAtCorner;
  slit[0].carried = 0.5 * (slit[0].carried + slit[1].carried);
  std::vector<double> up(base.size(), 0);
  for (const auto& [first, last] : wheel.group(kParts[kSkin].groups))
    for (std::int32_t v = first; v <= last; ++v) {
      const Vec3 p{std::abs(base[index(v)][0]), base[index(v)][1], base[index(v)][2]};
      double nearest = 1e30, move = 0;
      for (std::size_t i = 0; i + 1 < slit.size(); ++i) {
        const Node &a = slit[i], &b = slit[i + 1];
        const Vec3 along = b.at - a.at, to = p - a.at;
        const double t = std::clamp(dot(along, to) / dot(along, along), 0.0, 1.0);
        const double distance = norm(to - t * along);
        if (distance >= nearest) continue;
        nearest = distance;
        const double side =
            (carried(v) - (1 - t) * a.carried - t * b.carried) / ((1 - t) * a.apart + t * b.apart);
        move = ((1 - t) * a.closer + t * b.closer) * std::clamp(side, -1.0, 1.0);
      }
      up[index(v)] = move * std::exp(-0.5 * (nearest / kReach) * (nearest / kReach));
    }
  for (std::size_t v = 0; v < base.size(); ++v) base[v][1] += up[v];
}

Lashes::Lashes(const Wheel& wheel, const std::vector<Vec3>& base) {
  std::istringstream groups(kParts[kLashes].groups);
  groups.exceptions(std::ios::badbit);  // or a lack of memory is the end of the text
  for (std::string name; groups >> name;) {
    const Strip strip = strip_of(wheel, name);
    const bool left = name.find("-l-") != std::string::npos;
    const double kept = name.ends_with("-1") ? kLowerKept : kUpperKept;
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
    for (const auto& [v, of] : root) roots_.push_back({v, of, kept});
  }
}

void Lashes::shorten(std::vector<Vec3>& field) const {
  // A root is its own and stays.
  for (const auto& [v, root, kept] : roots_)
    field[index(v)] = field[index(root)] + kept * (field[index(v)] - field[index(root)]);
}

void Lashes::lengthen(std::vector<Vec3>& base) const {
  constexpr double kKept = 0.75;
  for (const auto& [v, root, kept] : roots_)
    base[index(v)] = base[index(root)] + kKept * (base[index(v)] - base[index(root)]);
}

}  // namespace fgcn::mesh::makehuman
