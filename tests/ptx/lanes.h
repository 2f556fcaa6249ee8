// Loops over a warp's lanes. A register is 32 values side by side, so that a compiler turns an
// instruction into a few vector instructions of the host.
#pragma once

#include <bit>
#include <type_traits>

#include "tests/ptx/warp.h"

namespace fgcn::ptx {

/// The register of a value: nothing is narrower than 32 bits.
template <class T>
using Slot = std::conditional_t<sizeof(T) >= 4, T, u32>;

template <class T>
Slot<T>* register_at(const Warp& warp, u32 offset) {
  return warp.at<Slot<T>>(offset);
}
template <class T>
Slot<T> to_slot(T value) {
  if constexpr (sizeof(T) >= 4) {
    return value;
  } else {
    return static_cast<u32>(static_cast<std::make_unsigned_t<T>>(value));
  }
}
template <class T>
T from_slot(Slot<T> slot) {
  return static_cast<T>(slot);
}

inline bool in_mask(u32 lanes, u32 lane) { return (lanes >> lane & 1) != 0; }

/// The new bits where the mask has the lane, the old ones elsewhere. Not a choice between the two,
/// which g++ makes a branch of.
template <class T>
void blend(T* to, const T* fresh, u32 lanes) {
  using Bits = std::conditional_t<sizeof(T) == 8, u64, u32>;
  Bits* old_bits = reinterpret_cast<Bits*>(to);
  const Bits* new_bits = reinterpret_cast<const Bits*>(fresh);
#pragma GCC ivdep
  for (u32 lane = 0; lane < kWarpSize; ++lane) {
    const Bits mask = Bits(0) - Bits(lanes >> lane & 1);
    old_bits[lane] = (new_bits[lane] & mask) | (old_bits[lane] & ~mask);
  }
}

/// Writes `value(lane)` to the lanes of the mask. The register may be a source of `value` too,
/// which reads its own lane only.
template <class D, class F>
inline void each_lane(Slot<D>* to, u32 lanes, F value) {
  constexpr int kFew = 6;  // lanes that are done faster one by one
  if (lanes == kAllLanes) {
#pragma GCC ivdep
    for (u32 lane = 0; lane < kWarpSize; ++lane) to[lane] = to_slot<D>(value(lane));
  } else if (std::popcount(lanes) <= kFew) {
    for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
      const u32 lane = static_cast<u32>(std::countr_zero(rest));
      to[lane] = to_slot<D>(value(lane));
    }
  } else {
    alignas(64) Slot<D> fresh[kWarpSize];
#pragma GCC ivdep
    for (u32 lane = 0; lane < kWarpSize; ++lane) fresh[lane] = to_slot<D>(value(lane));
    blend(to, fresh, lanes);
  }
}

template <class D, class A, auto F>
void unary_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  const Slot<A>* a = register_at<A>(warp, in.a);
  each_lane<D>(register_at<D>(warp, in.d), lanes,
               [=](u32 lane) { return static_cast<D>(F(from_slot<A>(a[lane]))); });
}

template <class D, class A, class B, auto F>
void binary_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  const Slot<A>* a = register_at<A>(warp, in.a);
  const Slot<B>* b = register_at<B>(warp, in.b);
  each_lane<D>(register_at<D>(warp, in.d), lanes, [=](u32 lane) {
    return static_cast<D>(F(from_slot<A>(a[lane]), from_slot<B>(b[lane])));
  });
}

template <class D, class A, class B, class C, auto F>
void ternary_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  const Slot<A>* a = register_at<A>(warp, in.a);
  const Slot<B>* b = register_at<B>(warp, in.b);
  const Slot<C>* c = register_at<C>(warp, in.c);
  each_lane<D>(register_at<D>(warp, in.d), lanes, [=](u32 lane) {
    return static_cast<D>(F(from_slot<A>(a[lane]), from_slot<B>(b[lane]), from_slot<C>(c[lane])));
  });
}

}  // namespace fgcn::ptx
