// Host memory that a device copies from and to without the host's help.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/core/error.h"

namespace fgcn {

/// `size` values in page-locked memory, unspecified at first; plain memory on the CPU. Movable.
///
/// Errors   fgcn::Error when there is no memory.
template <class T>
class Pinned {
 public:
  Pinned() = default;
  Pinned(const Context& ctx, std::int64_t size)
      : runtime_(ctx.shared_runtime()),
        size_(static_cast<std::size_t>(size)),
        data_(static_cast<T*>(runtime_->allocate_pinned(bytes()))) {}
  Pinned(Pinned&& other) noexcept
      : runtime_(std::move(other.runtime_)),
        size_(std::exchange(other.size_, 0)),
        data_(std::exchange(other.data_, nullptr)) {}
  Pinned& operator=(Pinned&& other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
    return *this;
  }
  ~Pinned() {
    if (runtime_ != nullptr) runtime_->release_pinned(data_, bytes());
  }

  T* data() const { return data_; }
  std::int64_t size() const { return static_cast<std::int64_t>(size_); }
  std::size_t bytes() const { return size_ * sizeof(T); }
  std::span<T> values() const { return {data_, size_}; }

 private:
  std::shared_ptr<Runtime> runtime_;
  std::size_t size_ = 0;
  T* data_ = nullptr;
};

/// Arrays of a ring that is uploaded `uploads` times per step: the host may be a step ahead,
/// however late the device is. Or 16 uploads ahead: batches are large.
constexpr std::int64_t pinned_arrays(std::int64_t uploads) {
  return std::clamp<std::int64_t>(2 * uploads, 2, 16);
}

/// Pinned arrays in turn: the host fills one while the device still copies from others.
///
///   T* to = ring.fill();  ...  ring.upload(device);
///
/// The host waits when it is `arrays` uploads ahead of the device.
template <class T>
class PinnedRing {
 public:
  PinnedRing() = default;
  PinnedRing(const Context& ctx, std::int64_t size, std::int64_t arrays)
      : runtime_(ctx.shared_runtime()), slots_(static_cast<std::size_t>(arrays)) {
    FGCN_CHECK(arrays > 0, "pinned ring: ", arrays, " arrays");
    for (Slot& slot : slots_) slot = {Pinned<T>(ctx, size), ctx.runtime().make_mark()};
  }
  PinnedRing(PinnedRing&&) noexcept = default;
  PinnedRing& operator=(PinnedRing&& other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(slots_, other.slots_);
    std::swap(turn_, other.turn_);
    return *this;
  }
  /// Waits for what the device still copies.
  ~PinnedRing() {
    for (Slot& slot : slots_) {
      try {
        slot.copied->wait();
      } catch (const Error&) {  // of the device's work, which others hear of
      }
    }
  }

  /// The array to write, all of it: the one of the most distant upload, waited for where it must
  /// be.
  T* fill() {
    turn_ = (turn_ + 1) % slots_.size();
    slots_[turn_].copied->wait();
    return slots_[turn_].values.data();
  }
  /// Copies the array of the last fill() to `device`; does not wait.
  void upload(T* device) {
    Slot& slot = slots_[turn_];
    runtime_->upload_later(device, slot.values.data(), slot.values.bytes());
    slot.copied->set();
  }
  std::int64_t size() const { return slots_.empty() ? 0 : slots_.front().values.size(); }

 private:
  struct Slot {
    Pinned<T> values;
    std::unique_ptr<Mark> copied;
  };

  std::shared_ptr<Runtime> runtime_;  // before the marks: they are gone first
  std::vector<Slot> slots_;
  std::size_t turn_ = 0;
};

}  // namespace fgcn
