// The operation that a PTX instruction names; nullptr for what the simulator does not know.
#pragma once

#include <string>

#include "tests/ptx/instruction.h"

namespace fgcn::ptx {

enum class Space : u8 { kParameter, kShared, kLocal, kGlobal, kGeneric };

/// Generic addresses of shared and of local memory begin here; an address of global memory is its
/// own generic address.
constexpr u64 kSharedWindow = u64{1} << 56;
constexpr u64 kLocalWindow = u64{2} << 56;

Operation nothing();
Operation active_mask();

/// `what` is the opcode with the modifiers that matter, "mul.hi"; `type` is "s32".
Operation unary(const std::string& what, const std::string& type);
Operation binary(const std::string& what, const std::string& type);
Operation ternary(const std::string& what, const std::string& type);

enum class Fused : u8 { kProductPlus, kProductMinus, kMinusProduct };  // ab + c, ab - c, c - ab
Operation fused(Fused kind, bool is_double);

Operation of_predicates(const std::string& what);
/// `boolean` combines the comparison with c: "and", "or", "xor" or "".
Operation compare(const std::string& comparison, const std::string& type,
                  const std::string& boolean);
Operation select(u32 bytes);
Operation convert(const std::string& to, const std::string& from, const std::string& rounding,
                  bool saturate, const Instruction& in);

/// mov between a register and `count` registers of `each_bytes`.
Operation pack(u32 count, u32 each_bytes);
Operation unpack(u32 count, u32 each_bytes);

/// cvta: between a space's addresses and generic ones.
Operation to_generic(Space space);
Operation from_generic(Space space);

Operation load(Space space, const std::string& type);
Operation store(Space space, u32 bytes);
Operation atomic(Space space, const std::string& what, const std::string& type);

}  // namespace fgcn::ptx
