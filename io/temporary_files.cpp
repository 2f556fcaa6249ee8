#include "io/temporary_files.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <csignal>
#include <mutex>

namespace fgcn {
namespace {

// A handler may take no lock and no memory: names stand in places that are always there.
struct Slot {
  enum State { kFree, kNamed };
  std::atomic<int> state{kFree};
  char path[PATH_MAX] = {};
};
constexpr std::size_t kSlots = 256;
std::array<Slot, kSlots> slots;
std::mutex names;  // of those who change them; the handler only reads
std::atomic<bool> ending{false};
std::atomic<int> undivided{0}, waiting{0};  // waiting: the signal's number

/// The first free place; kSlots when there is none.
std::size_t free_place() {
  std::size_t i = 0;
  while (i < kSlots && slots[i].state.load() != Slot::kFree) ++i;
  return i;
}

}  // namespace

void note_temporary(const std::string& path) {
  while (ending.load()) ::pause();  // the handler of another thread ends the program
  if (path.size() >= PATH_MAX) return;
  const std::scoped_lock alone(names);
  const std::size_t place = free_place();
  if (place == kSlots) return;
  path.copy(slots[place].path, path.size());
  slots[place].path[path.size()] = '\0';
  slots[place].state.store(Slot::kNamed);
}

void forget_temporary(const std::string& path) {
  const std::scoped_lock alone(names);
  for (Slot& slot : slots)
    if (slot.state.load() == Slot::kNamed && path == slot.path) {
      slot.state.store(Slot::kFree);
      return;
    }
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
