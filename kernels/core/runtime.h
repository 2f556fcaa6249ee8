// A device's memory and order of work: what a Context points to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <typeindex>

namespace fgcn {

/// Counts of the work given to a device. Recorded work (graph.h) counts where it is recorded; doing
/// it again is one graph. The CPU's runtime counts nothing.
struct WorkCounts {
  std::int64_t launches = 0;          // kernels
  std::int64_t vendor_calls = 0;      // products and convolutions by NVIDIA's libraries
  std::int64_t copies = 0;            // within the device
  std::int64_t fills = 0;             // zeros too
  std::int64_t uploads = 0;           // from the host, waited for or not
  std::int64_t downloads = 0;         // to the host, waited for or not
  std::int64_t graphs = 0;            // recorded work done again
  std::int64_t synchronisations = 0;  // times the host waited for the device

  /// Everything that is given to the device one by one.
  std::int64_t commands() const {
    return launches + vendor_calls + copies + fills + uploads + downloads + graphs;
  }
};

/// A point in a device's order of work.
class Mark {
 public:
  Mark() = default;
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  virtual ~Mark() = default;

  /// Puts it behind all work given so far.
  virtual void set() {}
  /// The host waits until the device has come to it; returns at once when it was never set.
  virtual void wait() {}
};

/// Recorded work. Owned by Graph (graph.h).
class RecordedWork {
 public:
  RecordedWork() = default;
  RecordedWork(const RecordedWork&) = delete;
  RecordedWork& operator=(const RecordedWork&) = delete;
  virtual ~RecordedWork() = default;
  virtual void run() = 0;
};

/// One implementation a device. Used from one thread at a time.
class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  /// 64-byte aligned or better, unspecified content; from a reusing pool, so that a steady step
  /// asks the system for nothing. nullptr for 0 bytes. std::bad_alloc when there is no memory,
  /// OutOfMemory (out_of_memory.h) when a device has none.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  /// These two wait until the copy is done. Error while work is recorded.
  virtual void upload(void* device, const void* host, std::size_t bytes) = 0;
  virtual void download(void* host, const void* device, std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void zero(void* data, std::size_t bytes) = 0;
  /// `words` times the four bytes of `word`.
  virtual void fill(void* data, std::uint32_t word, std::size_t words) = 0;
  /// Waits until all work given so far is done; throws what went wrong in it. Error while work is
  /// recorded.
  virtual void synchronize() = 0;
  /// The device's stream handle (cudaStream_t; a name for it on the emulator); nullptr on the CPU.
  virtual void* stream() const { return nullptr; }

  /// Copies that the host does not wait for. Its side is pinned memory (pinned.h), left alone until
  /// a mark set afterwards was waited for, or synchronize().
  virtual void upload_later(void* device, const void* pinned, std::size_t bytes) {
    upload(device, pinned, bytes);
  }
  virtual void download_later(void* pinned, const void* device, std::size_t bytes) {
    download(pinned, device, bytes);
  }
  virtual std::unique_ptr<Mark> make_mark() { return std::make_unique<Mark>(); }
  /// For Pinned (pinned.h). Error when there is no memory.
  virtual void* allocate_pinned(std::size_t bytes) { return allocate(bytes); }
  virtual void release_pinned(void* data, std::size_t bytes) noexcept { release(data, bytes); }

  /// For Graph (graph.h), which says what may happen in between. Error where there are no graphs.
  virtual void begin_recording();
  virtual std::shared_ptr<RecordedWork> end_recording();
  /// Forgets what was recorded since begin_recording(); nothing when nothing is recorded.
  virtual void drop_recording() noexcept {}
  bool recording() const { return recording_; }

  /// State of a library for this device and its stream, such as a handle: one T, made from the
  /// runtime when first asked for, and gone before the stream is.
  template <class T>
  T& library() {
    std::shared_ptr<void>& slot = libraries_[std::type_index(typeid(T))];
    if (slot == nullptr) slot = std::make_shared<T>(*this);
    return *static_cast<T*>(slot.get());
  }

  /// Memory held now, and the most held at once, by allocations that are in use.
  std::uint64_t bytes_in_use() const { return in_use_; }
  std::uint64_t bytes_peak() const { return peak_; }
  void reset_peak() { peak_ = in_use_; }

  const WorkCounts& counts() const { return counts_; }
  void reset_counts() { counts_ = {}; }
  void count_launch() { ++counts_.launches; }
  void count_vendor_call() { ++counts_.vendor_calls; }

 protected:
  void count(std::int64_t delta) {
    in_use_ += static_cast<std::uint64_t>(delta);
    if (in_use_ > peak_) peak_ = in_use_;
  }
  /// First thing in the destructor of a runtime with a stream.
  void drop_libraries() { libraries_.clear(); }

  WorkCounts counts_;
  bool recording_ = false;

 private:
  std::map<std::type_index, std::shared_ptr<void>> libraries_;
  std::uint64_t in_use_ = 0;
  std::uint64_t peak_ = 0;
};

}  // namespace fgcn
