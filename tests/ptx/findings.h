// Findings of the simulator: kept once for each kind, kernel and instruction.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/ptx/types.h"

namespace fgcn::ptx {

struct Finding {
  std::string kind;    // "fault", "race, read after write in shared memory", ...
  std::string kernel;  // demangled; "(host)" for a call of a library or of libcudart
  std::string source;  // "FILE.cu:LINE, inlined at ..."; "" where it is not known
  std::string text;    // what, and where in the grid, the first time
  u64 count = 0;
};

class Findings {
 public:
  /// Counts a finding; says it on standard error the first time that its kind, kernel and `site`
  /// (an instruction, a call) are met.
  void add(Finding finding, const std::string& site);

  std::size_t size() const { return found_.size(); }
  std::vector<Finding> all() const;
  void clear() { found_.clear(); }

 private:
  std::map<std::string, Finding> found_;  // by kind, kernel and site
};

/// One line for a person.
std::string sentence_of(const Finding& finding);

}  // namespace fgcn::ptx
