#include "io/temporary_files.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <csignal>

namespace fgcn {
namespace {

// A handler may take no lock and no memory: names stand in places that are always there.
struct Slot {
  enum State { kFree, kTaken, kNamed };
  std::atomic<int> state{kFree};
  char path[PATH_MAX] = {};
};
constexpr std::size_t kSlots = 256;
std::array<Slot, kSlots> slots;
std::atomic<bool> ending{false};
std::atomic<int> undivided{0}, waiting{0};  // waiting: the signal's number

/// Takes a free place; kSlots when there is none.
std::size_t taken() {
  for (std::size_t i = 0; i < kSlots; ++i) {
    int expected = Slot::kFree;
    if (slots[i].state.compare_exchange_strong(expected, Slot::kTaken)) return i;
  }
  return kSlots;
}

}  // namespace

TemporaryName::TemporaryName(const std::string& path) : slot_(kSlots) {
  while (ending.load()) ::pause();  // the handler of another thread ends the program
  if (path.size() >= PATH_MAX) return;
  slot_ = taken();
  if (slot_ == kSlots) return;
  path.copy(slots[slot_].path, path.size());
  slots[slot_].path[path.size()] = '\0';
  slots[slot_].state.store(Slot::kNamed);
}

TemporaryName::~TemporaryName() {
  if (slot_ < kSlots) slots[slot_].state.store(Slot::kFree);
}

Undivided::Undivided() { undivided.fetch_add(1); }

Undivided::~Undivided() {
  if (undivided.fetch_sub(1) > 1) return;
  if (const int signal = waiting.exchange(0)) std::raise(signal);
}

extern "C" void fgcn_end_by_signal(int signal) {
  if (undivided.load() > 0) {
    waiting.store(signal);
    return;
  }
  ending.store(true);
  for (const Slot& slot : slots)
    if (slot.state.load() == Slot::kNamed) ::unlink(slot.path);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void end_cleanly_on_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (std::signal(signal, fgcn_end_by_signal) == SIG_IGN) std::signal(signal, SIG_IGN);
}

}  // namespace fgcn
