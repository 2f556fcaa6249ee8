// Comparisons, conversions and plain arithmetic.
#include "tests/ptx/kernel_compiler.h"

namespace fgcn::ptx {

bool KernelCompiler::comparison(const Statement& s, Instruction& in) {
  const bool floating = is_float_type(s.type);
  const u32 bytes = type_bytes(s.type);
  const bool logic = s.name == "and" || s.name == "or" || s.name == "xor" || s.name == "not";
  if (s.type == "pred" && logic) {
    s.allow({});
    in.d = register_of(s.argument(0));
    in.a = predicate(s.argument(1));
    if (s.arguments.size() > 2) in.b = predicate(s.arguments[2]);
    in.operation = of_predicates(s.name);
  } else if (s.name == "setp") {
    if (s.parts.size() < 3 || s.argument(0).find('|') != std::string::npos) s.refuse();
    const std::string& how = s.parts[1];
    s.allow({how.c_str(), "and", "or", "xor"});
    const std::string boolean = s.parts.size() > 3 ? s.parts[2] : "";
    in.d = register_of(s.argument(0));
    in.a = source(s.argument(1), bytes, floating);
    in.b = source(s.argument(2), bytes, floating);
    if (!boolean.empty()) in.c = predicate(s.argument(3), in.source_negated);
    in.operation = compare(how, s.type, boolean);
  } else if (s.name == "selp") {
    s.allow({});
    in.d = register_of(s.argument(0));
    in.a = source(s.argument(1), bytes, floating);
    in.b = source(s.argument(2), bytes, floating);
    in.c = predicate(s.argument(3), in.source_negated);
    in.operation = select(bytes);
  } else {
    return false;
  }
  return true;
}

bool KernelCompiler::conversion(const Statement& s, Instruction& in) {
  if (s.name != "cvt") return false;
  if (s.parts.size() < 3) s.refuse();
  const std::string& from = s.type;
  const std::string& to = s.parts[s.parts.size() - 2];
  s.allow({"rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi", "sat", to.c_str()});
  const std::string rounding = s.one_of({"rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi"});
  const u32 bytes = type_bytes(from);
  in.d = register_of(s.argument(0));
  in.width = width(s.arguments[0]);
  const std::string& value = s.argument(1);
  if (is_register(value)) {
    in.a = register_of(value);
    in.low_part = width(value) == 64 && bytes < 8;
    if (width(value) != 64 && bytes == 8) s.refuse();
  } else {
    in.a = source(value, bytes, is_float_type(from));
  }
  in.operation = convert(to, from, rounding, s.has("sat"), in);
  return true;
}

namespace {

/// The opcode with the modifiers that change the result.
std::string operation_name(const Statement& s) {
  const bool floating = is_float_type(s.type);
  if (s.name == "shf") return "shf." + s.parts[1] + '.' + s.one_of({"wrap", "clamp"});
  std::string kind;
  if (floating) {
    s.allow({"rn", "rz", "rm", "rp", "approx", "full", "NaN"});
    kind = s.one_of({"rz", "rm", "rp", "approx", "full", "NaN"});
  } else if (s.name == "mul" || s.name == "mad") {
    s.allow({"lo", "hi", "wide"});
    kind = s.one_of({"lo", "hi", "wide"});
  } else {
    s.allow({});
  }
  return kind.empty() ? s.name : s.name + '.' + kind;
}

Loose loose_of(const Statement& s) {
  if (!is_float_type(s.type) || !s.one_of({"rn", "rz", "rm", "rp"}).empty()) return Loose::kNo;
  if (s.name == "mul") return Loose::kProduct;
  if (s.name == "add") return Loose::kSum;
  return s.name == "sub" ? Loose::kDifference : Loose::kNo;
}

}  // namespace

/// "name.modifiers.type d, a, b, c": most sources are of the type's width.
void KernelCompiler::arithmetic(const Statement& s, Instruction& in) {
  const u32 bytes = type_bytes(s.type);
  const bool floating = is_float_type(s.type);
  if (bytes == 0 || s.arguments.size() < 2) s.refuse();
  if (s.name == "shf") s.allow({"l", "r", "wrap", "clamp"});
  const std::string what = operation_name(s);
  u32 second = bytes, third = bytes;
  if (s.name == "shl" || s.name == "shr" || s.name == "bfe") second = 4;
  if (s.name == "bfe" || s.name == "bfi") third = 4;
  if (what == "mad.wide") third = 2 * bytes;
  std::size_t sources = s.arguments.size() - 1;
  if (s.name == "lop3") {
    in.immediate = std::stoll(s.argument(4), nullptr, 0);
    sources = 3;
  } else if (s.name == "bfi") {
    in.e = source(s.argument(4), 4);
    sources = 3;
  } else if (sources > 3) {
    s.refuse();
  }
  in.d = register_of(s.argument(0));
  in.a = source(s.argument(1), bytes, floating);
  if (sources > 1) in.b = source(s.argument(2), second, floating);
  if (sources > 2) in.c = source(s.argument(3), third, floating);
  in.loose = loose_of(s);
  in.loose_double = s.type == "f64";
  in.operation = sources == 1   ? unary(what, s.type)
                 : sources == 2 ? binary(what, s.type)
                                : ternary(what, s.type);
}

}  // namespace fgcn::ptx
