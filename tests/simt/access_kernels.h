// Kernels whose memory requests are known by hand, one block of 32 threads unless said otherwise.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace fgcn::test {

/// Arguments of the kernels; each uses its part.
struct Arrays {
  const float* x = nullptr;
  float* y = nullptr;
  const int* index = nullptr;
  int* counts = nullptr;
};

void coalesced(const Context& ctx, const Arrays& a, unsigned threads);
void misaligned(const Context& ctx, const Arrays& a);         // y[t] = x[t + 1]
void pieces(const Context& ctx, const Arrays& a);             // float4
void strided(const Context& ctx, const Arrays& a, int step);  // y[t] = x[t step]
void gathered(const Context& ctx, const Arrays& a);           // y[t] = x[index[t]]
void broadcast(const Context& ctx, const Arrays& a);          // y[t] = x[0]
void in_place(const Context& ctx, const Arrays& a);           // y[t] += x[t]
/// Even threads read x, odd ones x + 1024; then all write y.
void divergent(const Context& ctx, const Arrays& a);
/// y[t] = the sum of index[t] elements from x on.
void loops(const Context& ctx, const Arrays& a);
/// y[t] = index[32 r + t] elements from x on, summed over the rounds r < rounds.
void nested_loops(const Context& ctx, const Arrays& a, int rounds);
/// 32 x 32 through shared memory, 32 x 8 threads, rows of `width` floats: 32, or 33 without bank
/// conflicts.
void transposed(const Context& ctx, const Arrays& a, int width);
/// Through static shared memory, reversed.
void reversed(const Context& ctx, const Arrays& a);
/// Shared memory in pieces of 16 bytes, `step` pieces apart.
void shared_pieces(const Context& ctx, const Arrays& a, int step);
/// Threads of shared memory's floats, `step` apart.
void shared_strided(const Context& ctx, const Arrays& a, int step);
void counted(const Context& ctx, const Arrays& a);  // atomicAdd(counts + index[t], 1)
/// Four floats written one by one, as nvcc does without store().
void four_stores(const Context& ctx, const Arrays& a);
void filled(const Context& ctx, const Arrays& a);  // four zeros a thread in a loop
/// `blocks` blocks that read the same 32 floats and write their own.
void same_input(const Context& ctx, const Arrays& a, int blocks);

}  // namespace fgcn::test
