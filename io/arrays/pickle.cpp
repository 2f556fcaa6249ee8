#include "io/arrays/pickle.h"

#include <bit>
#include <utility>

#include "io/arrays/pickle_machine.h"
#include "io/arrays/pickle_opcodes.h"
#include "io/byte_order.h"

namespace fgcn::io {
namespace {

constexpr std::size_t kMaxMarks = 256;
constexpr std::uint8_t kNewestProtocol = 5;

std::string hexadecimal(std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

Pickle PickleMachine::run() {
  if (bytes_.size() < 2) cut_off();
  if (bytes_[0] != kOpProto) refuse("is not a pickle of protocol 2 or later");
  while (step()) {
  }
  out_.bytes_ = at_;
  return std::move(out_);
}

bool PickleMachine::step_string(std::uint8_t opcode) {
  switch (opcode) {
    case kOpBinString:
    case kOpBinBytes:
      push_string(PickleKind::kBytes, number<std::uint32_t>());
      return true;
    case kOpShortBinString:
    case kOpShortBinBytes:
      push_string(PickleKind::kBytes, number<std::uint8_t>());
      return true;
    case kOpBinBytes8:
    case kOpByteArray8:
      push_string(PickleKind::kBytes, number<std::uint64_t>());
      return true;
    case kOpBinUnicode:
      push_string(PickleKind::kText, number<std::uint32_t>());
      return true;
    case kOpShortBinUnicode:
      push_string(PickleKind::kText, number<std::uint8_t>());
      return true;
    case kOpBinUnicode8:
      push_string(PickleKind::kText, number<std::uint64_t>());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_number(std::uint8_t opcode) {
  switch (opcode) {
    case kOpNone:
      push(PickleKind::kNone);
      return true;
    case kOpNewTrue:
      push_bool(1);
      return true;
    case kOpNewFalse:
      push_bool(0);
      return true;
    case kOpBinInt:
      push_integer(number<std::int32_t>());
      return true;
    case kOpBinInt1:
      push_integer(number<std::uint8_t>());
      return true;
    case kOpBinInt2:
      push_integer(number<std::uint16_t>());
      return true;
    case kOpLong1:
      push_long(number<std::uint8_t>());
      return true;
    case kOpLong4:
      push_long(number<std::uint32_t>());
      return true;
    case kOpBinFloat:
      push({.kind = PickleKind::kReal,
            .real = load_in<double>(std::endian::big, take(sizeof(double)), 0)});
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_container(std::uint8_t opcode) {
  switch (opcode) {
    case kOpMark:
      if (marks_.size() == kMaxMarks) refuse("nests deeper than ", kMaxMarks);
      marks_.push_back(stack_.size());
      return true;
    case kOpEmptyDict:
      push(PickleKind::kDict);
      return true;
    case kOpEmptyList:
      push(PickleKind::kList);
      return true;
    case kOpEmptyTuple:
      push(PickleKind::kTuple);
      return true;
    case kOpEmptySet:
      push(PickleKind::kSet);
      return true;
    case kOpTuple:
      push({.kind = PickleKind::kTuple, .items = pop_to_mark()});
      return true;
    case kOpFrozenSet:
      push({.kind = PickleKind::kSet, .items = pop_to_mark()});
      return true;
    case kOpTuple1:
    case kOpTuple2:
    case kOpTuple3:
      push_tuple(opcode - kOpTuple1 + 1);
      return true;
    case kOpAppend: {
      const PickleId item = pop();
      extend(PickleKind::kList, {item}, 1);
      return true;
    }
    case kOpAppends:
      extend(PickleKind::kList, pop_to_mark(), 1);
      return true;
    case kOpAddItems:
      extend(PickleKind::kSet, pop_to_mark(), 1);
      return true;
    case kOpSetItem: {
      const PickleId value = pop();
      const PickleId key = pop();
      extend(PickleKind::kDict, {key, value}, 2);
      return true;
    }
    case kOpSetItems:
      extend(PickleKind::kDict, pop_to_mark(), 2);
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_memo(std::uint8_t opcode) {
  switch (opcode) {
    case kOpBinPut:
      put(number<std::uint8_t>());
      return true;
    case kOpLongBinPut:
      put(number<std::uint32_t>());
      return true;
    case kOpMemoize:
      put(memo_.size());
      return true;
    case kOpBinGet:
      get(number<std::uint8_t>());
      return true;
    case kOpLongBinGet:
      get(number<std::uint32_t>());
      return true;
    default:
      return false;
  }
}

/// False after the last opcode.
bool PickleMachine::step() {
  const auto opcode = number<std::uint8_t>();
  if (step_memo(opcode) || step_container(opcode) || step_string(opcode) || step_number(opcode))
    return true;
  switch (opcode) {
    case kOpProto:
      if (const auto protocol = number<std::uint8_t>(); protocol < 2 || protocol > kNewestProtocol)
        refuse("is a pickle of protocol ", int{protocol});
      return true;
    case kOpFrame:  // tells how far to read ahead
      take(sizeof(std::uint64_t));
      return true;
    case kOpPop:
      pop();
      return true;
    case kOpGlobal: {
      const std::string_view module = line();
      push_global(module, line());
      return true;
    }
    case kOpStackGlobal:
      stack_global();
      return true;
    case kOpReduce:
    case kOpNewObj:
      reduce(static_cast<PickleOpcode>(opcode));
      return true;
    case kOpBuild:
      build();
      return true;
    case kOpBinPersId:
      persistent();
      return true;
    case kOpStop:
      out_.root_ = pop();
      if (!stack_.empty() || !marks_.empty()) damaged("ends before it is complete");
      return false;
    default:
      refuse("uses the pickle opcode ", hexadecimal(opcode), " at byte ", at_ - 1);
  }
}

const PickleValue* Pickle::find(const PickleValue& dict, std::string_view key) const {
  if (dict.kind != PickleKind::kDict) return nullptr;
  for (std::size_t i = dict.items.size(); i > 0; i -= 2) {
    const PickleValue& name = values_[dict.items[i - 2]];
    if (is_text(name) && name.text == key) return &values_[dict.items[i - 1]];
  }
  return nullptr;
}

Pickle parse_pickle(std::span<const std::uint8_t> bytes, const std::string& where,
                    const PickleRules& rules) {
  return PickleMachine(bytes, where, rules).run();
}

bool is_text(const PickleValue& value) {
  return value.kind == PickleKind::kText || value.kind == PickleKind::kBytes;
}

}  // namespace fgcn::io
