// From the text of a kernel to instructions.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/ptx/module.h"
#include "tests/ptx/operations.h"
#include "tests/ptx/ptx_text.h"

namespace fgcn::ptx {

/// The kernel whose text has that head (name, parameters, directives) and body.
/// Errors: Unsupported.
std::unique_ptr<Kernel> compile_kernel(Module& module, const std::string& name,
                                       const std::string& head, const std::string& body);

/// As ptxas does without --fmad=false: a product that is only added becomes an fma,
/// here within straight-line code. `leaders` begin such code.
void contract(Kernel& kernel, const std::vector<u32>& leaders);

/// "@!%p1 add.rn.f32 %f1, %f2, %f3" in parts.
struct Statement {
  explicit Statement(const std::string& text);

  bool has(const char* modifier) const;
  /// The first of the modifiers that the statement has; "" for none.
  std::string one_of(std::initializer_list<const char*> modifiers) const;
  /// Refuses any modifier but these: what is not known may change the result.
  void allow(std::initializer_list<const char*> modifiers) const;
  const std::string& argument(std::size_t i) const;
  [[noreturn]] void refuse() const { unsupported(text); }

  std::string text;
  std::string guard;  // predicate, "" for none
  bool guard_negated = false;
  std::vector<std::string> parts;  // of the opcode, between dots
  std::string name, type;          // the first and the last
  std::vector<std::string> arguments;
};

class KernelCompiler {
 public:
  KernelCompiler(Module& module, Kernel& kernel) : module_(module), kernel_(kernel) {}

  void compile(const std::string& head, const std::string& body);

 private:
  struct Register {
    u32 offset = 0;
    u8 width = 0;  // bits; 1 for a predicate
  };

  // kernel_compiler.cpp: what stands around instructions
  void parameters(const std::string& head);
  std::vector<std::string> statements_of(const std::string& body);
  void declaration(const std::string& text, std::vector<std::string>& statements);
  void registers(const std::string& text);
  void shared_array(const Declaration& declaration);
  void location(const std::string& text);
  u32 place_of(const Place& place);
  void finish();

  // operands.cpp: an operand as the offset of registers
  u32 reserve(u32 bytes, u32 alignment);
  u32 new_register(u32 bits);
  bool is_register(const std::string& name) const { return registers_.count(name) != 0; }
  u8 width(const std::string& name) const;
  u32 register_of(const std::string& name) const;
  u32 constant(Constant::Kind kind, u64 bits);
  u32 special(const std::string& name);  // 0 when it is none
  bool symbol(const std::string& name, u64& value) const;
  u32 source(const std::string& text, u32 bytes, bool floating = false);
  u32 predicate(const std::string& text);
  /// Also "!%p1", which sets `negated`.
  u32 predicate(const std::string& text, bool& negated);
  void address(const std::string& text, Instruction& in);

  // instructions_*.cpp: true when the statement is one of theirs
  void instruction(const Statement& statement);
  bool control(const Statement& s, Instruction& in);
  bool exchange(const Statement& s, Instruction& in);
  bool memory(const Statement& s, Instruction& in);
  bool atomic(const Statement& s, Instruction& in);
  bool move(const Statement& s, Instruction& in);
  bool comparison(const Statement& s, Instruction& in);
  bool conversion(const Statement& s, Instruction& in);
  void arithmetic(const Statement& s, Instruction& in);

  Module& module_;
  Kernel& kernel_;
  std::map<std::string, Register> registers_;
  std::map<std::string, u32> labels_, shared_, parameters_, locals_;
  std::vector<std::string> dynamic_shared_;
  std::vector<std::pair<std::size_t, std::string>> jumps_;  // instruction, label
  std::map<std::pair<Constant::Kind, u64>, u32> constants_;
  std::map<Special, u32> specials_;
  std::map<std::pair<u32, std::pair<u32, u32>>, u32> latest_place_;  // file, line, column
  u32 next_register_ = 64;                                           // byte; nothing is at 0
  u32 shared_end_ = 0;
  u32 place_ = 0;
  int barriers_ = 0;
};

}  // namespace fgcn::ptx
