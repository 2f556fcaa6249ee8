// Exchanges between the lanes of a warp.
#include <bit>
#include <cstring>

#include "kernels/simt/grid.h"

namespace fgcn::simt {

std::uint64_t Grid::shuffled(int warp, const Thread& thread, int lane) const {
  const int width = thread.width;
  const int base = lane & ~(width - 1);
  int source = lane;
  switch (thread.op) {
    case WarpOp::kShuffle:
      source = base + (thread.lane & (width - 1));
      break;
    case WarpOp::kShuffleUp:
      source = lane - thread.lane < base ? lane : lane - thread.lane;
      break;
    case WarpOp::kShuffleDown:
      source = lane + thread.lane >= base + width ? lane : lane + thread.lane;
      break;
    case WarpOp::kShuffleXor:
      source = (lane ^ thread.lane) >= base + width ? lane : (lane ^ thread.lane);
      break;
    case WarpOp::kSync:
    case WarpOp::kBallot:
      break;
  }
  if ((thread.mask >> source & 1u) == 0) return ~std::uint64_t{0};
  return threads_[static_cast<std::size_t>(warp * kWarp + source)].value;
}

/// True, with every result set, when all lanes of the mask have met.
bool Grid::complete_warp_op(int warp, std::uint32_t mask) {
  const Thread& self = threads_[static_cast<std::size_t>(running_)];
  const std::size_t first = static_cast<std::size_t>(warp) * kWarp;
  const bool all = (warp_waiting_[static_cast<std::size_t>(warp)] & mask) == mask;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    if (first + static_cast<std::size_t>(lane) >= threads_.size())
      fail_in_thread("the mask names lane ", lane, ", which the block does not have");
    const Thread& other = threads_[first + static_cast<std::size_t>(lane)];
    if (other.state == State::kReturned)
      fail_in_thread("the mask names lane ", lane, ", which has returned");
    if (!all) continue;
    if (other.op != self.op || other.mask != mask || other.line != self.line ||
        std::strcmp(other.file, self.file) != 0)
      fail_in_thread("lane ", lane, " of the mask is at another warp operation, ", other.file, ":",
                     other.line, ", or has another mask");
  }
  if (!all) return false;
  std::uint32_t ballot = 0;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    if (threads_[first + static_cast<std::size_t>(lane)].value != 0) ballot |= 1u << lane;
  }
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    Thread& thread = threads_[first + static_cast<std::size_t>(lane)];
    thread.result = self.op == WarpOp::kBallot ? ballot : shuffled(warp, thread, lane);
  }
  return true;
}

std::uint64_t Grid::warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value,
                                  std::int32_t lane, std::int32_t width, const char* file,
                                  int line) {
  const int index = running_;
  const int warp = index / kWarp;
  Thread& self = threads_[static_cast<std::size_t>(index)];
  self.op = op;
  self.mask = mask;
  self.value = value;
  self.lane = lane;
  self.width = width;
  self.file = file;
  self.line = line;
  if ((mask >> (index % kWarp) & 1u) == 0) fail_in_thread("the mask leaves out the caller");
  if (width < 1 || width > kWarp || (width & (width - 1)) != 0)
    fail_in_thread("the width ", width, " is not a power of two up to 32");
  warp_waiting_[static_cast<std::size_t>(warp)] |= 1u << (index % kWarp);
  if (!complete_warp_op(warp, mask)) {
    block_here(State::kAtWarpOp);
    return self.result;
  }
  warp_waiting_[static_cast<std::size_t>(warp)] &= ~mask;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int other = warp * kWarp + std::countr_zero(rest);
    if (other == index && !random_) continue;
    threads_[static_cast<std::size_t>(other)].state = State::kReady;
    ready_.push_back(other);
  }
  if (random_) block_here(State::kReady);
  return self.result;
}

}  // namespace fgcn::simt
