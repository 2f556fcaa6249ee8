// Work of a device that is the same in every step.
#pragma once

#include <functional>

#include "kernels/runtime/graph.h"

namespace fgcn {

/// Whether the device's work is recorded once and then done again as a whole
/// (kernels/runtime/graph.h). The CPU has no graphs.
enum class UseGraph { kNo, kYes };

/// Does a piece of work plainly the first time, which makes what cannot be made while recording,
/// such as the libraries' handles; records it the second time; and from then on does what was
/// recorded. The rules for the work are Graph's.
class RepeatedWork {
 public:
  explicit RepeatedWork(UseGraph use = UseGraph::kNo) : use_(use) {}

  void operator()(const Context& ctx, const std::function<void()>& work) {
    if (use_ == UseGraph::kNo || !done_) {
      work();
      done_ = true;
      return;
    }
    if (!graph_.defined()) graph_ = Graph(ctx, work);
    graph_.run();
  }
  /// Begins anew, because the work is to be another one.
  void forget() {
    graph_ = {};
    done_ = false;
  }

 private:
  UseGraph use_;
  bool done_ = false;
  Graph graph_;
};

}  // namespace fgcn
