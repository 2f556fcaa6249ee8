// Loads, stores, atomics and moves between registers.
#include <algorithm>

#include "tests/ptx/kernel_compiler.h"

namespace fgcn::ptx {
namespace {

Space space_of(const Statement& s) {
  for (const std::string& part : s.parts) {
    // "shared::cluster" is other blocks' memory.
    const bool qualified = part.find("::") != std::string::npos && !begins_with(part, "L");
    if (qualified && part != "shared::cta") s.refuse();
  }
  if (s.has("param")) return Space::kParameter;
  if (s.has("shared") || s.has("shared::cta")) return Space::kShared;
  if (s.has("local")) return Space::kLocal;
  // Constant memory is global memory here.
  if (s.has("global") || s.has("const")) return Space::kGlobal;
  return Space::kGeneric;
}

u8 vector_size(const Statement& s) {
  if (s.has("v4")) return 4;
  return s.has("v2") ? 2 : 1;
}

/// "{%r1, %r2}" or a single operand.
std::vector<std::string> vector_of(const std::string& text) {
  if (text[0] != '{') return {text};
  return split(text.substr(1, text.size() - 2), ',');
}

}  // namespace

bool KernelCompiler::memory(const Statement& s, Instruction& in) {
  const bool loads = s.name == "ld" || s.name == "ldu";
  if (!loads && s.name != "st") return false;
  in.count = vector_size(s);
  const std::vector<std::string> values = vector_of(s.argument(loads ? 0 : 1));
  if (values.size() != in.count) s.refuse();
  address(s.argument(loads ? 1 : 0), in);
  const u32 bytes = type_bytes(s.type);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (loads) {
      in.vector[i] = values[i] == "_" ? new_register(bytes * 8) : register_of(values[i]);
      const bool wide = values[i] != "_" && width(values[i]) == 64;
      if (bytes == 8 && values[i] != "_" && !wide) s.refuse();
    } else {
      in.vector[i] = source(values[i], std::max(bytes, 2u), is_float_type(s.type));
    }
  }
  if (loads) {
    in.width = values[0] == "_" ? static_cast<u8>(std::max(32u, bytes * 8)) : width(values[0]);
    in.operation = load(space_of(s), s.type);
  } else {
    in.operation = store(space_of(s), bytes);
  }
  return true;
}

bool KernelCompiler::atomic(const Statement& s, Instruction& in) {
  if (s.name != "atom" && s.name != "red") return false;
  in.returns_old = s.name == "atom";
  const std::size_t first = in.returns_old ? 1 : 0;
  const u32 bytes = type_bytes(s.type);
  if (in.returns_old) {
    // "_": nobody wants the old value.
    if (s.argument(0) == "_")
      in.returns_old = false;
    else
      in.d = register_of(s.argument(0));
  }
  address(s.argument(first), in);
  in.b = source(s.argument(first + 1), bytes, is_float_type(s.type));
  in.c = s.arguments.size() > first + 2 ? source(s.arguments[first + 2], bytes) : in.b;
  const std::string what =
      s.one_of({"add", "max", "min", "and", "or", "xor", "exch", "cas", "inc", "dec"});
  in.operation = ptx::atomic(space_of(s), what, s.type);
  return true;
}

bool KernelCompiler::move(const Statement& s, Instruction& in) {
  if (s.name == "cvta") {
    s.allow({"to", "global", "shared", "local", "const", "param"});
    in.d = register_of(s.argument(0));
    in.a = source(s.argument(1), 8);
    in.operation = s.has("to") ? from_generic(space_of(s)) : to_generic(space_of(s));
    return true;
  }
  if (s.name != "mov") return false;
  s.allow({});
  const u32 bytes = type_bytes(s.type);
  if (s.type == "pred") {
    in.d = register_of(s.argument(0));
    in.a = predicate(s.argument(1));
    in.operation = of_predicates("mov");
  } else if (s.argument(1)[0] == '{') {
    const std::vector<std::string> values = vector_of(s.arguments[1]);
    in.count = static_cast<u8>(values.size());
    const u32 each = bytes / in.count;
    for (u32 i = 0; i < in.count && i < 4; ++i) in.vector[i] = source(values[i], each);
    in.d = register_of(s.arguments[0]);
    in.operation = pack(in.count, each);
  } else if (s.argument(0)[0] == '{') {
    const std::vector<std::string> values = vector_of(s.arguments[0]);
    in.count = static_cast<u8>(values.size());
    const u32 each = bytes / in.count;
    for (u32 i = 0; i < in.count && i < 4; ++i)
      in.vector[i] = values[i] == "_" ? new_register(each * 8) : register_of(values[i]);
    in.a = source(s.arguments[1], bytes);
    in.operation = unpack(in.count, each);
  } else {
    in.d = register_of(s.argument(0));
    in.a = source(s.argument(1), bytes, is_float_type(s.type));
    in.operation = unary("mov", bytes == 8 ? "b64" : "b32");
  }
  return true;
}

}  // namespace fgcn::ptx
