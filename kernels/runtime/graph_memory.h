// The memory of recorded work (graph.h).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn {

/// Blocks at fixed addresses. `Source` has acquire(bytes) and give_back(data, bytes), which ask the
/// system; it outlives the memory.
template <class Source>
class GraphMemory {
 public:
  explicit GraphMemory(Source& source) : source_(source) {}
  GraphMemory(const GraphMemory&) = delete;
  GraphMemory& operator=(const GraphMemory&) = delete;
  ~GraphMemory() {
    for (const auto& [data, bytes] : blocks_) source_.give_back(data, bytes);
  }

  void* allocate(std::size_t bytes) {
    std::vector<void*>& list = free_[bytes];
    if (!list.empty()) {
      void* data = list.back();
      list.pop_back();
      return data;
    }
    void* data = source_.acquire(bytes);
    blocks_.emplace(data, bytes);
    return data;
  }
  /// For the next allocation of that size while the same work is recorded.
  void release(void* data) { free_[blocks_.at(data)].push_back(data); }
  /// Takes over a block that the recorded work may read.
  void adopt(void* data, std::size_t bytes) { blocks_.emplace(data, bytes); }

 private:
  Source& source_;
  std::map<void*, std::size_t> blocks_;
  std::map<std::size_t, std::vector<void*>> free_;
};

/// Who gave out a block while work was recorded, and what is recorded into now.
template <class Source>
class GraphLedger {
 public:
  using Memory = GraphMemory<Source>;

  void begin(Source& source) { current_ = std::make_shared<Memory>(source); }
  /// The memory of what was recorded; the caller keeps it for as long as the work.
  std::shared_ptr<Memory> end() { return std::exchange(current_, nullptr); }

  void* allocate(std::size_t bytes) {
    void* data = current_->allocate(bytes);
    lent_.emplace(data, current_);
    return data;
  }
  /// True when the block is some graph's business; otherwise the caller releases it.
  bool release(void* data, std::size_t bytes) {
    const auto found = lent_.find(data);
    if (found != lent_.end()) {
      const std::shared_ptr<Memory> owner = std::move(found->second);
      lent_.erase(found);
      owner->release(data);
      return true;
    }
    if (current_ == nullptr) return false;
    current_->adopt(data, bytes);
    return true;
  }

 private:
  std::shared_ptr<Memory> current_;
  std::map<void*, std::shared_ptr<Memory>> lent_;  // in use
};

}  // namespace fgcn
