#include "tests/ptx/check_program.h"

#include <mutex>

#include "kernels/core/error.h"
#include "tests/ptx/device.h"

namespace fgcn::ptx {

std::vector<std::string> check_all_kernels(int& count) {
  Device& d = device();
  const std::lock_guard guard(d.lock);
  std::vector<std::string> problems;
  count = 0;
  for (const auto& binary : d.functions.binaries) {
    for (const auto& module : binary->modules) {
      const auto check = [&](const std::string& what, auto read) {
        try {
          read();
        } catch (const std::exception& failure) {
          problems.push_back(text(what, ", PTX for ", module->architecture, ": ", failure.what()));
        }
      };
      check("a file", [&] { scan(*module); });
      for (const auto& [name, range] : module->entries) {
        ++count;
        check(demangled(name), [&, entry = name] { kernel_of(*module, entry); });
      }
    }
  }
  for (const auto& [host, function] : d.functions.by_host) {
    if (function.binary->modules.empty()) problems.push_back(why_no_module(function));
  }
  return problems;
}

}  // namespace fgcn::ptx
