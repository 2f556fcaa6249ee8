#include "mesh/search/box_tree.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

// The fourth power of a length must stay finite.
constexpr double kLargest = 1e60;
// Items that are worth a task of their own; without OpenMP nobody asks.
[[maybe_unused]] constexpr std::int64_t kTask = 4096;

struct Quarters {
  std::array<std::int64_t, 5> begin;
};
Quarters quarters(std::int64_t begin, std::int64_t end) {
  const std::int64_t middle = begin + (end - begin) / 2;
  return {{begin, begin + (middle - begin) / 2, middle, middle + (end - middle) / 2, end}};
}

}  // namespace

class BoxTree::Builder {
 public:
  struct Item {
    std::array<float, 3> centre;
    std::int32_t index;
  };

  Builder(BoxTree& tree, const std::function<Box(std::int32_t)>& box) : tree_(tree), box_(box) {}

  void run(std::int64_t items) {
    measure(items);
    items_.resize(static_cast<std::size_t>(items));
#pragma omp parallel for
    for (std::int64_t i = 0; i < items; ++i) {
      const Box b = box_(static_cast<std::int32_t>(i));
      Item& item = items_[static_cast<std::size_t>(i)];
      item.index = static_cast<std::int32_t>(i);
      for (int k = 0; k < 3; ++k)
        item.centre[k] = static_cast<float>(tree_.to_frame(0.5 * b.low[k] + 0.5 * b.high[k], k));
    }
    tree_.nodes_.resize(static_cast<std::size_t>(nodes_of(items, true)));
#pragma omp parallel
#pragma omp single
    build(0, 0, items);
    tree_.order_.reserve(items_.size());
    for (const Item& item : items_) tree_.order_.push_back(item.index);
  }

 private:
  void measure(std::int64_t items) {
    constexpr double kFar = std::numeric_limits<double>::infinity();
    Box all{{kFar, kFar, kFar}, {-kFar, -kFar, -kFar}};
    for (std::int64_t i = 0; i < items; ++i) {
      const Box b = box_(static_cast<std::int32_t>(i));
      for (int k = 0; k < 3; ++k) {
        FGCN_CHECK(std::abs(b.low[k]) <= kLargest && std::abs(b.high[k]) <= kLargest,
                   "closest point: a vertex is at ", b.low[k], ", expected finite numbers up to ",
                   kLargest);
        all.low[k] = std::min(all.low[k], b.low[k]);
        all.high[k] = std::max(all.high[k], b.high[k]);
      }
    }
    tree_.bounds_ = all;
    double half = 1e-30;
    for (int k = 0; k < 3; ++k) {
      tree_.centre_[k] = 0.5 * all.low[k] + 0.5 * all.high[k];
      half = std::max(half, all.high[k] - tree_.centre_[k]);
    }
    int exponent = 0;
    std::frexp(half, &exponent);
    tree_.scale_ = std::ldexp(1.0, -exponent);
  }

  /// Nodes of a subtree; a leaf needs none but at the root. Sizes at one depth differ by one.
  std::int64_t nodes_of(std::int64_t items, bool root = false) {
    if (items <= kLeaf) return root ? 1 : 0;
    const auto known = nodes_.find(items);
    if (known != nodes_.end()) return known->second;
    const Quarters q = quarters(0, items);
    std::int64_t sum = 1;
    for (int k = 0; k < 4; ++k) sum += nodes_of(q.begin[k + 1] - q.begin[k]);
    nodes_[items] = sum;
    return sum;
  }
  std::int64_t known_nodes(std::int64_t items) const {
    return items <= kLeaf ? 0 : nodes_.at(items);
  }

  void halve(std::int64_t begin, std::int64_t middle, std::int64_t end) {
    if (middle == begin || middle == end) return;
    std::array<float, 3> low = items_[static_cast<std::size_t>(begin)].centre, high = low;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto& c = items_[static_cast<std::size_t>(i)].centre;
      for (int k = 0; k < 3; ++k) {
        low[k] = std::min(low[k], c[k]);
        high[k] = std::max(high[k], c[k]);
      }
    }
    int axis = 0;
    for (int k = 1; k < 3; ++k)
      if (high[k] - low[k] > high[axis] - low[axis]) axis = k;
    std::nth_element(items_.begin() + begin, items_.begin() + middle, items_.begin() + end,
                     [axis](const Item& a, const Item& b) {
                       return a.centre[axis] < b.centre[axis] ||
                              (a.centre[axis] == b.centre[axis] && a.index < b.index);
                     });
  }

  /// Fills the node at `place` and those behind it; returns the box of its items, in the frame.
  struct FrameBox {
    std::array<float, 3> low, high;
  };
  FrameBox build(std::int64_t place, std::int64_t begin, std::int64_t end) {
    Quarters q{{begin, end, end, end, end}};
    if (end - begin > kLeaf) {
      q = quarters(begin, end);
      halve(begin, q.begin[2], end);
      halve(begin, q.begin[1], q.begin[2]);
      halve(q.begin[2], q.begin[3], end);
    }
    std::array<FrameBox, 4> part;
    std::array<std::int64_t, 4> at;
    std::int64_t next = place + 1;
    Node& node = tree_.nodes_[static_cast<std::size_t>(place)];
    for (int k = 0; k < 4; ++k) {
      const std::int64_t first = q.begin[k], last = q.begin[k + 1], count = last - first;
      at[k] = next;
      next += known_nodes(count);
      node.child[k] = static_cast<std::int32_t>(count <= kLeaf ? first : at[k]);
      node.items[k] = static_cast<std::int8_t>(count == 0 ? -1 : count <= kLeaf ? count : 0);
    }
    for (int k = 0; k < 4; ++k) {
      const std::int64_t first = q.begin[k], last = q.begin[k + 1];
      if (last - first <= kLeaf) {
        part[k] = leaf(first, last);
        continue;
      }
      FrameBox* const out = &part[k];
      const std::int64_t child = at[k];
#pragma omp task if (last - first > kTask) firstprivate(out, child, first, last)
      *out = build(child, first, last);
    }
#pragma omp taskwait
    FrameBox all = part[0];
    for (int k = 0; k < 4; ++k) {
      for (int c = 0; c < 3; ++c) {
        node.low[c][k] = part[k].low[c];
        node.high[c][k] = part[k].high[c];
        all.low[c] = std::min(all.low[c], part[k].low[c]);
        all.high[c] = std::max(all.high[c], part[k].high[c]);
      }
    }
    return all;
  }

  FrameBox leaf(std::int64_t begin, std::int64_t end) const {
    constexpr float kFar = std::numeric_limits<float>::max();
    FrameBox out{{kFar, kFar, kFar}, {-kFar, -kFar, -kFar}};
    for (std::int64_t i = begin; i < end; ++i) {
      const Box b = box_(items_[static_cast<std::size_t>(i)].index);
      for (int k = 0; k < 3; ++k) {
        out.low[k] = std::min(out.low[k], float_below(tree_.to_frame(b.low[k], k)));
        out.high[k] = std::max(out.high[k], float_above(tree_.to_frame(b.high[k], k)));
      }
    }
    return out;
  }

  BoxTree& tree_;
  const std::function<Box(std::int32_t)>& box_;
  std::vector<Item> items_;
  std::map<std::int64_t, std::int64_t> nodes_;
};

BoxTree::BoxTree(std::int64_t items, const std::function<Box(std::int32_t)>& box) {
  FGCN_CHECK(items > 0, "closest point: nothing to search in");
  FGCN_CHECK(items <= std::numeric_limits<std::int32_t>::max(), "closest point: ", items,
             " triangles are too many");
  Builder(*this, box).run(items);
}

}  // namespace fgcn::mesh
