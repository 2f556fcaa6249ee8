// Ctrl-C and kill, as a question between two pieces of work.
#pragma once

#include <atomic>
#include <csignal>

#include "io/temporary_files.h"

namespace fgcn {

namespace detail {
inline std::atomic<bool> interrupt_seen{false};
extern "C" inline void see_interrupt(int signal) {
  interrupt_seen.store(true);
  std::signal(signal, fgcn_end_by_signal);  // the second one ends the program at once
}
}  // namespace detail

/// From now on SIGINT and SIGTERM end nothing but make interrupted() true; a second one ends the
/// program.
inline void catch_interrupts() {
  std::signal(SIGINT, detail::see_interrupt);
  std::signal(SIGTERM, detail::see_interrupt);
}
inline bool interrupted() { return detail::interrupt_seen.load(); }

}  // namespace fgcn
