// Operations by name, filled by the files of the families.
#pragma once

#include <map>
#include <string>

#include "tests/ptx/operations.h"

namespace fgcn::ptx {

struct OperationTable {
  std::map<std::string, Operation> unary, binary, ternary;  // "mul.hi.s32"
};

void add_integer_operations(OperationTable& table);
void add_bit_operations(OperationTable& table);
void add_float_operations(OperationTable& table);

}  // namespace fgcn::ptx
