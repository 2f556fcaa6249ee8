// Temporary names that do not outlive a program which a signal ends.
#pragma once

#include <string>

namespace fgcn {

/// Until forget_temporary, a signal that ends the program removes the file of that name first. Of
/// more than 256 at once, or of names beyond 4,095 bytes, the further ones are not removed.
void note_temporary(const std::string& path);
void forget_temporary(const std::string& path);

/// While one lives, a signal ends the program only behind it: for files that change together.
class Undivided {
 public:
  Undivided();
  Undivided(const Undivided&) = delete;
  Undivided& operator=(const Undivided&) = delete;
  ~Undivided();
};

/// From now on SIGINT, SIGTERM and SIGHUP remove temporary files before they end the program. One
/// that is ignored stays so.
void end_cleanly_on_signals();

/// The handler itself: removes the files and lets the signal end the program.
extern "C" void fgcn_end_by_signal(int signal);

}  // namespace fgcn
