#include "kernels/simt/access/race_finder.h"

#include <algorithm>

#include "kernels/core/error.h"
#include "kernels/simt/access/arena.h"
#include "kernels/simt/access/recorder.h"
#include "kernels/simt/access/runtime.h"

namespace fgcn::simt {
namespace {

Arena& arena_of(const Context& ctx) {
  auto* runtime = dynamic_cast<RecordingRuntime*>(&ctx.runtime());
  FGCN_CHECK(runtime != nullptr, "race finder: the context is not on the recorded emulator");
  return runtime->arena();
}

bool within(const Range& range, std::uintptr_t address) {
  return address - reinterpret_cast<std::uintptr_t>(range.begin) < range.bytes;
}

}  // namespace

RaceFinder::RaceFinder(const Context& ctx) : arena_(arena_of(ctx)) { set_watcher(this); }
RaceFinder::~RaceFinder() { set_watcher(nullptr); }

void RaceFinder::begin_grid(const Launched& grid) {
  grid_ = grid;
  now_ = {};
  global_.clear();
  record_to(this);
}

void RaceFinder::begin_block() {
  ++now_.block;
  ++now_.epoch;
  shared_.clear();
  Clock unknown;
  unknown.fill(-1);
  clocks_.assign(grid_.block.count(), unknown);
  for (std::size_t i = 0; i < clocks_.size(); ++i) clocks_[i][i % 32] = 0;
}

void RaceFinder::end_grid() { record_to(nullptr); }

void RaceFinder::exchanged(int first, std::uint32_t mask) {
  Clock all;
  all.fill(-1);
  for (int lane = 0; lane < 32; ++lane) {
    if ((mask >> lane & 1U) == 0) continue;
    const int thread = first + lane;
    const Clock& own = clocks_[static_cast<std::size_t>(thread)];
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = std::max(all[k], own[k]);
  }
  for (int lane = 0; lane < 32; ++lane) {
    if ((mask >> lane & 1U) == 0) continue;
    const int thread = first + lane;
    Clock& own = clocks_[static_cast<std::size_t>(thread)];
    own = all;
    ++own[static_cast<std::size_t>(lane)];
  }
}

bool RaceFinder::ordered(const Seen& before) const {
  if (before.block < 0) return true;
  if (before.block != now_.block) return false;
  if (before.thread == now_.thread || before.epoch < now_.epoch) return true;
  if (before.thread / 32 != now_.thread / 32) return false;
  const Clock& known = clocks_[static_cast<std::size_t>(now_.thread)];
  return known[static_cast<std::size_t>(before.thread % 32)] >= before.clock;
}

void RaceFinder::meet(const Seen& before, Space space) {
  if (before.access == Access::kRead && now_.access == Access::kRead) return;
  if (before.access == Access::kAtomic && now_.access == Access::kAtomic) return;
  if (ordered(before)) return;
  const auto [place, is_new] =
      places_.emplace(std::tuple{std::string(grid_.kernel), before.code, now_.code}, races_.size());
  // NOLINTBEGIN(performance-no-int-to-ptr): instructions' addresses, kept as numbers
  if (is_new)
    races_.push_back({grid_.kernel, space, before.block != now_.block,
                      in_file(reinterpret_cast<const void*>(before.code)),
                      in_file(reinterpret_cast<const void*>(now_.code)), before.thread, now_.thread,
                      0});
  // NOLINTEND(performance-no-int-to-ptr)
  ++races_[place->second].pairs;
}

void RaceFinder::access(const void* address, std::size_t bytes, Access access, const void* code) {
  constexpr std::uintptr_t kBytes = 2;  // of a cell
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const bool global = Arena::holds(arena_.offset(address));
  // Other addresses are the thread's own stack, or the kernel's arguments.
  if (!global && !within(grid_.static_shared, at) && !within(grid_.dynamic_shared, at)) return;
  now_.code = reinterpret_cast<std::uintptr_t>(code);
  now_.access = access;
  now_.clock =
      clocks_[static_cast<std::size_t>(now_.thread)][static_cast<std::size_t>(now_.thread % 32)];
  const Space space = global ? Space::kGlobal : Space::kShared;
  Cells& cells = global ? global_ : shared_;
  for (std::uintptr_t cell = at / kBytes; cell <= (at + bytes - 1) / kBytes; ++cell) {
    Cell& own = cells[cell];
    meet(own.write, space);
    if (access != Access::kRead) {
      for (const Seen& read : own.reads) meet(read, space);
      own.write = now_;
      continue;
    }
    auto* const known = std::find_if(own.reads.begin(), own.reads.end(), [this](const Seen& read) {
      return read.block == now_.block && read.thread == now_.thread;
    });
    (known != own.reads.end() ? *known : own.reads[own.next++ % own.reads.size()]) = now_;
  }
}

}  // namespace fgcn::simt
