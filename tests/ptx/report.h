// The machine-readable report of a process: lines that a script merges with those of others.
#pragma once

#include <string>

namespace fgcn::ptx {

/// Lines of fields between tabs, the first of which says what it is:
///
///   run      architecture  order  jitter  contract  lazy
///   finding  count  kind  kernel  source  text
///   kernel   name  architecture  launches  blocks  warp_instructions  lane_instructions
///            most_threads  most_shared  reached  instructions  contracted  dropped
///   missed   kernel  architecture  index  opcode  source
///
/// Names are demangled. A kernel that the program holds and never started has a line with no
/// launches and no instructions. `missed` is an instruction that no warp came to: of two processes'
/// reports it is one that both name, of those that started the kernel.
std::string report_text();

/// Appends report_text() to the file at once, so that processes may share it. False when it cannot,
/// which it says on standard error.
bool append_report(const std::string& path);

}  // namespace fgcn::ptx
