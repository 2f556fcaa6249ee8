#include "kernels/simt/access/warp_replay.h"

#include <algorithm>
#include <cstdint>

namespace fgcn::simt {
namespace {

bool same_code(const Trace& a, const Trace& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const LaneAccess& x, const LaneAccess& y) { return x.code == y.code; });
}

/// A set of small numbers.
class NodeSet {
 public:
  NodeSet(int size, bool full)
      : words_(static_cast<std::size_t>(size + 63) / 64, full ? ~std::uint64_t{0} : 0) {}

  bool has(int node) const { return (words_[index(node)] >> (node % 64) & 1u) != 0; }
  void add(int node) { words_[index(node)] |= std::uint64_t{1} << (node % 64); }
  void intersect(const NodeSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }
  bool operator==(const NodeSet& other) const { return words_ == other.words_; }

 private:
  static std::size_t index(int node) { return static_cast<std::size_t>(node) / 64; }

  std::vector<std::uint64_t> words_;
};

/// Immediate post-dominators; node 0 is the entry, the last one the exit (-1 for that).
std::vector<int> immediate_post_dominators(const std::vector<std::pair<int, int>>& edges,
                                           int nodes) {
  const int exit = nodes - 1;
  std::vector<NodeSet> after(static_cast<std::size_t>(nodes), NodeSet(nodes, true));
  after.back() = NodeSet(nodes, false);
  after.back().add(exit);
  for (bool changed = true; changed;) {
    changed = false;
    for (int node = exit - 1; node >= 0; --node) {
      NodeSet all(nodes, true);
      const auto first = std::lower_bound(edges.begin(), edges.end(), std::pair{node, 0});
      for (auto edge = first; edge != edges.end() && edge->first == node; ++edge)
        all.intersect(after[static_cast<std::size_t>(edge->second)]);
      all.add(node);
      if (all == after[static_cast<std::size_t>(node)]) continue;
      after[static_cast<std::size_t>(node)] = all;
      changed = true;
    }
  }
  // The nearest of a node's post-dominators is the one that all others post-dominate.
  std::vector<int> out(static_cast<std::size_t>(nodes), -1);
  for (int node = 0; node < exit; ++node) {
    for (int next = 0; next < nodes; ++next) {
      if (next == node || !after[static_cast<std::size_t>(node)].has(next)) continue;
      int& nearest = out[static_cast<std::size_t>(node)];
      if (nearest < 0 || after[static_cast<std::size_t>(next)].has(nearest)) nearest = next;
    }
  }
  return out;
}

/// Lanes that go together until they meet the others at `stop`.
struct Party {
  std::vector<int> lanes;
  int stop;
  int last;  // the node that they come from
};

}  // namespace

void WarpReplay::run(std::span<const Trace> lanes, const Visit& visit) {
  const bool together = std::all_of(lanes.begin(), lanes.end(), [&](const Trace& lane) {
    return same_code(lane, lanes.front());
  });
  if (!together) return run_apart(lanes, visit);
  for (std::size_t i = 0; !lanes.empty() && i < lanes.front().size(); ++i) {
    if (lanes.front()[i].space == Space::kNone) continue;
    Request request;
    for (std::size_t k = 0; k < lanes.size(); ++k) request.add(static_cast<int>(k), lanes[k][i]);
    visit(request);
  }
}

const std::vector<int>& WarpReplay::meetings(const std::vector<std::vector<int>>& paths,
                                             int nodes) {
  std::vector<Edge> edges;
  for (const std::vector<int>& path : paths) {
    int from = 0;
    for (const int to : path) {
      edges.emplace_back(from, to);
      from = to;
    }
    // A long loop repeats its few edges.
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  }
  const auto found = known_.find(edges);
  if (found != known_.end()) return found->second;
  std::vector<int> made = immediate_post_dominators(edges, nodes);
  return known_.emplace(std::move(edges), std::move(made)).first->second;
}

void WarpReplay::run_apart(std::span<const Trace> lanes, const Visit& visit) {
  std::vector<std::uintptr_t> codes;
  for (const Trace& lane : lanes) {
    for (const LaneAccess& access : lane) codes.push_back(access.code);
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  }
  const int exit = static_cast<int>(codes.size()) + 1;
  std::vector<std::vector<int>> paths(lanes.size());
  std::vector<int> everyone;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    everyone.push_back(static_cast<int>(i));
    for (const LaneAccess& access : lanes[i])
      paths[i].push_back(
          1 + static_cast<int>(std::lower_bound(codes.begin(), codes.end(), access.code) -
                               codes.begin()));
    paths[i].push_back(exit);
  }
  const std::vector<int>& meeting = meetings(paths, exit + 1);

  std::vector<std::size_t> done(lanes.size(), 0);
  const auto node = [&](int lane) {
    const auto i = static_cast<std::size_t>(lane);
    return paths[i][done[i]];
  };
  std::vector<Party> parties{{everyone, exit, 0}};
  while (!parties.empty()) {
    Party& party = parties.back();
    std::erase_if(party.lanes, [&](int lane) { return node(lane) == party.stop; });
    if (party.lanes.empty()) {
      parties.pop_back();
      continue;
    }
    const int at = node(party.lanes.front());
    if (std::all_of(party.lanes.begin(), party.lanes.end(),
                    [&](int lane) { return node(lane) == at; })) {
      Request request;
      for (const int lane : party.lanes) {
        const auto i = static_cast<std::size_t>(lane);
        request.add(lane, lanes[i][done[i]++]);
      }
      party.last = at;
      if (request.at[0]->space != Space::kNone) visit(request);
      continue;
    }
    // They part here, and meet again at `until` or leave together at this party's own stop.
    const int until = meeting[static_cast<std::size_t>(party.last)];
    std::map<int, std::vector<int>> ways;
    for (const int lane : party.lanes) {
      if (node(lane) != until) ways[node(lane)].push_back(lane);
    }
    const int from = party.last;
    for (auto& [way, group] : ways) parties.push_back({std::move(group), until, from});
  }
}

}  // namespace fgcn::simt
