// Work of a device recorded once and done again and again: a CUDA graph.
#pragma once

#include <functional>
#include <memory>

#include "kernels/core/context.h"

namespace fgcn {

/// The work that a function gives to a device - kernels, calls of libraries, copies and fills -
/// with its arguments and addresses. Running it is one call of the driver, whatever it holds.
///
/// The rules for the function:
/// - It runs once, while recording; nothing is done then. What varies from run to run (a learning
///   rate, a step's number, a batch) is therefore read from device memory, which is written before
///   run(), not passed as an argument.
/// - It does not wait for the device, so it reads no results, and it copies from the host by
///   upload_later() only, out of pinned memory that outlives the graph; it sets no mark.
/// - Everything it needs has been made before: handles of libraries, indices of meshes. Run it once
///   without a graph first.
/// - What it reads and writes of others lives as long as the graph; of another graph, too.
/// Memory that it takes is the graph's: nobody else gets it before the graph is gone and the last
/// tensor in it, and within the graph it is reused as ever. What it releases of others is kept
/// until the graph is gone: the recorded work may read it.
///
/// Errors   fgcn::Error when a rule is broken where that can be seen, and on the CPU, which has
///          none; what the function throws passes through and nothing is recorded.
/// Repeat   the bits of the same work done without a graph.
class Graph {
 public:
  Graph() = default;
  Graph(const Context& ctx, const std::function<void()>& function)
      : runtime_(ctx.shared_runtime()) {
    runtime_->begin_recording();
    try {
      function();
      work_ = runtime_->end_recording();
    } catch (...) {
      runtime_->drop_recording();
      throw;
    }
  }

  bool defined() const { return work_ != nullptr; }
  /// Gives the work to the device; does not wait.
  void run() const { work_->run(); }

 private:
  std::shared_ptr<Runtime> runtime_;  // before the work: that is gone first
  std::shared_ptr<RecordedWork> work_;
};

}  // namespace fgcn
