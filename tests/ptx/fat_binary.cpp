#include "tests/ptx/fat_binary.h"

#include <cstring>

#include "kernels/core/error.h"
#include "tests/ptx/options.h"

namespace fgcn::ptx {
namespace {

constexpr u32 kMagic = 0xBA55ED50u;
constexpr u16 kPtx = 1;
constexpr u64 kCompressed = 0x2000 | 0x8000;  // by LZ4, by zstd

struct Header {
  u32 magic;
  u16 version, header_bytes;
  u64 bytes;
};
/// Stands before each text or machine code. Only what is used has a name.
struct Entry {
  u16 kind, version;
  u32 header_bytes;
  u64 bytes;
  u32 compressed_bytes, unknown;
  u16 minor, major;
  u32 architecture;
  u32 name_offset, name_bytes;
  u64 flags, zero, full_bytes;
};
static_assert(sizeof(Entry) == 64);

std::string listed(const std::vector<int>& architectures) {
  std::string list;
  for (const int architecture : architectures)
    list += (list.empty() ? "" : ", ") + std::to_string(architecture);
  return list;
}

}  // namespace

std::unique_ptr<FatBinary> read_fat_binary(const void* data) {
  auto binary = std::make_unique<FatBinary>();
  Header header;
  std::memcpy(&header, data, sizeof header);
  if (header.magic != kMagic) {
    binary->problem = "its device code begins with an unknown number";
    return binary;
  }
  const u8* at = static_cast<const u8*>(data) + header.header_bytes;
  const u8* end = at + header.bytes;
  while (at + sizeof(Entry) <= end) {
    Entry entry;
    std::memcpy(&entry, at, sizeof entry);
    const int architecture = static_cast<int>(entry.architecture);
    if (entry.kind != kPtx) {
      binary->machine_code.push_back(architecture);
    } else if ((entry.flags & kCompressed) != 0) {
      binary->compressed.push_back(architecture);
    } else {
      auto module = std::make_unique<Module>();
      const char* text = reinterpret_cast<const char*>(at + entry.header_bytes);
      module->text.assign(text, strnlen(text, entry.bytes));
      module->architecture = architecture;
      binary->modules.push_back(std::move(module));
    }
    at += entry.header_bytes + entry.bytes;
  }
  return binary;
}

Module* module_for(Function& function) {
  const int architecture = options().architecture;
  if (function.module_architecture == architecture) return function.module;
  function.module = nullptr;
  for (const auto& module : function.binary->modules) {
    const bool newer =
        function.module == nullptr || module->architecture > function.module->architecture;
    if (module->architecture <= architecture && newer) function.module = module.get();
  }
  function.module_architecture = architecture;
  return function.module;
}

std::string why_no_module(const Function& function) {
  const FatBinary& binary = *function.binary;
  const std::string kernel = demangled(function.name);
  if (!binary.problem.empty()) return text(kernel, " cannot be run: ", binary.problem);
  if (!binary.compressed.empty())
    return text(kernel, " has compressed PTX (for ", listed(binary.compressed),
                "): compile its file with nvcc --no-compress");
  std::vector<int> offered;
  for (const auto& module : binary.modules) offered.push_back(module->architecture);
  if (!offered.empty())
    return text(kernel, " has PTX for ", listed(offered), " only, the device is a ",
                options().architecture, ": compile its file for an older one too");
  return text(kernel, " has no PTX",
              binary.machine_code.empty() ? std::string()
                                          : ", machine code for " + listed(binary.machine_code),
              ": compile its file with nvcc -gencode arch=compute_75,code=compute_75");
}

}  // namespace fgcn::ptx
