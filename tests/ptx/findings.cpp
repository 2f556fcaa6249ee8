#include "tests/ptx/findings.h"

#include <cstdio>
#include <utility>

namespace fgcn::ptx {

void Findings::add(Finding finding, const std::string& site) {
  Finding& known = found_[finding.kind + '\n' + finding.kernel + '\n' + site];
  if (known.count == 0) {
    known = std::move(finding);
    known.count = 0;
    std::fprintf(stderr, "ptx: %s\n", sentence_of(known).c_str());
  }
  ++known.count;
}

std::vector<Finding> Findings::all() const {
  std::vector<Finding> list;
  list.reserve(found_.size());
  for (const auto& [key, finding] : found_) list.push_back(finding);
  return list;
}

std::string sentence_of(const Finding& finding) {
  std::string text = finding.kind + " in " + finding.kernel;
  if (!finding.source.empty()) text += " at " + finding.source;
  return text + ": " + finding.text;
}

}  // namespace fgcn::ptx
