// Loops over a warp's lanes. A register is 32 values side by side, so that a compiler turns an
// instruction into a few vector instructions of the host.
#pragma once

#include <type_traits>

#include "tests/ptx/warp.h"

namespace fgcn::ptx {

/// What a value lies in: nothing is narrower than 32 bits.
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

/// Writes `value(lane)` to the lanes of the mask. Reading the old values of the others costs less
/// than a branch a lane; a register and its sources may be one, at one lane.
template <class D, class F>
inline void each_lane(Slot<D>* to, u32 lanes, F value) {
  if (lanes == kAllLanes) {
#pragma GCC ivdep
    for (u32 lane = 0; lane < kWarpSize; ++lane) to[lane] = to_slot<D>(value(lane));
  } else {
#pragma GCC ivdep
    for (u32 lane = 0; lane < kWarpSize; ++lane)
      to[lane] = in_mask(lanes, lane) ? to_slot<D>(value(lane)) : to[lane];
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
