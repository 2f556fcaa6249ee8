// The emulated device: host memory that starts as NaN. What the host does not wait for is done as
// late as it may be, so that a host that reads too early sees NaN.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "kernels/runtime/graph_memory.h"
#include "kernels/runtime/launch.h"
#include "kernels/simt/device_memory.h"

namespace fgcn {
namespace {

/// Nothing is pooled: each block is of the exact size, and gone once released, so that a sanitizer
/// sees every access out of bounds or after the end. A graph's memory is reused, as on a GPU, but
/// each block becomes NaN again when it is given out again. Order -1 is in order, with guarded
/// memory (guarded_memory.h), which is pooled. Order -2 is lazy besides: work is done when the host
/// waits, memory that was released is kept until the work given before is done.
class EmulatedRuntime final : public Runtime {
 public:
  explicit EmulatedRuntime(int order) : order_(order < 0 ? 0 : static_cast<std::uint64_t>(order)) {
    FGCN_CHECK(order >= kLazy, "emulator: there is no order ", order);
    if (order >= 0) return;
    guard_ = std::make_unique<simt::GuardedMemory>();
    memory_.guard_with(guard_.get());
    if (order == kLazy) memory_.be_lazy();
  }
  ~EmulatedRuntime() override {
    while (memory_.begun() < memory_.given()) {
      try {
        memory_.finish(memory_.given());
      } catch (const Error&) {  // nobody waits for it any more
      }
    }
    free_released();
    drop_libraries();
  }

  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    if (!recording_) return acquire(bytes);
    void* data = graphs_.allocate(bytes);
    submit([data, bytes] { std::memset(data, kNan, bytes); });
    return data;
  }
  void release(void* data, std::size_t bytes) noexcept override {
    if (data == nullptr || graphs_.release(data, bytes)) return;
    give_back(data, bytes);
  }

  void upload(void* device, const void* host, std::size_t bytes) override {
    if (bytes == 0) return;
    wait("upload");
    ++counts_.uploads;
    const simt::GuardedMemory::Open open(guard_.get());
    std::memcpy(device, host, bytes);
  }
  void download(void* host, const void* device, std::size_t bytes) override {
    if (bytes == 0) return;
    wait("download");
    ++counts_.downloads;
    const simt::GuardedMemory::Open open(guard_.get());
    std::memcpy(host, device, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    if (bytes == 0) return;
    ++counts_.copies;
    submit([=] { std::memmove(to, from, bytes); });
  }
  void zero(void* data, std::size_t bytes) override {
    if (bytes == 0) return;
    ++counts_.fills;
    submit([=] { std::memset(data, 0, bytes); });
  }
  void fill(void* data, std::uint32_t word, std::size_t words) override {
    if (words == 0) return;
    ++counts_.fills;
    submit([=] { std::fill_n(static_cast<std::uint32_t*>(data), words, word); });
  }
  void synchronize() override { wait("synchronize"); }
  void* stream() const override { return memory_.stream(); }

  void upload_later(void* device, const void* pinned, std::size_t bytes) override {
    if (bytes == 0) return;
    check_pinned(pinned, bytes);
    ++counts_.uploads;
    give_host_side({pinned, nullptr, bytes});
    submit([=] { std::memcpy(device, pinned, bytes); });
  }
  void download_later(void* pinned, const void* device, std::size_t bytes) override {
    if (bytes == 0) return;
    check_pinned(pinned, bytes);
    ++counts_.downloads;
    give_host_side({nullptr, pinned, bytes});
    submit([this, pinned, device, bytes] {
      const auto* from = static_cast<const char*>(device);
      const auto arrived = std::find_if(downloads_.begin(), downloads_.end(), [&](const auto& one) {
        return one.number == memory_.begun() && one.host == pinned && one.bytes.empty();
      });
      arrived->bytes.assign(from, from + bytes);
    });
  }
  std::unique_ptr<Mark> make_mark() override { return std::make_unique<EmulatedMark>(*this); }
  void* allocate_pinned(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    void* data = system(bytes);
    pinned_.emplace(static_cast<const char*>(data), bytes);
    return data;
  }
  void release_pinned(void* data, std::size_t /*bytes*/) noexcept override {
    pinned_.erase(static_cast<const char*>(data));
    std::free(data);
  }

  void begin_recording() override {
    FGCN_CHECK(!recording_, "graph: work is being recorded already");
    graphs_.begin(*this);
    recorded_.clear();
    recorded_sides_.clear();
    memory_.record_into(&recorded_);
    recording_ = true;
  }
  std::shared_ptr<RecordedWork> end_recording() override {
    auto out = std::make_shared<Recorded>(*this, std::move(recorded_), std::move(recorded_sides_),
                                          graphs_.end());
    drop_recording();
    return out;
  }
  void drop_recording() noexcept override {
    recording_ = false;
    memory_.record_into(nullptr);
    recorded_.clear();
    (void)graphs_.end();
  }

  /// Order 0 runs in order; otherwise every launch has a random order of its own.
  simt::Schedule next_schedule() {
    ++launches_;
    return {order_ == 0 ? 0 : order_ * 0x100000001b3ULL + launches_};
  }
  void submit(simt::DeviceMemory::Work work) { memory_.submit(std::move(work)); }

  // Source of a graph's memory.
  void* acquire(std::size_t bytes) {
    free_released();
    void* data = guard_ == nullptr ? system(bytes) : guard_->allocate(bytes);
    if (guard_ != nullptr) {
      const simt::GuardedMemory::Open open(guard_.get());
      std::memset(data, kNan, bytes);
    }
    memory_.add(data, bytes);
    count(static_cast<std::int64_t>(bytes));
    return data;
  }
  void give_back(void* data, std::size_t bytes) noexcept {
    memory_.remove(data);
    count(-static_cast<std::int64_t>(bytes));
    released_.push_back({memory_.given(), data, bytes});
    free_released();
  }

 private:
  static constexpr int kNan = 0xff;
  static constexpr int kGuarded = -1, kLazy = -2;

  /// The host's side of a copy that it does not wait for; one of the pointers is null.
  struct HostSide {
    const void* upload;
    void* download;
    std::size_t bytes;
  };

  /// A copy that the host has not waited for, of the piece of work with that number: to it (no
  /// bytes until the copy was made), or from what must not change until it has.
  template <class Pointer>
  struct Pending {
    std::uint64_t number;
    Pointer host;
    std::vector<char> bytes;
  };

  class EmulatedMark final : public Mark {
   public:
    explicit EmulatedMark(EmulatedRuntime& runtime) : runtime_(runtime) {}
    void set() override {
      FGCN_CHECK(!runtime_.recording(), "mark: it cannot be set while work is recorded");
      upto_ = runtime_.memory_.given();
    }
    void wait() override {
      // Where work is done when it is given the host waits for results only; a lazy device has not
      // read the host's memory either.
      if (runtime_.awaits_download(upto_) || runtime_.memory_.begun() < upto_)
        ++runtime_.counts_.synchronisations;
      runtime_.finish(upto_);
    }

   private:
    EmulatedRuntime& runtime_;
    std::uint64_t upto_ = 0;
  };

  class Recorded final : public RecordedWork {
   public:
    Recorded(EmulatedRuntime& runtime, std::vector<simt::DeviceMemory::Work> work,
             std::vector<HostSide> sides, std::shared_ptr<GraphMemory<EmulatedRuntime>> memory)
        : runtime_(runtime),
          memory_(std::move(memory)),
          work_(std::make_shared<const std::vector<simt::DeviceMemory::Work>>(std::move(work))),
          sides_(std::move(sides)) {}
    void run() override {
      ++runtime_.counts_.graphs;
      for (const HostSide& side : sides_) runtime_.give_host_side(side);
      runtime_.submit([memory = memory_, work = work_] {
        for (const simt::DeviceMemory::Work& one : *work) one();
      });
    }

   private:
    EmulatedRuntime& runtime_;
    std::shared_ptr<GraphMemory<EmulatedRuntime>> memory_;
    std::shared_ptr<const std::vector<simt::DeviceMemory::Work>> work_;
    std::vector<HostSide> sides_;
  };

  /// Memory that nobody owns any more, but that the first `upto` pieces of work may still use.
  struct Released {
    std::uint64_t upto;
    void* data;
    std::size_t bytes;
  };

  static void* system(std::size_t bytes) {
    constexpr std::size_t kAlignment = 256;  // cudaMalloc's
    void* data = nullptr;
    FGCN_CHECK(posix_memalign(&data, kAlignment, bytes) == 0, "no memory for ", bytes, " bytes");
    std::memset(data, kNan, bytes);
    return data;
  }

  void wait(const char* what) {
    FGCN_CHECK(!recording_, what, ": the host cannot wait while work is recorded");
    ++counts_.synchronisations;
    finish(memory_.given());
  }
  /// Before the copy itself is given: a download's target is NaN until it was waited for, what is
  /// uploaded must stay as it is.
  void give_host_side(const HostSide& side) {
    if (recording_) {
      recorded_sides_.push_back(side);
    } else if (side.download != nullptr) {
      downloads_.push_back({memory_.given() + 1, side.download, {}});
      std::memset(side.download, kNan, side.bytes);
    } else {
      const auto* from = static_cast<const char*>(side.upload);
      uploads_.push_back({memory_.given() + 1, side.upload, {from, from + side.bytes}});
    }
  }
  void free_released() noexcept {
    while (!released_.empty() && released_.front().upto <= memory_.begun()) {
      const Released& first = released_.front();
      if (guard_ == nullptr) {
        std::free(first.data);
      } else {
        guard_->release(first.data, first.bytes);
      }
      released_.pop_front();
    }
  }
  bool awaits_download(std::uint64_t upto) const {
    return !downloads_.empty() && downloads_.front().number <= upto;
  }
  void finish(std::uint64_t upto) {
    memory_.finish(upto);
    while (!downloads_.empty() && downloads_.front().number <= upto) {
      const auto& first = downloads_.front();
      std::memcpy(first.host, first.bytes.data(), first.bytes.size());
      downloads_.erase(downloads_.begin());
    }
    while (!uploads_.empty() && uploads_.front().number <= upto) {
      const auto& first = uploads_.front();
      const bool same = std::memcmp(first.host, first.bytes.data(), first.bytes.size()) == 0;
      uploads_.erase(uploads_.begin());
      FGCN_CHECK(same, "upload_later: its pinned memory was changed before it was done");
    }
  }
  void check_pinned(const void* data, std::size_t bytes) const {
    const char* at = static_cast<const char*>(data);
    const auto next = pinned_.upper_bound(at);
    FGCN_CHECK(
        next != pinned_.begin() && at + bytes <= std::prev(next)->first + std::prev(next)->second,
        "a copy that is not waited for: ", bytes, " bytes are not in pinned memory");
  }

  std::uint64_t order_;
  std::uint64_t launches_ = 0;
  std::unique_ptr<simt::GuardedMemory> guard_;  // null: not guarded
  simt::DeviceMemory memory_;
  std::map<const char*, std::size_t> pinned_;
  std::deque<Released> released_;
  std::vector<Pending<void*>> downloads_;
  std::vector<Pending<const void*>> uploads_;
  std::vector<simt::DeviceMemory::Work> recorded_;
  std::vector<HostSide> recorded_sides_;
  GraphLedger<EmulatedRuntime> graphs_;
};

}  // namespace

namespace detail {

void submit(const Context& ctx, std::function<void(const simt::Schedule&)> work) {
  FGCN_CHECK(ctx.device() == Device::kEmulated, "launch: the context is on ", name(ctx.device()));
  auto& runtime = static_cast<EmulatedRuntime&>(ctx.runtime());
  runtime.submit([&runtime, work = std::move(work)] { work(runtime.next_schedule()); });
}

}  // namespace detail

namespace emulated {

std::shared_ptr<Runtime> make_runtime(int order) {
  return std::make_shared<EmulatedRuntime>(order);
}

}  // namespace emulated
}  // namespace fgcn
