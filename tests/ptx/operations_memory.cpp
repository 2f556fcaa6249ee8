// ld, st, atom and red.
#include <bit>
#include <cstring>

#include "tests/ptx/lanes.h"
#include "tests/ptx/memory_checks.h"

namespace fgcn::ptx {
namespace {

u64 address_of(const Warp& warp, const Instruction& in, u32 lane) {
  const u64 base = in.wide_address ? warp.at<u64>(in.a)[lane] : warp.at<u32>(in.a)[lane];
  return base + static_cast<u64>(in.immediate);
}

[[gnu::cold, gnu::noinline, noreturn]] void fault_parameter(const Warp& warp, const Instruction& in,
                                                            u32 lane) {
  fault(warp, in, lane, "load of a parameter out of bounds or misaligned");
}

const u8* parameter_at(const Warp& warp, const Instruction& in, u32 lane, u64 address, u32 bytes) {
  const std::vector<u8>& parameters = warp.block->launch->parameters;
  if (address + bytes > parameters.size() || address % bytes != 0) [[unlikely]]
    fault_parameter(warp, in, lane);
  return parameters.data() + address;
}

/// A loaded value to a register that may be wider: whole numbers are extended.
template <class T>
void write_lane(const Warp& warp, u32 offset, u8 width, u32 lane, T value) {
  if constexpr (sizeof(T) == 8 || std::is_floating_point_v<T>) {
    warp.at<T>(offset)[lane] = value;
  } else {
    const u64 wide = static_cast<u64>(static_cast<s64>(value));
    if (width == 64)
      warp.at<u64>(offset)[lane] = wide;
    else
      warp.at<u32>(offset)[lane] = static_cast<u32>(width == 32 ? wide : wide & 0xffff);
  }
}

/// Sizes that the compiler knows: a call of memcpy would cost as much as all the rest.
template <class T>
inline void copy_values(T* to, const T* from, u32 count) {
  if (count == 1)
    std::memcpy(to, from, sizeof(T));
  else if (count == 2)
    std::memcpy(to, from, 2 * sizeof(T));
  else
    std::memcpy(to, from, 4 * sizeof(T));
}

template <Space kSpace, class T>
void load_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  const u32 count = in.count;
  const u32 bytes = static_cast<u32>(sizeof(T)) * count;
  for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
    const u32 lane = static_cast<u32>(std::countr_zero(rest));
    const u64 address = address_of(warp, in, lane);
    const u8* from;
    if constexpr (kSpace == Space::kParameter)
      from = parameter_at(warp, in, lane, address, bytes);
    else
      from = place_of<kSpace>(warp, in, lane, address, bytes, Touch::kRead);
    T values[4];
    copy_values(values, reinterpret_cast<const T*>(from), count);
    for (u32 i = 0; i < count; ++i) write_lane<T>(warp, in.vector[i], in.width, lane, values[i]);
  }
}

template <Space kSpace, class U>
void store_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  const u32 count = in.count;
  const u32 bytes = static_cast<u32>(sizeof(U)) * count;
  for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
    const u32 lane = static_cast<u32>(std::countr_zero(rest));
    const u64 address = address_of(warp, in, lane);
    u8* to = place_of<kSpace>(warp, in, lane, address, bytes, Touch::kWrite);
    U values[4];
    for (u32 i = 0; i < count; ++i)
      values[i] = from_slot<U>(register_at<U>(warp, in.vector[i])[lane]);
    copy_values(reinterpret_cast<U*>(to), values, count);
  }
}

template <Space kSpace>
Operation load_from(const std::string& type) {
  if (type == "u8" || type == "b8") return load_lanes<kSpace, u8>;
  if (type == "s8") return load_lanes<kSpace, s8>;
  if (type == "u16" || type == "b16") return load_lanes<kSpace, u16>;
  if (type == "s16") return load_lanes<kSpace, s16>;
  if (type == "u32" || type == "b32") return load_lanes<kSpace, u32>;
  if (type == "s32") return load_lanes<kSpace, s32>;
  if (type == "f32") return load_lanes<kSpace, f32>;
  if (type == "u64" || type == "b64") return load_lanes<kSpace, u64>;
  if (type == "s64") return load_lanes<kSpace, s64>;
  if (type == "f64") return load_lanes<kSpace, f64>;
  return nullptr;
}

template <Space kSpace>
Operation store_to(u32 bytes) {
  if (bytes == 1) return store_lanes<kSpace, u8>;
  if (bytes == 2) return store_lanes<kSpace, u16>;
  if (bytes == 4) return store_lanes<kSpace, u32>;
  return bytes == 8 ? store_lanes<kSpace, u64> : nullptr;
}

/// Lanes one after the other, in their order: any order is allowed.
template <Space kSpace, class T, auto F>
void atomic_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
    const u32 lane = static_cast<u32>(std::countr_zero(rest));
    const u64 address = address_of(warp, in, lane);
    u8* place = place_of<kSpace>(warp, in, lane, address, sizeof(T), Touch::kAtomicRead);
    place_of<kSpace>(warp, in, lane, address, sizeof(T), Touch::kAtomicWrite);
    T old;
    std::memcpy(&old, place, sizeof(T));
    const T now = F(old, warp.at<T>(in.b)[lane], warp.at<T>(in.c)[lane]);
    std::memcpy(place, &now, sizeof(T));
    if (in.returns_old) warp.at<T>(in.d)[lane] = old;
  }
}

/// The new value of a word from its old one, b and, for cas, c.
template <class T>
struct Atomic {
  static T add(T old, T b, T /*c*/) { return T(old + b); }
  static T max(T old, T b, T /*c*/) { return b < old ? old : b; }
  static T min(T old, T b, T /*c*/) { return old < b ? old : b; }
  static T exchange(T /*old*/, T b, T /*c*/) { return b; }
  static T compare_and_swap(T old, T b, T c) { return old == b ? c : old; }
  static T conjunction(T old, T b, T /*c*/) { return T(old & b); }
  static T disjunction(T old, T b, T /*c*/) { return T(old | b); }
  static T difference(T old, T b, T /*c*/) { return T(old ^ b); }
  static T increment(T old, T b, T /*c*/) { return old >= b ? T(0) : T(old + 1); }
  static T decrement(T old, T b, T /*c*/) { return old == 0 || old > b ? b : T(old - 1); }
};

template <Space kSpace, class T>
Operation atomic_of(const std::string& what) {
  if (what == "add") return atomic_lanes<kSpace, T, Atomic<T>::add>;
  if constexpr (std::is_integral_v<T>) {
    if (what == "max") return atomic_lanes<kSpace, T, Atomic<T>::max>;
    if (what == "min") return atomic_lanes<kSpace, T, Atomic<T>::min>;
    if (what == "exch") return atomic_lanes<kSpace, T, Atomic<T>::exchange>;
    if (what == "cas") return atomic_lanes<kSpace, T, Atomic<T>::compare_and_swap>;
    if (what == "and") return atomic_lanes<kSpace, T, Atomic<T>::conjunction>;
    if (what == "or") return atomic_lanes<kSpace, T, Atomic<T>::disjunction>;
    if (what == "xor") return atomic_lanes<kSpace, T, Atomic<T>::difference>;
    if (what == "inc") return atomic_lanes<kSpace, T, Atomic<T>::increment>;
    if (what == "dec") return atomic_lanes<kSpace, T, Atomic<T>::decrement>;
  }
  return nullptr;
}

template <Space kSpace>
Operation atomic_in(const std::string& what, const std::string& type) {
  if (type == "u32" || type == "b32") return atomic_of<kSpace, u32>(what);
  if (type == "s32") return atomic_of<kSpace, s32>(what);
  if (type == "u64" || type == "b64") return atomic_of<kSpace, u64>(what);
  if (type == "s64") return atomic_of<kSpace, s64>(what);
  if (type == "f32") return atomic_of<kSpace, f32>(what);
  if (type == "f64") return atomic_of<kSpace, f64>(what);
  return nullptr;
}

}  // namespace

Operation load(Space space, const std::string& type) {
  switch (space) {
    case Space::kParameter:
      return load_from<Space::kParameter>(type);
    case Space::kShared:
      return load_from<Space::kShared>(type);
    case Space::kLocal:
      return load_from<Space::kLocal>(type);
    case Space::kGlobal:
      return load_from<Space::kGlobal>(type);
    case Space::kGeneric:
      return load_from<Space::kGeneric>(type);
  }
  return nullptr;
}

Operation store(Space space, u32 bytes) {
  switch (space) {
    case Space::kShared:
      return store_to<Space::kShared>(bytes);
    case Space::kLocal:
      return store_to<Space::kLocal>(bytes);
    case Space::kGlobal:
      return store_to<Space::kGlobal>(bytes);
    case Space::kGeneric:
      return store_to<Space::kGeneric>(bytes);
    case Space::kParameter:
      return nullptr;
  }
  return nullptr;
}

Operation atomic(Space space, const std::string& what, const std::string& type) {
  if (space == Space::kShared) return atomic_in<Space::kShared>(what, type);
  if (space == Space::kGlobal) return atomic_in<Space::kGlobal>(what, type);
  return space == Space::kGeneric ? atomic_in<Space::kGeneric>(what, type) : nullptr;
}

}  // namespace fgcn::ptx
