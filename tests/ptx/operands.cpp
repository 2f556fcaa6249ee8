// Operands of instructions, as offsets of registers.
#include <bit>
#include <cctype>
#include <cstring>

#include "tests/ptx/kernel_compiler.h"

namespace fgcn::ptx {
namespace {

bool has_prefix(const std::string& text, char letter) {
  return text.size() > 2 && text[0] == '0' &&
         std::tolower(static_cast<unsigned char>(text[1])) == letter;
}

/// The bits of a literal for an operand of that many bytes; false when it is none.
bool literal(const std::string& text, bool floating, u32 bytes, u64& bits) {
  if (has_prefix(text, 'f')) {
    const u32 single = static_cast<u32>(std::stoul(text.substr(2), nullptr, 16));
    bits = floating && bytes == 8 ? std::bit_cast<u64>(static_cast<f64>(std::bit_cast<f32>(single)))
                                  : single;
    return true;
  }
  if (has_prefix(text, 'd')) {
    if (floating && bytes == 4) unsupported("the double constant " + text + " as a float");
    bits = std::stoull(text.substr(2), nullptr, 16);
    return true;
  }
  const bool begins = !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) != 0 ||
                                        (text[0] == '-' && text.size() > 1));
  if (!begins) return false;
  std::size_t used = 0;
  bits =
      text[0] == '-' ? static_cast<u64>(std::stoll(text, &used, 0)) : std::stoull(text, &used, 0);
  if (used < text.size() && text[used] == 'U') ++used;
  if (used != text.size()) return false;
  if (floating) unsupported("the whole number " + text + " as a float");
  return true;
}

}  // namespace

u32 KernelCompiler::reserve(u32 bytes, u32 alignment) {
  const u32 offset = round_up(next_register_, alignment);
  next_register_ = offset + bytes;
  return offset;
}

u32 KernelCompiler::new_register(u32 bits) {
  if (bits == 1) return reserve(4, 4);  // a bit a lane
  return bits == 64 ? reserve(8 * kWarpSize, 64) : reserve(4 * kWarpSize, 64);
}

u8 KernelCompiler::width(const std::string& name) const {
  register_of(name);
  return registers_.at(name).width;
}

u32 KernelCompiler::register_of(const std::string& name) const {
  const auto found = registers_.find(name);
  if (found == registers_.end()) unsupported("register " + name);
  return found->second.offset;
}

u32 KernelCompiler::constant(Constant::Kind kind, u64 bits) {
  if (kind != Constant::Kind::kDouble) bits &= 0xffffffffu;
  const auto [slot, fresh] = constants_.insert({{kind, bits}, 0});
  if (fresh) {
    const u32 width = kind == Constant::Kind::kDouble      ? 64
                      : kind == Constant::Kind::kPredicate ? 1
                                                           : 32;
    slot->second = new_register(width);
    kernel_.constants.push_back({slot->second, kind, bits});
  }
  return slot->second;
}

u32 KernelCompiler::special(const std::string& name) {
  static const std::map<std::string, Special> kNames{
      {"%tid.x", Special::kThreadX},         {"%tid.y", Special::kThreadY},
      {"%tid.z", Special::kThreadZ},         {"%ntid.x", Special::kThreadsX},
      {"%ntid.y", Special::kThreadsY},       {"%ntid.z", Special::kThreadsZ},
      {"%ctaid.x", Special::kBlockX},        {"%ctaid.y", Special::kBlockY},
      {"%ctaid.z", Special::kBlockZ},        {"%nctaid.x", Special::kBlocksX},
      {"%nctaid.y", Special::kBlocksY},      {"%nctaid.z", Special::kBlocksZ},
      {"%laneid", Special::kLane},           {"%warpid", Special::kWarp},
      {"%nwarpid", Special::kWarps},         {"%lanemask_lt", Special::kLanesBelow},
      {"%lanemask_le", Special::kLanesUpTo}, {"%lanemask_gt", Special::kLanesAbove},
      {"%lanemask_ge", Special::kLanesFrom}, {"%lanemask_eq", Special::kLaneBit},
      {"%clock", Special::kClock},           {"%dynamic_smem_size", Special::kDynamicShared}};
  const auto known = kNames.find(name);
  if (known == kNames.end()) return 0;
  const auto [slot, fresh] = specials_.insert({known->second, 0});
  if (fresh) {
    slot->second = new_register(32);
    kernel_.specials.emplace_back(slot->second, known->second);
  }
  return slot->second;
}

bool KernelCompiler::symbol(const std::string& name, u64& value) const {
  for (const auto* names : {&shared_, &parameters_, &locals_}) {
    if (const auto found = names->find(name); found != names->end()) {
      value = found->second;
      return true;
    }
  }
  const auto variable = module_.variables.find(name);
  if (variable == module_.variables.end()) return false;
  value = variable->second;
  return true;
}

u32 KernelCompiler::source(const std::string& text, u32 bytes, bool floating) {
  if (is_register(text)) {
    if ((width(text) == 64) != (bytes == 8)) unsupported("operand " + text + " of another width");
    return register_of(text);
  }
  if (const u32 offset = special(text); offset != 0) {
    if (bytes == 8) unsupported("the 64-bit special register " + text);
    return offset;
  }
  u64 value = 0;
  if (literal(text, floating, bytes, value)) {
    if (bytes < 4) value &= (u64{1} << (8 * bytes)) - 1;
  } else if (!symbol(text, value)) {
    unsupported("operand " + text);
  }
  return constant(bytes == 8 ? Constant::Kind::kDouble : Constant::Kind::kWord, value);
}

u32 KernelCompiler::predicate(const std::string& text) {
  if (is_register(text)) return register_of(text);
  u64 value = 0;
  if (!literal(text, false, 4, value)) unsupported("predicate " + text);
  return constant(Constant::Kind::kPredicate, value != 0 ? kAllLanes : 0);
}

u32 KernelCompiler::predicate(const std::string& text, bool& negated) {
  negated = !text.empty() && text[0] == '!';
  return predicate(negated ? text.substr(1) : text);
}

/// "[%rd1+8]": a base, a constant where it is no register, and an offset.
void KernelCompiler::address(const std::string& text, Instruction& in) {
  if (text.size() < 2 || text[0] != '[') unsupported("address " + text);
  std::string base = trimmed(text.substr(1, text.size() - 2));
  if (const auto plus = base.find('+'); plus != std::string::npos) {
    in.immediate = std::stoll(base.substr(plus + 1));
    base = trimmed(base.substr(0, plus));
  }
  if (is_register(base)) {
    in.a = register_of(base);
    in.wide_address = width(base) == 64;
    return;
  }
  u64 value = 0;
  if (!symbol(base, value) && !literal(base, false, 8, value)) unsupported("address " + text);
  in.a = constant(Constant::Kind::kDouble, value);
  in.wide_address = true;
}

}  // namespace fgcn::ptx
