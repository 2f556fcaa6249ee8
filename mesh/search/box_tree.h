// A tree of boxes, four a node, over anything that has a box: triangles or points.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "mesh/search/four_floats.h"

namespace fgcn::mesh {

struct Box {
  Vec3 low, high;
};

/// Boxes are single-precision, in a frame in which the whole is about 1 across, and rounded
/// outwards: a bound is never too tight, for a mesh of any unit and any distance from the origin.
///
/// Errors   fgcn::Error without items, or for a coordinate that is not finite or beyond 1e60.
/// Repeat   bitwise for any number of threads: the halves are cut at the median, ties by index.
class BoxTree {
 public:
  /// `box(i)` of item i.
  BoxTree(std::int64_t items, const std::function<Box(std::int32_t)>& box);

  /// [items] in the order of the leaves.
  const std::vector<std::int32_t>& order() const { return order_; }
  const Box& bounds() const { return bounds_; }

  /// Calls visit(begin, end) with ranges of `order`, nearest boxes first, as long as a box may
  /// hold something whose squared distance is at most `limit()`, asked again and again.
  template <class Visit, class Limit>
  void near(const Vec3& query, const Visit& visit, const Limit& limit) const;

  /// Calls visit(begin, end) for boxes that the ray from `origin` along `direction` (of any length
  /// but 0) may meet at a parameter of at most `limit()`, roughly nearest first. A visit that
  /// returns true ends the search.
  template <class Visit, class Limit>
  void along(const Vec3& origin, const Vec3& direction, const Visit& visit,
             const Limit& limit) const;

  /// Calls visit(begin, end) for every box that meets `box`; true ends the search.
  template <class Visit>
  void within(const Box& box, const Visit& visit) const;

 private:
  static constexpr std::int32_t kLeaf = 4;       // items
  static constexpr std::size_t kStack = 4 * 32;  // three wait a level; 17 levels hold 2^31 items
  struct Node {
    std::array<FourFloats, 3> low, high;
    std::array<std::int32_t, 4> child;  // a node's place, or the first item of a leaf
    std::array<std::int8_t, 4> items;   // of a leaf; 0: a node; -1: nothing
  };
  struct Pending {
    std::int32_t child;
    std::int32_t items;
    float key;
  };
  class Builder;

  /// Puts the lanes with `take` bits on the stack, the least key on top.
  static void push(const Node& node, const FourFloats& key, unsigned take,
                   std::array<Pending, kStack>& stack, std::size_t& depth) {
    const std::size_t first = depth;
    for (int k = 0; k < 4; ++k) {
      if ((take >> k & 1U) == 0 || node.items[k] < 0) continue;
      std::size_t at = depth++;
      for (; at > first && stack[at - 1].key < key[k]; --at) stack[at] = stack[at - 1];
      stack[at] = {node.child[k], node.items[k], key[k]};
    }
  }
  double to_frame(double x, int axis) const { return (x - centre_[axis]) * scale_; }

  Box bounds_{};
  Vec3 centre_{};
  double scale_ = 1;  // a power of two
  std::vector<std::int32_t> order_;
  std::vector<Node> nodes_;
};

template <class Visit, class Limit>
void BoxTree::near(const Vec3& query, const Visit& visit, const Limit& limit) const {
  std::array<FourFloats, 3> below, above;  // the query, rounded down and up
  for (int k = 0; k < 3; ++k) {
    const double x = to_frame(query[k], k);
    below[k] = all_four(float_below(x));
    above[k] = all_four(float_above(x));
  }
  const double square = scale_ * scale_;
  // Some units of rounding in the three squares and their sum.
  const auto bound = [&] { return float_above(limit() * square) * (1 + 0x1p-20F); };
  std::array<Pending, kStack> stack;
  std::size_t depth = 0;
  stack[depth++] = {0, 0, 0};
  while (depth > 0) {
    const Pending at = stack[--depth];
    const float most = bound();
    if (at.key > most) continue;
    if (at.items > 0) {
      visit(at.child, at.child + at.items);
      continue;
    }
    const Node& node = nodes_[static_cast<std::size_t>(at.child)];
    FourFloats sum = all_four(0);
    for (int k = 0; k < 3; ++k) {
      const FourFloats outside =
          larger(larger(node.low[k] - above[k], below[k] - node.high[k]), all_four(0));
      sum += outside * outside;
    }
    push(node, sum, ~lanes_above(sum, all_four(most)), stack, depth);
  }
}

template <class Visit, class Limit>
void BoxTree::along(const Vec3& origin, const Vec3& direction, const Visit& visit,
                    const Limit& limit) const {
  // The frame's ray begins where it enters the bounds, so that single precision does for the rest.
  std::array<double, 3> start, way;
  double longest = 0;
  for (int k = 0; k < 3; ++k) longest = std::max(longest, std::abs(direction[k]));
  double enter = 0, leave = std::numeric_limits<double>::infinity();  // of frame coordinates
  for (int k = 0; k < 3; ++k) {
    start[k] = to_frame(origin[k], k);
    way[k] = direction[k] / longest;
    if (std::abs(way[k]) < 1e-30) way[k] = std::copysign(1e-30, way[k]);
    constexpr double kSide = 1.001;
    const double a = (-kSide - start[k]) / way[k], b = (kSide - start[k]) / way[k];
    enter = std::max(enter, std::min(a, b));
    leave = std::min(leave, std::max(a, b));
  }
  if (!(enter <= leave)) return;
  // A frame parameter s is one of  (s + enter) / (scale longest)  along `direction`.
  const double per_parameter = scale_ * longest;
  std::array<FourFloats, 3> from, inverse;
  for (int k = 0; k < 3; ++k) {
    from[k] = all_four(static_cast<float>(start[k] + enter * way[k]));
    inverse[k] = all_four(static_cast<float>(1 / way[k]));
  }
  const auto bound = [&] {
    return static_cast<float>(std::min(limit() * per_parameter - enter + kPadding, 1e30));
  };
  std::array<Pending, kStack> stack;
  std::size_t depth = 0;
  stack[depth++] = {0, 0, 0};
  while (depth > 0) {
    const Pending at = stack[--depth];
    const float most = bound();
    if (at.key > most) continue;
    if (at.items > 0) {
      if (visit(at.child, at.child + at.items)) return;
      continue;
    }
    const Node& node = nodes_[static_cast<std::size_t>(at.child)];
    FourFloats first = all_four(static_cast<float>(-kPadding)), last = all_four(most);
    for (int k = 0; k < 3; ++k) {
      // The boxes' rounding and the ray's, as a margin on either side.
      const FourFloats pad = all_four(static_cast<float>(kPadding));
      const FourFloats a = (node.low[k] - pad - from[k]) * inverse[k];
      const FourFloats b = (node.high[k] + pad - from[k]) * inverse[k];
      first = larger(first, smaller(a, b));
      last = smaller(last, larger(a, b));
    }
    push(node, first, ~lanes_above(first, last), stack, depth);
  }
}

template <class Visit>
void BoxTree::within(const Box& box, const Visit& visit) const {
  std::array<FourFloats, 3> low, high;
  for (int k = 0; k < 3; ++k) {
    low[k] = all_four(float_below(to_frame(box.low[k], k)));
    high[k] = all_four(float_above(to_frame(box.high[k], k)));
  }
  std::array<Pending, kStack> stack;
  std::size_t depth = 0;
  stack[depth++] = {0, 0, 0};
  while (depth > 0) {
    const Pending at = stack[--depth];
    if (at.items > 0) {
      if (visit(at.child, at.child + at.items)) return;
      continue;
    }
    const Node& node = nodes_[static_cast<std::size_t>(at.child)];
    unsigned apart = 0;
    for (int k = 0; k < 3; ++k)
      apart |= lanes_above(node.low[k], high[k]) | lanes_above(low[k], node.high[k]);
    push(node, all_four(0), ~apart, stack, depth);
  }
}

}  // namespace fgcn::mesh
