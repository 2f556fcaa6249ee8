#include "tests/ptx/options.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/ptx/device.h"

namespace fgcn::ptx {
namespace {

long long number(const char* name, long long otherwise) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return otherwise;
  char* end = nullptr;
  const long long out = std::strtoll(value, &end, 10);
  if (*end == '\0') return out;
  std::fprintf(stderr, "ptx: %s is '%s', expected a whole number\n", name, value);
  std::exit(2);
}
bool flag(const char* name, bool otherwise) { return number(name, otherwise ? 1 : 0) != 0; }

}  // namespace

Options options_from_environment() {
  Options o;
  o.architecture = static_cast<int>(number("FGCN_PTX_ARCH", o.architecture));
  o.order = static_cast<u64>(number("FGCN_PTX_ORDER", 0));
  o.contract = flag("FGCN_PTX_CONTRACT", o.contract);
  o.jitter = static_cast<int>(number("FGCN_PTX_JITTER", o.jitter));
  o.lazy = flag("FGCN_PTX_LAZY", o.lazy);
  o.race = flag("FGCN_PTX_RACE", o.race);
  o.unwritten = flag("FGCN_PTX_UNINIT", o.unwritten);
  o.block_race = flag("FGCN_PTX_BLOCK_RACE", o.block_race);
  o.strict_shuffle = flag("FGCN_PTX_STRICT_SHFL", o.strict_shuffle);
  o.sticky = flag("FGCN_PTX_STICKY", o.sticky);
  o.verbose = flag("FGCN_PTX_VERBOSE", o.verbose);
  o.abort_at_fault = flag("FGCN_PTX_ABORT", o.abort_at_fault);
  o.drop_barrier = static_cast<int>(number("FGCN_PTX_DROP_BAR", o.drop_barrier));
  const char* report = std::getenv("FGCN_PTX_REPORT");
  if (report != nullptr) o.report = report;
  return o;
}

Options& options() { return device().options; }

Limits limits_of(int architecture) {
  struct Row {
    int architecture;
    u32 opt_in_kib, processor_kib, threads_processor;
  };
  constexpr std::array kRows{
      Row{75, 64, 64, 1024},    Row{80, 163, 164, 2048},  Row{86, 99, 100, 1536},
      Row{87, 163, 164, 1536},  Row{88, 163, 164, 1536},  Row{89, 99, 100, 1536},
      Row{90, 227, 228, 2048},  Row{100, 227, 228, 2048}, Row{103, 227, 228, 2048},
      Row{110, 227, 228, 1536}, Row{120, 99, 100, 1536},  Row{121, 99, 100, 1536},
  };
  Row found = kRows.front();
  for (const Row& row : kRows) {
    if (row.architecture <= architecture) found = row;
  }
  Limits limits;
  limits.shared_opt_in = found.opt_in_kib << 10;
  limits.shared_processor = found.processor_kib << 10;
  limits.threads_processor = found.threads_processor;
  return limits;
}

}  // namespace fgcn::ptx
