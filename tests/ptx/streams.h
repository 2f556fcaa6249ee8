// Work of the device in its order, and the handles of streams, events and graphs. All streams are
// one queue: work of different streams runs in the order in which the host gave it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tests/ptx/types.h"

namespace fgcn::ptx {

/// Objects that the host knows by handles. A handle is no address and never given twice, so one
/// that was destroyed is known as such.
template <class T>
class Handles {
 public:
  /// `tag` tells this kind of handle from the others.
  explicit Handles(u64 tag) : next_(tag << 48 | 0x10) {}

  void* add(T object) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): never followed, only compared
    void* handle = reinterpret_cast<void*>(next_);
    objects_.emplace(next_, std::move(object));
    next_ += 0x10;
    return handle;
  }
  /// nullptr for what is no handle, or no longer.
  T* find(const void* handle) {
    const auto found = objects_.find(reinterpret_cast<u64>(handle));
    return found == objects_.end() ? nullptr : &found->second;
  }
  /// False for what is no handle.
  bool remove(const void* handle) { return objects_.erase(reinterpret_cast<u64>(handle)) != 0; }
  std::map<u64, T>& objects() { return objects_; }

 private:
  u64 next_;
  std::map<u64, T> objects_;
};

using Work = std::function<void()>;

/// Recorded work.
struct Graph {
  std::vector<Work> work;
};
struct Stream {
  std::shared_ptr<Graph> capture;  // while it is captured
  bool capture_broken = false;     // the host did what ends a capture
};
struct Event {
  u64 position = 0;       // the work before it, counted from the start
  bool captured = false;  // recorded into a graph: nobody can wait for it
};
struct Pool {};

class Streams {
 public:
  Handles<Stream> streams{0x51};
  Handles<Event> events{0x52};
  Handles<std::shared_ptr<Graph>> graphs{0x53};
  Handles<std::shared_ptr<Graph>> instances{0x54};
  Handles<Pool> pools{0x55};

  /// Null and the two special handles of the default stream are streams too.
  bool is_stream(const void* handle);
  /// The stream whose work is being recorded, or nullptr.
  Stream* captured(const void* handle);

  /// Work on a stream: recorded, kept or done.
  void submit(const void* stream, Work work);
  /// Work in the order of all, never recorded.
  void submit_uncaptured(Work work);
  void finish(u64 position);
  void finish_all() { finish(given_); }

  u64 given() const { return given_; }
  bool is_done(u64 position) const { return position <= done_; }

  /// The cudaError_t of the first fault, 0 before; with FGCN_PTX_STICKY=0 it is told once.
  int take_fault();
  void set_fault(int status) {
    if (fault_ == 0) fault_ = status;
  }

 private:
  void run(const Work& work);

  std::deque<Work> kept_;
  u64 given_ = 0, done_ = 0;
  int fault_ = 0;
};

}  // namespace fgcn::ptx
