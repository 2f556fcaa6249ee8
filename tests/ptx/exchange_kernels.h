// Kernels of exchanges_test.cpp.
#pragma once

#include "tests/ptx/types.h"

namespace fgcn::ptx {

/// Rows of 32 words that one warp writes, a word a lane.
enum ExchangeRow : u32 {
  kRowIndex,
  kRowUp,
  kRowDown,
  kRowXor,
  kRowIndexValid,
  kRowUpValid,
  kRowDownValid,
  kRowXorValid,
  kRowBallot,
  kRowAny,
  kRowAll,
  kRowUniform,
  kRowMatchAny,
  kRowMatchAnyWide,
  kRowMatchAll,
  kRowMatchAllValid,
  kRowActiveMask,
  kExchangeRows
};
/// Shuffles by `by` within segments of `width`; votes on odd values.
void start_exchanges(const u32* x, u32* y, u32 by, u32 width);

/// Eight rows: add, min, max of signed, min, max, and, or, xor. Architecture 80 and newer.
void start_reductions(const u32* x, u32* y);

/// Words that atomics leave, and the old values that they returned, of one warp.
enum AtomicWord : u32 {
  kAtomicAdd,
  kAtomicMin,
  kAtomicMax,
  kAtomicMinSigned,
  kAtomicMaxSigned,
  kAtomicAnd,
  kAtomicOr,
  kAtomicXor,
  kAtomicExchange,
  kAtomicSwap,
  kAtomicIncrement,
  kAtomicDecrement,
  kAtomicFloat,
  kAtomicWords
};
constexpr u32 kIncrementBound = 5;
/// `words` are updated in place, by way of shared memory where `shared`; old: a row of 32 a word.
void start_atomics(const u32* x, u32* words, u32* old, bool shared);

}  // namespace fgcn::ptx
