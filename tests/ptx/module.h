// The PTX of one compiled file for one architecture.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/ptx/instruction.h"

namespace fgcn::ptx {

/// PTX that the simulator does not know: names the statement. Nothing is skipped in silence.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
[[noreturn]] void unsupported(const std::string& what);

/// Text is read in two steps: what entries and variables there are, then a kernel when it first
/// starts.
struct Module {
  std::string text;  // without comments, once scanned
  int architecture = 0;
  bool scanned = false;
  std::map<std::string, std::pair<std::size_t, std::size_t>> entries;  // begin and end in the text
  std::map<std::string, u64> variables;                                // device addresses
  std::map<u32, std::string> files;                                    // of .loc
  std::string shared_declarations;                                     // outside of kernels
  std::map<std::string, std::unique_ptr<Kernel>> kernels;
};

/// Finds the module's entries; gives its variables memory.
/// Errors: Unsupported.
void scan(Module& module);

/// The kernel of that mangled name, compiled when first asked for.
/// Errors: Unsupported.
Kernel& kernel_of(Module& module, const std::string& name);

/// A C++ name as a person writes it.
std::string demangled(const std::string& name);

}  // namespace fgcn::ptx
