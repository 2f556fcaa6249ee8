// Settings of the simulated device, from the environment.
#pragma once

#include <string>

#include "tests/ptx/types.h"

namespace fgcn::ptx {

/// Each is read from the variable that stands beside it, once, when the process starts. A program
/// may change them between launches.
struct Options {
  int architecture = 90;    ///< FGCN_PTX_ARCH: limits, and the newest PTX that is taken
  u64 order = 0;            ///< FGCN_PTX_ORDER: 0 forward, 1 reverse, others seeds of random ones;
                            ///< an odd seed also picks diverged lanes at random
  bool contract = false;    ///< FGCN_PTX_CONTRACT: a product only added becomes an fma
  int jitter = 0;           ///< FGCN_PTX_JITTER: approximations are off by up to so many ulp
  bool lazy = false;        ///< FGCN_PTX_LAZY: work waits until the host waits for it
  bool race = true;         ///< FGCN_PTX_RACE: races between threads in shared memory
  bool unwritten = true;    ///< FGCN_PTX_UNINIT: reads of memory that nobody wrote
  bool block_race = false;  ///< FGCN_PTX_BLOCK_RACE: races between blocks in global memory
  bool strict_shuffle = true;   ///< FGCN_PTX_STRICT_SHFL: an exchange orders no memory, as PTX says
  bool sticky = true;           ///< FGCN_PTX_STICKY: a fault ends the device, as on a GPU
  bool verbose = false;         ///< FGCN_PTX_VERBOSE: one line per launch
  bool abort_at_fault = false;  ///< FGCN_PTX_ABORT: for a debugger
  int drop_barrier = -1;        ///< FGCN_PTX_DROP_BAR: leaves out each kernel's n-th barrier
  bool findings_expected = false;  ///< else a process that has some ends with 1
  std::string report;              ///< FGCN_PTX_REPORT: file that is appended to at exit
};

/// The settings that the environment gives.
Options options_from_environment();

/// The process's settings.
Options& options();

/// Limits of an architecture that a launch is checked against.
struct Limits {
  u32 shared_static = 48 << 10;     ///< declared in a kernel, and dynamic without asking
  u32 shared_opt_in = 48 << 10;     ///< of a block, static and dynamic, for those who ask
  u32 shared_processor = 64 << 10;  ///< of a multiprocessor
  u32 threads_processor = 2048;
  u32 threads_block = 1024;
};

/// Limits of compute capability architecture / 10 . architecture % 10, as CUDA's programming guide
/// lists them; of the nearest older one, when it is not listed.
Limits limits_of(int architecture);

}  // namespace fgcn::ptx
