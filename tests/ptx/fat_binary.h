// The content of nvcc's object files: PTX and machine code, for several architectures.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/ptx/module.h"

namespace fgcn::ptx {

struct FatBinary {
  std::vector<std::unique_ptr<Module>> modules;
  std::vector<int> compressed;    // architectures whose PTX cannot be read
  std::vector<int> machine_code;  // architectures
  std::string problem;            // why nothing was read, if so
};

/// Reads what __cudaRegisterFatBinary is given.
std::unique_ptr<FatBinary> read_fat_binary(const void* data);

/// A kernel as the host knows it.
struct Function {
  FatBinary* binary = nullptr;
  std::string name;               // mangled
  u32 dynamic_shared = 48 << 10;  // the most that a launch may ask for
  Module* module = nullptr;       // the one for options().architecture, once chosen
  int module_architecture = 0;    // that it was chosen for
};

/// The newest PTX not above the device's architecture; nullptr when there is none.
Module* module_for(Function& function);

/// Why module_for() found none, in one sentence.
std::string why_no_module(const Function& function);

/// Functions that the program's objects registered.
struct Functions {
  std::deque<std::unique_ptr<FatBinary>> binaries;
  std::map<const void*, Function> by_host;  // address of the host's stub
};

}  // namespace fgcn::ptx
