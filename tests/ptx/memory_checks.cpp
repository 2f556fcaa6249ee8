#include "tests/ptx/memory_checks.h"

#include <cuda_runtime_api.h>

#include <ios>

#include "kernels/core/error.h"

namespace fgcn::ptx {
namespace {

const char* name_of(Space space) {
  switch (space) {
    case Space::kParameter:
      return "parameter";
    case Space::kShared:
      return "shared";
    case Space::kLocal:
      return "local";
    case Space::kGlobal:
      return "global";
    case Space::kGeneric:
      return "generic";
  }
  return "unknown";
}

const char* name_of(Touch touch) {
  if (is_atomic(touch)) return "atomic";
  return touch == Touch::kWrite ? "store" : "load";
}

std::string hexadecimal(u64 value) { return text("0x", std::hex, value); }

/// The space that an address belongs to when it is taken for a generic one; "" when it is none's.
const char* owner_of(const DeviceSpace& memory, u64 address) {
  constexpr u64 kWindow = u64{0xff} << 56;
  if ((address & kWindow) == kSharedWindow) return "shared";
  if ((address & kWindow) == kLocalWindow) return "local";
  return memory.is_device(address) ? "global" : "";
}

/// The address as the program had it before cvta.to took the window's begin away.
u64 generic_address(const Access& access) {
  const bool is_own = *owner_of(*access.warp.block->memory, access.address) != '\0';
  if (is_own || access.space == Space::kGlobal) return access.address;
  return access.address + (access.space == Space::kShared ? kSharedWindow : kLocalWindow);
}

[[noreturn]] void fail(const Access& access, const std::string& what, int status) {
  fault(access.warp, access.in, access.lane, what, status);
}

}  // namespace

void fault_misaligned(const Access& access) {
  fail(access,
       text(name_of(access.space), " ", name_of(access.touch), " of ", access.bytes,
            " bytes at a misaligned address, ", hexadecimal(access.address)),
       cudaErrorMisalignedAddress);
}

void fault_out_of_space(const Access& access) {
  const Block& block = *access.warp.block;
  const std::string subject = text(name_of(access.space), " ", name_of(access.touch));
  if (access.space == Space::kLocal && is_atomic(access.touch))
    fail(access, "atomic given a local address: an atomic reaches shared and global memory only",
         cudaErrorInvalidAddressSpace);
  const u64 generic = generic_address(access);
  const char* owner = owner_of(*block.memory, generic);
  if (*owner != '\0' && std::string(owner) != name_of(access.space))
    fail(access,
         text(subject, " given a ", owner, " address, ", hexadecimal(generic),
              access.space == Space::kGlobal
                  ? ": the instruction is for global memory, the pointer is not"
                  : ""),
         cudaErrorInvalidAddressSpace);
  if (access.space == Space::kShared)
    fail(access,
         text(subject, " out of bounds: offset ", static_cast<s64>(access.address), ", ",
              access.bytes, " bytes, of ", block.shared.size()),
         cudaErrorIllegalAddress);
  if (access.space == Space::kLocal)
    fail(access,
         text(subject, " out of bounds: offset ", static_cast<s64>(access.address), ", ",
              access.bytes, " bytes, of ", block.kernel->local_bytes),
         cudaErrorIllegalAddress);
  const Allocation* below = block.memory->at_or_below(access.address);
  std::string where;
  if (*owner == '\0')
    where = "; no address of the device";
  else if (below != nullptr)
    where = text("; byte ", access.address - below->begin, " of an allocation of ",
                 below->end - below->begin);
  fail(access,
       text(subject, " out of bounds: ", access.bytes, " bytes at ", hexadecimal(access.address),
            where),
       cudaErrorIllegalAddress);
}

void note_unwritten_global(const Access& access, u64 address) {
  const Allocation* owner = access.warp.block->memory->at_or_below(access.address);
  note(access.warp, access.in, access.lane, "read of unwritten global memory",
       text("byte ", address - owner->begin, " of an allocation of ", owner->end - owner->begin));
}

void check_block_race(const Access& access, u64 address) {
  const Block& block = *access.warp.block;
  BlockShadow& shadow = *block.memory->block_shadow(address);
  const bool write = is_write(access.touch), atomic = is_atomic(access.touch);
  const u32 writer = shadow.write_block & ~BlockShadow::kAtomic;
  const bool both_atomic = atomic && (shadow.write_block & BlockShadow::kAtomic) != 0;
  const auto race = [&](const char* kind, u32 other) {
    note(access.warp, access.in, access.lane, kind,
         text("address ", hexadecimal(address), ", block ",
              other == BlockShadow::kSeveral ? std::string("several") : std::to_string(other)));
  };
  if (shadow.write_launch == block.launch_id && writer != block.linear && !both_atomic)
    race(write ? "race between blocks, write after write" : "race between blocks, read after write",
         writer);
  if (write && !atomic && shadow.read_launch == block.launch_id &&
      shadow.read_block != block.linear)
    race("race between blocks, write after read", shadow.read_block);
  if (write) {
    shadow.write_launch = block.launch_id;
    shadow.write_block = block.linear | (atomic ? BlockShadow::kAtomic : 0);
  } else if (shadow.read_launch != block.launch_id) {
    shadow.read_launch = block.launch_id;
    shadow.read_block = block.linear;
  } else if (shadow.read_block != block.linear) {
    shadow.read_block = BlockShadow::kSeveral;
  }
}

}  // namespace fgcn::ptx
