#include "tests/simt/race_text.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include "kernels/core/error.h"

namespace fgcn::test {
namespace {

/// In the kernel's own file where it is inlined from there.
std::string source_line(std::uintptr_t code) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  char command[64];
  // The call ends before the address that it returns to.
  std::snprintf(command, sizeof command, "' 0x%llx 2>/dev/null",
                static_cast<unsigned long long>(code - 1));
  const std::unique_ptr<FILE, int (*)(FILE*)> lines(
      popen(("addr2line -i -e '" + program + command).c_str(), "r"), pclose);
  std::string first, own;
  char line[4096];
  while (lines != nullptr && std::fgets(line, sizeof line, lines.get()) != nullptr) {
    std::string at = std::filesystem::path(line).filename().string();
    at.resize(at.find_first_of(" \n"));
    if (first.empty()) first = at;
    const bool kernel = at.find(".cu:") != std::string::npos || at.starts_with("seeded_kernels.h:");
    if (own.empty() && kernel) own = at;
  }
  return own.empty() ? first : own;
}

}  // namespace

std::string race_text(const simt::Race& race) {
  return text("kernel ", race.kernel, ": race ",
              race.between_blocks                  ? "between blocks"
              : race.space == simt::Space::kShared ? "in shared memory"
                                                   : "in device memory",
              ": nothing orders ", source_line(race.earlier), " (thread ", race.earlier_thread,
              ") and ", source_line(race.later), " (thread ", race.later_thread, "), ", race.pairs,
              " times");
}

}  // namespace fgcn::test
