// From what each lane of a warp did to what the warp did.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "kernels/simt/access/request.h"

namespace fgcn::simt {

/// Everything that one thread accessed, in its order.
using Trace = std::vector<LaneAccess>;

/// Puts the accesses of a warp's lanes together as lock step does: lanes that part go on by turns,
/// and meet again at the first place that all of their ways lead to.
///
/// That place is the immediate post-dominator in the graph of the basic blocks and accesses that
/// follow each other in some lane of the warp. It is where a GPU's compiler puts the reconvergence
/// of structured code. (To count how often each lane came to an access would not do: of nested
/// loops of different lengths it would put different rounds together.)
class WarpReplay {
 public:
  using Visit = std::function<void(const Request&)>;

  /// At most 32 lanes. Calls `visit` once a request, in order.
  void run(std::span<const Trace> lanes, const Visit& visit);

 private:
  using Edge = std::pair<int, int>;

  /// Where lanes that part behind each access meet again.
  const std::vector<int>& meetings(const std::vector<std::vector<int>>& paths, int nodes);
  void run_apart(std::span<const Trace> lanes, const Visit& visit);

  std::map<std::vector<Edge>, std::vector<int>> known_;  // by the graph
};

}  // namespace fgcn::simt
