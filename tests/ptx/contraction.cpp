// ptxas without --fmad=false, as far as a text can show it.
#include <algorithm>
#include <map>
#include <set>

#include "tests/ptx/kernel_compiler.h"

namespace fgcn::ptx {
namespace {

/// Whether the instruction may write the register: its destinations and, of loads and of mov, those
/// in a vector. Sources in a vector count too, which only costs a contraction.
bool writes(const Instruction& in, u32 offset) {
  return offset == in.d || offset == in.predicate ||
         std::find(in.vector, in.vector + 4, offset) != in.vector + 4;
}

Fused fused_kind(const Instruction& sum, bool product_first) {
  if (sum.loose == Loose::kSum) return Fused::kProductPlus;
  return product_first ? Fused::kProductMinus : Fused::kMinusProduct;
}

/// Registers that hold a product, of this straight-line code, and the instruction that made it.
using Products = std::map<u32, u32>;

/// Makes `in` the fma of a product that it alone reads; false when there is none.
bool fuse(Kernel& kernel, Instruction& in, const Products& products,
          const std::map<u32, int>& mentions) {
  if (in.loose != Loose::kSum && in.loose != Loose::kDifference) return false;
  if (in.guard != 0) return false;
  for (const bool first : {true, false}) {
    const auto product = products.find(first ? in.a : in.b);
    if (product == products.end() || mentions.at(product->first) != 2) continue;
    Instruction& multiplication = kernel.code[product->second];
    if (multiplication.loose_double != in.loose_double) continue;
    const u32 addend = first ? in.b : in.a;
    in.operation = fused(fused_kind(in, first), in.loose_double);
    in.a = multiplication.a;
    in.b = multiplication.b;
    in.c = addend;
    in.loose = Loose::kNo;
    multiplication.operation = nothing();
    return true;
  }
  return false;
}

}  // namespace

void contract(Kernel& kernel, const std::vector<u32>& leaders) {
  std::map<u32, int> mentions;
  std::set<u32> begins(leaders.begin(), leaders.end());
  for (const Instruction& in : kernel.code) {
    for (const u32 offset :
         {in.d, in.a, in.b, in.c, in.e, in.vector[0], in.vector[1], in.vector[2], in.vector[3]})
      ++mentions[offset];
  }
  Products products;
  for (u32 n = 0; n < kernel.code.size(); ++n) {
    Instruction& in = kernel.code[n];
    if (begins.count(n) != 0) products.clear();
    if (in.flow != Flow::kNext) {
      if (in.flow != Flow::kExchange) products.clear();
      continue;
    }
    if (fuse(kernel, in, products, mentions)) ++kernel.contracted;
    for (auto p = products.begin(); p != products.end();) {
      const Instruction& multiplication = kernel.code[p->second];
      const bool ended =
          writes(in, p->first) || writes(in, multiplication.a) || writes(in, multiplication.b);
      p = ended ? products.erase(p) : std::next(p);
    }
    if (in.loose == Loose::kProduct && in.guard == 0 && in.d != in.a && in.d != in.b)
      products[in.d] = n;
  }
}

}  // namespace fgcn::ptx
