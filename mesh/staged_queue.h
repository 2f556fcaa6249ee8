// A priority queue whose far part is neither sorted nor searched until it is needed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

namespace fgcn::mesh {

/// The least element first, in the order of `>`; elements have a `cost`, their first key, not NaN.
///
/// Elements above a bound lie in no order. When those below it are used up, the outdated are thrown
/// away, the bound rises to take in a part of the others, and this part is sorted. A heap holds
/// what arrives below the bound meanwhile. Walking a sorted array and a small heap stays in the
/// cache; a heap of everything would miss it at each step down.
template <class Element>
class StagedQueue {
 public:
  void push(const Element& e) {
    if (!(e.cost <= bound_)) {
      far_.push_back(e);
      return;
    }
    late_.push_back(e);
    std::push_heap(late_.begin(), late_.end(), std::greater<>());
  }

  /// The least element in `out`; false when none is left. Leaves out elements for which `outdated`
  /// is true at times: the caller tests what it gets all the same.
  template <class Outdated>
  bool pop(Element& out, const Outdated& outdated) {
    if (next_ == sorted_.size() && late_.empty() && !refill(outdated)) return false;
    if (next_ == sorted_.size() || (!late_.empty() && sorted_[next_] > late_.front())) {
      out = late_.front();
      std::pop_heap(late_.begin(), late_.end(), std::greater<>());
      late_.pop_back();
    } else {
      out = sorted_[next_++];
    }
    return true;
  }

 private:
  template <class Outdated>
  bool refill(const Outdated& outdated) {
    std::erase_if(far_, outdated);
    sorted_.clear();
    next_ = 0;
    if (far_.empty()) return false;
    constexpr std::size_t kLeast = 1024;
    constexpr std::size_t kPart = 16;
    const std::size_t taken = std::min(std::max(far_.size() / kPart, kLeast), far_.size());
    const auto by_cost = [](const Element& a, const Element& b) { return a.cost < b.cost; };
    std::nth_element(far_.begin(), far_.begin() + static_cast<std::ptrdiff_t>(taken - 1),
                     far_.end(), by_cost);
    bound_ = far_[taken - 1].cost;
    const auto above = std::partition(far_.begin(), far_.end(),
                                      [&](const Element& e) { return e.cost <= bound_; });
    sorted_.assign(far_.begin(), above);
    far_.erase(far_.begin(), above);
    std::sort(sorted_.begin(), sorted_.end(),
              [](const Element& a, const Element& b) { return b > a; });
    return true;
  }

  double bound_ = -std::numeric_limits<double>::infinity();
  std::vector<Element> far_;     // above the bound
  std::vector<Element> sorted_;  // up to the bound
  std::size_t next_ = 0;         // the first of `sorted_` that has not left
  std::vector<Element> late_;    // a heap of those up to the bound that came after the sorting
};

}  // namespace fgcn::mesh
