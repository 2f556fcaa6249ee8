// Exchanges between the lanes of a warp.
#include <bit>
#include <cstring>

#include "kernels/simt/grid.h"

namespace fgcn::simt {
namespace {

/// The lane that `lane` gets its value from.
int source_of(WarpOp op, int lane, int argument, int width) {
  const int base = lane & ~(width - 1);
  switch (op) {
    case WarpOp::kShuffle:
      return base + (argument & (width - 1));
    case WarpOp::kShuffleUp:
      return lane - argument < base ? lane : lane - argument;
    case WarpOp::kShuffleDown:
      return lane + argument >= base + width ? lane : lane + argument;
    case WarpOp::kShuffleXor:
    case WarpOp::kSwapXor:
      return (lane ^ argument) >= base + width ? lane : (lane ^ argument);
    case WarpOp::kSync:
    case WarpOp::kBallot:
      break;
  }
  return lane;
}

const Swap& swap_of(const Thread& lane) {
  return *reinterpret_cast<const Swap*>(lane.value);  // NOLINT(performance-no-int-to-ptr): as given
}

}  // namespace

/// Checks the faults that one lane alone can make.
void Grid::check_exchange(std::uint32_t mask, std::int32_t width) {
  const Warp& warp = warp_of(running_);
  if ((mask >> (running_ % kWarp) & 1u) == 0) fail_in_thread("the mask leaves out the caller");
  if (width < 1 || width > kWarp || (width & (width - 1)) != 0)
    fail_in_thread("the width ", width, " is not a power of two up to 32");
  if (const std::uint32_t absent = mask & ~warp.exists; absent != 0)
    fail_in_thread("the mask names lane ", std::countr_zero(absent),
                   ", which the block does not have");
  if (const std::uint32_t gone = mask & warp.returned; gone != 0)
    fail_in_thread("the mask names lane ", std::countr_zero(gone), ", which has returned");
}

/// All lanes of the mask have met: checks that they did so at one exchange, and gives each its
/// result. `first` is the warp's first thread.
void Grid::complete_exchange(int first, std::uint32_t mask) {
  const Thread& self = thread(running_);
  const Thread* lanes = &thread(first);
  std::uint32_t ballot = 0;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    const Thread& other = lanes[lane];
    if (other.op != self.op || other.mask != mask || other.line != self.line ||
        !same_text(other.file, self.file))
      fail_in_thread("lane ", lane, " of the mask is at another warp operation, ", other.file, ":",
                     other.line, ", or has another mask");
    if (self.op == WarpOp::kSwapXor && swap_of(other).bytes != swap_of(self).bytes)
      fail_in_thread("lane ", lane, " of the mask gives ", swap_of(other).bytes, " bytes for ",
                     swap_of(self).bytes);
    if (other.value != 0) ballot |= 1u << lane;
  }
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    Thread& other = thread(first + lane);
    if (self.op == WarpOp::kBallot) {
      other.result = ballot;
      continue;
    }
    const int source = source_of(self.op, lane, other.lane, other.width);
    // Unsigned: a lane's own argument may lead out of the warp.
    const bool met = static_cast<unsigned>(source) < unsigned{kWarp} && (mask >> source & 1u) != 0;
    if (self.op == WarpOp::kSwapXor) {
      const Swap& swap = swap_of(other);
      if (met) {
        std::memcpy(swap.taken, swap_of(lanes[source]).given, swap.bytes);
      } else {
        std::memset(swap.taken, 0xff, swap.bytes);
      }
      continue;
    }
    other.result = met ? lanes[source].value : ~std::uint64_t{0};
  }
}

std::uint64_t Grid::warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value,
                                  std::int32_t lane, std::int32_t width, const char* file,
                                  int line) {
  Thread& self = thread(running_);
  self.value = value;
  self.file = file;
  self.line = line;
  self.mask = mask;
  self.lane = lane;
  self.width = width;
  self.op = op;
  check_exchange(mask, width);
  Warp& warp = warp_of(running_);
  const std::uint32_t own = 1u << (running_ % kWarp);
  warp.at_exchange |= own;
  if ((warp.at_exchange & mask) == mask) {
    const int first = running_ - running_ % kWarp;
    complete_exchange(first, mask);
    if (watcher_ != nullptr) watcher_->exchanged(first, mask);
    warp.at_exchange &= ~mask;
    // In order the last to come goes on at once.
    make_ready(first / kWarp, random_ ? mask : mask & ~own);
    if (!random_) return self.result;
  }
  hand_over(*self.worker->fiber, Next::kSameWarp);
  return self.result;
}

}  // namespace fgcn::simt
