// The process's one device. libcudart's interface is C, so its state has to lie somewhere: here,
// and nowhere else.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/ptx/device_space.h"
#include "tests/ptx/fat_binary.h"
#include "tests/ptx/findings.h"
#include "tests/ptx/options.h"
#include "tests/ptx/streams.h"

namespace fgcn::ptx {

/// Text of cudaGetErrorString beside a status's meaning. Callers may keep the pointers that they
/// were given.
struct ErrorDetails {
  int error = 0;  // that `text` belongs to
  std::string text;
  std::set<std::string> given;
};

struct Device {
  std::recursive_mutex lock;  // guards all below
  Options options;
  DeviceSpace memory;
  Findings findings;
  Streams streams;
  Functions functions;
  std::map<u64, u64> pinned;         // host memory: begin -> bytes
  std::vector<Kernel*> kernels_run;  // in the order of their first launch
  std::map<std::pair<const Instruction*, const char*>, u32> notes;  // how often each was said
  ErrorDetails details;
  std::mt19937 jitter{12345};
  u32 launches = 0;
};

/// Never destroyed: objects of the program may give memory back after main.
Device& device();

}  // namespace fgcn::ptx
