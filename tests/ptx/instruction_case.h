// FGCN_CASE, for the instruction_cases_*.cu only.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "tests/ptx/instruction_cases.h"

// Templates for signed and unsigned types ask whether a value is below zero.
#pragma nv_diag_suppress 186

namespace fgcn::ptx {

template <class To, class From>
__host__ __device__ inline To with_bits(From from) {
  To to = {};
  memcpy(&to, &from, sizeof(To) < sizeof(From) ? sizeof(To) : sizeof(From));
  return to;
}

template <class T>
OperandType type_of() {
  if (std::is_same_v<T, float>) return OperandType::kFloat;
  return std::is_same_v<T, double> ? OperandType::kDouble : OperandType::kBits;
}

/// `Device` has the asm, `Host` what it should give.
template <class Device, class D, class A, class B, class C>
__global__ void case_kernel(const u64* a, const u64* b, const u64* c, u64* y, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  y[i] = with_bits<u64>(Device::run(with_bits<A>(a[i]), with_bits<B>(b[i]), with_bits<C>(c[i])));
}

template <class Device, class D, class A, class B, class C, class Host>
InstructionCase make_case(const char* text, double tolerance, Host host) {
  InstructionCase made;
  made.text = text;
  made.result = type_of<D>();
  made.operands = type_of<A>();
  made.tolerance = tolerance;
  made.start = [](const u64* a, const u64* b, const u64* c, u64* y, int count) {
    case_kernel<Device, D, A, B, C><<<(count + 95) / 96, 96>>>(a, b, c, y, count);
  };
  made.expected = [host](u64 a, u64 b, u64 c) {
    return with_bits<u64>(static_cast<D>(host(with_bits<A>(a), with_bits<B>(b), with_bits<C>(c))));
  };
  return made;
}

// Constraints of inline asm: the register class of a type.
#define FGCN_CLASS_u16 "h"
#define FGCN_CLASS_s16 "h"
#define FGCN_CLASS_u32 "r"
#define FGCN_CLASS_s32 "r"
#define FGCN_CLASS_u64 "l"
#define FGCN_CLASS_s64 "l"
#define FGCN_CLASS_f32 "f"
#define FGCN_CLASS_f64 "d"

}  // namespace fgcn::ptx

/// A struct NAME with the asm, in a namespace. D, A, B, C are PTX's type names.
#define FGCN_ASM(NAME, TEXT, D, A, B, C)                                           \
  struct NAME {                                                                    \
    static __device__ D run(A a, B b, C c) {                                       \
      D d;                                                                         \
      asm volatile("{ .reg .pred p, q; .reg .b32 t; " TEXT " }"                    \
                   : "=" FGCN_CLASS_##D(d)                                         \
                   : FGCN_CLASS_##A(a), FGCN_CLASS_##B(b), FGCN_CLASS_##C(c));     \
      return d;                                                                    \
    }                                                                              \
    template <class Host>                                                          \
    static ::fgcn::ptx::InstructionCase against(Host host, double tolerance = 0) { \
      return ::fgcn::ptx::make_case<NAME, D, A, B, C>(TEXT, tolerance, host);      \
    }                                                                              \
  }
