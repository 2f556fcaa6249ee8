// Comparisons, against sums of what is true of two numbers.
#include "tests/ptx/instruction_case.h"

namespace fgcn::ptx {
namespace {

#define FGCN_COMPARE(HOW, T) \
  FGCN_ASM(HOW##_##T, "setp." #HOW "." #T " p, %1, %2; selp.u32 %0, 1, 0, p;", u32, T, T, T)

#define FGCN_ORDERED(T) \
  FGCN_COMPARE(eq, T);  \
  FGCN_COMPARE(ne, T);  \
  FGCN_COMPARE(lt, T);  \
  FGCN_COMPARE(le, T);  \
  FGCN_COMPARE(gt, T);  \
  FGCN_COMPARE(ge, T)
FGCN_ORDERED(s16);
FGCN_ORDERED(u16);
FGCN_ORDERED(s32);
FGCN_ORDERED(u32);
FGCN_ORDERED(s64);
FGCN_ORDERED(u64);
FGCN_ORDERED(f32);
FGCN_ORDERED(f64);

#define FGCN_UNORDERED(T) \
  FGCN_COMPARE(equ, T);   \
  FGCN_COMPARE(neu, T);   \
  FGCN_COMPARE(ltu, T);   \
  FGCN_COMPARE(leu, T);   \
  FGCN_COMPARE(gtu, T);   \
  FGCN_COMPARE(geu, T);   \
  FGCN_COMPARE(num, T);   \
  FGCN_COMPARE(nan, T)
FGCN_UNORDERED(f32);
FGCN_UNORDERED(f64);
FGCN_COMPARE(lo, u32);
FGCN_COMPARE(ls, u64);
FGCN_COMPARE(hi, u32);
FGCN_COMPARE(hs, u64);

#define FGCN_WITH(BOOLEAN, NOT)                                             \
  FGCN_ASM(with_##BOOLEAN,                                                  \
           "setp.gt.s32 q, %3, 0; setp.lt." #BOOLEAN ".s32 p, %1, %2, " NOT \
           "q; "                                                            \
           "selp.u32 %0, 1, 0, p;",                                         \
           u32, s32, s32, s32)
FGCN_WITH(and, "");
FGCN_WITH(or, "!");
FGCN_WITH(xor, "!");
#define FGCN_PREDICATES(NAME, TEXT)                                                             \
  FGCN_ASM(NAME, "setp.lt.s32 p, %1, %2; setp.gt.s32 q, %3, 0; " TEXT " selp.u32 %0, 1, 0, p;", \
           u32, s32, s32, s32)
FGCN_PREDICATES(predicate_and, "and.pred p, p, q;");
FGCN_PREDICATES(predicate_or, "or.pred p, p, q;");
FGCN_PREDICATES(predicate_xor, "xor.pred p, p, q;");
FGCN_PREDICATES(predicate_not, "not.pred p, q;");
FGCN_PREDICATES(guarded, "mov.pred p, p; @q mov.pred p, 0; @!q mov.pred p, 1;");

enum Relation : u32 { kLess = 1, kEqual = 2, kGreater = 4, kUnordered = 8 };
/// The one relation that two numbers have.
template <class T>
u32 relation(T a, T b) {
  if (a < b) return kLess;
  if (a > b) return kGreater;
  return a == b ? kEqual : kUnordered;
}
template <class T, u32 kRelations>
u32 holds_any(T a, T b, T) {
  return (relation(a, b) & kRelations) != 0;
}

#define FGCN_ORDERED_CASES(T)                                                              \
  eq_##T::against(holds_any<T, kEqual>), ne_##T::against(holds_any<T, kLess | kGreater>),  \
      lt_##T::against(holds_any<T, kLess>), le_##T::against(holds_any<T, kLess | kEqual>), \
      gt_##T::against(holds_any<T, kGreater>), ge_##T::against(holds_any<T, kGreater | kEqual>)
#define FGCN_UNORDERED_CASES(T)                                       \
  equ_##T::against(holds_any<T, kEqual | kUnordered>),                \
      neu_##T::against(holds_any<T, kLess | kGreater | kUnordered>),  \
      ltu_##T::against(holds_any<T, kLess | kUnordered>),             \
      leu_##T::against(holds_any<T, kLess | kEqual | kUnordered>),    \
      gtu_##T::against(holds_any<T, kGreater | kUnordered>),          \
      geu_##T::against(holds_any<T, kGreater | kEqual | kUnordered>), \
      num_##T::against(holds_any<T, kLess | kEqual | kGreater>),      \
      nan_##T::against(holds_any<T, kUnordered>)

}  // namespace

std::vector<InstructionCase> compare_cases() {
  return {
      FGCN_ORDERED_CASES(s16),
      FGCN_ORDERED_CASES(u16),
      FGCN_ORDERED_CASES(s32),
      FGCN_ORDERED_CASES(u32),
      FGCN_ORDERED_CASES(s64),
      FGCN_ORDERED_CASES(u64),
      FGCN_ORDERED_CASES(f32),
      FGCN_ORDERED_CASES(f64),
      FGCN_UNORDERED_CASES(f32),
      FGCN_UNORDERED_CASES(f64),
      lo_u32::against(holds_any<u32, kLess>),
      ls_u64::against(holds_any<u64, kLess | kEqual>),
      hi_u32::against(holds_any<u32, kGreater>),
      hs_u64::against(holds_any<u64, kGreater | kEqual>),
      with_and::against([](s32 a, s32 b, s32 c) { return a < b && c > 0; }),
      with_or::against([](s32 a, s32 b, s32 c) { return a < b || c <= 0; }),
      with_xor::against([](s32 a, s32 b, s32 c) { return (a < b) != (c <= 0); }),
      predicate_and::against([](s32 a, s32 b, s32 c) { return a < b && c > 0; }),
      predicate_or::against([](s32 a, s32 b, s32 c) { return a < b || c > 0; }),
      predicate_xor::against([](s32 a, s32 b, s32 c) { return (a < b) != (c > 0); }),
      predicate_not::against([](s32, s32, s32 c) { return c <= 0; }),
      guarded::against([](s32, s32, s32 c) { return c <= 0; }),
  };
}

}  // namespace fgcn::ptx
