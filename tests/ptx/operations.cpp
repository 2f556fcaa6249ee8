#include "tests/ptx/operations.h"

#include "tests/ptx/lanes.h"
#include "tests/ptx/operation_table.h"

namespace fgcn::ptx {
namespace {

const OperationTable& operation_table() {
  static const OperationTable table = [] {
    OperationTable filled;
    add_integer_operations(filled);
    add_bit_operations(filled);
    add_float_operations(filled);
    return filled;
  }();
  return table;
}

Operation look_up(const std::map<std::string, Operation>& operations, const std::string& name) {
  const auto found = operations.find(name);
  return found == operations.end() ? nullptr : found->second;
}

enum class Logic { kMove, kNot, kAnd, kOr, kXor };

template <Logic kLogic>
void predicate_logic(Warp& warp, const Instruction& in, u32 lanes) {
  u32 result = warp.predicate(in.a);
  if constexpr (kLogic == Logic::kNot) result = ~result;
  if constexpr (kLogic == Logic::kAnd) result &= warp.predicate(in.b);
  if constexpr (kLogic == Logic::kOr) result |= warp.predicate(in.b);
  if constexpr (kLogic == Logic::kXor) result ^= warp.predicate(in.b);
  u32& d = warp.predicate(in.d);
  d = (d & ~lanes) | (result & lanes);
}

void do_nothing(Warp& /*warp*/, const Instruction& /*in*/, u32 /*lanes*/) {}

void read_active_mask(Warp& warp, const Instruction& in, u32 lanes) {
  each_lane<u32>(warp.at<u32>(in.d), lanes, [=](u32 /*lane*/) { return lanes; });
}

}  // namespace

Operation nothing() { return do_nothing; }
Operation active_mask() { return read_active_mask; }

Operation unary(const std::string& what, const std::string& type) {
  return look_up(operation_table().unary, what + '.' + type);
}
Operation binary(const std::string& what, const std::string& type) {
  return look_up(operation_table().binary, what + '.' + type);
}
Operation ternary(const std::string& what, const std::string& type) {
  return look_up(operation_table().ternary, what + '.' + type);
}

Operation of_predicates(const std::string& what) {
  if (what == "mov") return predicate_logic<Logic::kMove>;
  if (what == "not") return predicate_logic<Logic::kNot>;
  if (what == "and") return predicate_logic<Logic::kAnd>;
  if (what == "or") return predicate_logic<Logic::kOr>;
  if (what == "xor") return predicate_logic<Logic::kXor>;
  return nullptr;
}

}  // namespace fgcn::ptx
