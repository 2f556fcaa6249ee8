#include "tests/ptx/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <sstream>

#include "tests/ptx/device.h"

namespace fgcn::ptx {
namespace {

/// A field has no tab and no end of line.
std::string field(std::string value) {
  std::replace(value.begin(), value.end(), '\t', ' ');
  std::replace(value.begin(), value.end(), '\n', ' ');
  return value;
}

std::string opcode_of(const std::string& statement) {
  std::size_t begin = 0;
  if (statement[0] == '@')
    begin = statement.find_first_not_of(" \t", statement.find_first_of(" \t"));
  const std::size_t end = statement.find_first_of(" \t\n", begin);
  return statement.substr(begin, end - begin);
}

void write_kernel(std::ostream& out, const Kernel& kernel) {
  const KernelCounts& counts = kernel.counts;
  const int architecture = kernel.module->architecture;
  const auto reached = std::count(counts.reached.begin(), counts.reached.end(), 1);
  out << "kernel\t" << field(kernel.demangled) << '\t' << architecture << '\t' << counts.launches
      << '\t' << counts.blocks << '\t' << counts.warp_instructions << '\t'
      << counts.lane_instructions << '\t' << counts.most_threads << '\t' << counts.most_shared
      << '\t' << reached << '\t' << kernel.code.size() << '\t' << kernel.contracted << '\t'
      << (kernel.barrier_dropped ? 1 : 0) << '\n';
  for (const Instruction& in : kernel.code) {
    if (counts.reached[in.index] != 0) continue;
    out << "missed\t" << field(kernel.demangled) << '\t' << architecture << '\t' << in.index << '\t'
        << opcode_of(kernel.texts[in.index]) << '\t' << field(source_of(kernel, in)) << '\n';
  }
}

void write_never_started(std::ostream& out, Device& device_of_process) {
  std::set<std::string> started;
  for (const Kernel* kernel : device_of_process.kernels_run) started.insert(kernel->name);
  for (auto& [host, function] : device_of_process.functions.by_host) {
    if (!started.insert(function.name).second) continue;
    const Module* module = module_for(function);
    out << "kernel\t" << field(demangled(function.name)) << '\t'
        << (module != nullptr ? module->architecture : 0) << "\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\n";
  }
}

bool write_all(int file, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(file, text.data() + done, text.size() - done);
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

std::string report_text() {
  Device& d = device();
  std::ostringstream out;
  out << "run\t" << d.options.architecture << '\t' << d.options.order << '\t' << d.options.jitter
      << '\t' << d.options.contract << '\t' << d.options.lazy << '\n';
  for (const Finding& finding : d.findings.all())
    out << "finding\t" << finding.count << '\t' << field(finding.kind) << '\t'
        << field(finding.kernel) << '\t' << field(finding.source) << '\t' << field(finding.text)
        << '\n';
  for (const Kernel* kernel : d.kernels_run) write_kernel(out, *kernel);
  write_never_started(out, d);
  return out.str();
}

bool append_report(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const bool done = file >= 0 && ::lockf(file, F_LOCK, 0) == 0 && write_all(file, report_text());
  if (!done)
    std::fprintf(stderr, "ptx: the report could not be written to %s: %s\n", path.c_str(),
                 std::strerror(errno));
  if (file >= 0) ::close(file);
  return done;
}

}  // namespace fgcn::ptx
