// The opcodes of Python's pickles that carry data.
#pragma once

#include <cstdint>

namespace fgcn::io {

enum PickleOpcode : std::uint8_t {
  kOpProto = 0x80,
  kOpNewObj = 0x81,
  kOpTuple1 = 0x85,
  kOpTuple2 = 0x86,
  kOpTuple3 = 0x87,
  kOpNewTrue = 0x88,
  kOpNewFalse = 0x89,
  kOpLong1 = 0x8a,
  kOpLong4 = 0x8b,
  kOpShortBinUnicode = 0x8c,
  kOpBinUnicode8 = 0x8d,
  kOpBinBytes8 = 0x8e,
  kOpEmptySet = 0x8f,
  kOpAddItems = 0x90,
  kOpFrozenSet = 0x91,
  kOpStackGlobal = 0x93,
  kOpMemoize = 0x94,
  kOpFrame = 0x95,
  kOpByteArray8 = 0x96,
  kOpMark = '(',
  kOpStop = '.',
  kOpPop = '0',
  kOpNone = 'N',
  kOpBinInt = 'J',
  kOpBinInt1 = 'K',
  kOpBinInt2 = 'M',
  kOpBinFloat = 'G',
  kOpBinString = 'T',
  kOpShortBinString = 'U',
  kOpBinUnicode = 'X',
  kOpBinBytes = 'B',
  kOpShortBinBytes = 'C',
  kOpEmptyDict = '}',
  kOpEmptyList = ']',
  kOpEmptyTuple = ')',
  kOpTuple = 't',
  kOpSetItem = 's',
  kOpSetItems = 'u',
  kOpAppend = 'a',
  kOpAppends = 'e',
  kOpBinPut = 'q',
  kOpLongBinPut = 'r',
  kOpBinGet = 'h',
  kOpLongBinGet = 'j',
  kOpGlobal = 'c',
  kOpReduce = 'R',
  kOpBuild = 'b',
  kOpBinPersId = 'Q'
};

}  // namespace fgcn::io
