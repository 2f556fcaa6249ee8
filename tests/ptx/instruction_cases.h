// Single instructions against what the host computes: one row of operands a thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/ptx/types.h"

namespace fgcn::ptx {

enum class OperandType : u8 { kBits, kFloat, kDouble };

/// Operands and results travel as 64 bits each; what is narrower lies in the low part.
struct InstructionCase {
  std::string text;  // "min.f32 %0, %1, %2;"
  OperandType result = OperandType::kBits;
  OperandType operands = OperandType::kBits;
  f64 tolerance = 0;  // relative; 0 for exactly the same bits, or both a NaN
  void (*start)(const u64* a, const u64* b, const u64* c, u64* y, int count) = nullptr;
  std::function<u64(u64 a, u64 b, u64 c)> expected;
};

/// One family each, in instruction_cases_*.cu.
std::vector<InstructionCase> integer_cases();
std::vector<InstructionCase> bit_cases();
std::vector<InstructionCase> float_cases();
std::vector<InstructionCase> compare_cases();
std::vector<InstructionCase> convert_cases();

}  // namespace fgcn::ptx
