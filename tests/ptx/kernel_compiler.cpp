#include "tests/ptx/kernel_compiler.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "tests/ptx/options.h"

namespace fgcn::ptx {
namespace {

constexpr u32 kGap = 64;  // bytes behind an array of shared memory that nobody may touch

}  // namespace

Statement::Statement(const std::string& whole) : text(whole) {
  std::string rest = whole;
  if (rest[0] == '@') {
    const std::size_t end = rest.find_first_of(" \t\n");
    guard = rest.substr(1, end - 1);
    guard_negated = guard[0] == '!';
    if (guard_negated) guard = guard.substr(1);
    rest = trimmed(rest.substr(std::min(end, rest.size())));
  }
  const std::size_t end = std::min(rest.find_first_of(" \t\n"), rest.size());
  parts = split(rest.substr(0, end), '.');
  arguments = split(trimmed(rest.substr(end)), ',');
  name = parts.front();
  type = parts.back();
}

bool Statement::has(const char* modifier) const {
  return std::find(parts.begin() + 1, parts.end(), modifier) != parts.end();
}

std::string Statement::one_of(std::initializer_list<const char*> modifiers) const {
  for (const char* modifier : modifiers) {
    if (has(modifier)) return modifier;
  }
  return "";
}

void Statement::allow(std::initializer_list<const char*> modifiers) const {
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    const bool known = std::find(modifiers.begin(), modifiers.end(), parts[i]) != modifiers.end();
    if (!known) refuse();
  }
}

const std::string& Statement::argument(std::size_t i) const {
  if (i >= arguments.size()) refuse();
  return arguments[i];
}

/// Parameters lie as CUDA lays them out: in order, aligned.
void KernelCompiler::parameters(const std::string& head) {
  const std::size_t open = head.find('(');
  const std::size_t close = head.rfind(')');
  u32 end = 0;
  if (open != std::string::npos && close != std::string::npos) {
    for (const std::string& text : split(head.substr(open + 1, close - open - 1), ',')) {
      const Declaration parameter = parse_declaration(text);
      const u32 offset = round_up(end, std::max(1u, parameter.alignment));
      parameters_[parameter.name] = offset;
      kernel_.parameters.push_back({parameter.name, offset, parameter.bytes});
      end = offset + parameter.bytes;
    }
  }
  kernel_.parameter_bytes = end;
  const std::string directives = close == std::string::npos ? head : head.substr(close + 1);
  const std::size_t bound = directives.find(".maxntid");
  if (bound != std::string::npos) {
    u32 threads = 1;
    const std::size_t line_end = directives.find('\n', bound);
    for (const std::string& size : split(directives.substr(bound + 8, line_end - bound - 8), ','))
      threads *= static_cast<u32>(std::max(1, std::atoi(size.c_str())));
    kernel_.most_threads = threads;
  }
}

void KernelCompiler::registers(const std::string& text) {  // ".reg .b32 %r<7>"
  const std::vector<std::string> words = words_of(text);
  if (words.size() < 3) unsupported(text);
  const u32 bits = words[1] == ".pred" ? 1 : type_bytes(words[1]) * 8;
  if (bits == 0 || bits > 64) unsupported(text);
  std::string names;
  for (std::size_t i = 2; i < words.size(); ++i) names += words[i];
  for (const std::string& name : split(names, ',')) {
    const std::size_t range = name.find('<');
    const auto add = [&](const std::string& one) {
      registers_[one] = {new_register(bits), static_cast<u8>(bits)};
    };
    if (range == std::string::npos) {
      add(name);
      continue;
    }
    const int count = std::atoi(name.c_str() + range + 1);
    for (int i = 0; i < count; ++i) add(name.substr(0, range) + std::to_string(i));
  }
}

void KernelCompiler::shared_array(const Declaration& declaration) {
  if (declaration.unsized) {
    dynamic_shared_.push_back(declaration.name);
    return;
  }
  const u32 begin = round_up(shared_end_, std::max(1u, declaration.alignment));
  shared_[declaration.name] = begin;
  const u32 gap = round_up(begin + declaration.bytes, 4u);
  kernel_.gaps.emplace_back(gap, gap + kGap);
  shared_end_ = gap + kGap;
  kernel_.static_shared += declaration.bytes;
}

void KernelCompiler::declaration(const std::string& text, std::vector<std::string>& statements) {
  if (begins_with(text, ".reg")) {
    registers(text);
  } else if (begins_with(text, ".shared") || begins_with(text, ".extern .shared")) {
    shared_array(parse_declaration(text));
  } else if (begins_with(text, ".local")) {
    const Declaration local = parse_declaration(text);
    const u32 begin = round_up(kernel_.local_bytes, std::max(1u, local.alignment));
    locals_[local.name] = begin;
    kernel_.local_bytes = begin + local.bytes;
  } else if (text[0] != '.') {
    statements.push_back(text);
  } else if (!begins_with(text, ".pragma")) {
    unsupported(text);
  }
}

/// Instructions, labels ("$L1:") and .loc in their order; declarations are done at once.
std::vector<std::string> KernelCompiler::statements_of(const std::string& body) {
  std::vector<std::string> statements;
  std::string text;
  bool empty = true;  // nothing but white space in `text`
  int braces = 0;     // of operands
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (empty && braces == 0) {
      if (c == '{' || c == '}') continue;  // a scope
      const bool is_place = body.compare(i, 4, ".loc") == 0 && body.compare(i, 6, ".local") != 0;
      if (is_place) {
        const std::size_t end = std::min(body.find('\n', i), body.size());
        statements.push_back(body.substr(i, end - i));
        i = end;
        continue;
      }
    }
    if (c == '{') ++braces;
    if (c == '}') --braces;
    const bool doubled = (i > 0 && body[i - 1] == ':') || body.compare(i, 2, "::") == 0;
    if (c == ';') {
      const std::string statement = trimmed(text);
      if (!statement.empty()) declaration(statement, statements);
    } else if (c == ':' && braces == 0 && !doubled) {  // not "L1::evict_last"
      statements.push_back(trimmed(text) + ':');
    } else {
      text += c;
      if (std::isspace(static_cast<unsigned char>(c)) == 0) empty = false;
      continue;
    }
    text.clear();
    empty = true;
  }
  return statements;
}

u32 KernelCompiler::place_of(const Place& place) {
  u32& known = latest_place_[{place.file, {place.line, place.column}}];
  const bool same = known != 0 && kernel_.places[known].caller == place.caller;
  if (!same) {
    known = static_cast<u32>(kernel_.places.size());
    kernel_.places.push_back(place);
  }
  return known;
}

/// ".loc 2 17 5, function_name $L__info_string0, inlined_at 1 82 3": the place of the call was
/// given before, with where its own function was inlined.
void KernelCompiler::location(const std::string& text) {
  Place place;
  std::sscanf(text.c_str() + 4, "%u %u %u", &place.file, &place.line, &place.column);
  const std::size_t inlined = text.rfind("inlined_at");
  if (inlined != std::string::npos) {
    Place call;
    std::sscanf(text.c_str() + inlined + 10, "%u %u %u", &call.file, &call.line, &call.column);
    const u32 known = latest_place_[{call.file, {call.line, call.column}}];
    place.caller = static_cast<s32>(known != 0 ? known : place_of(call));
  }
  place_ = place_of(place);
}

void KernelCompiler::instruction(const Statement& s) {
  Instruction in;
  if (!s.guard.empty()) {
    in.guard = register_of(s.guard);
    in.guard_negated = s.guard_negated;
  }
  in.index = static_cast<u32>(kernel_.code.size());
  in.place = place_;
  const bool done = control(s, in) || exchange(s, in) || memory(s, in) || atomic(s, in) ||
                    move(s, in) || comparison(s, in) || conversion(s, in);
  if (!done) arithmetic(s, in);
  if (in.flow == Flow::kNext && in.operation == nullptr) s.refuse();
  kernel_.code.push_back(in);
  kernel_.texts.push_back(s.text);
}

void KernelCompiler::finish() {
  if (kernel_.code.empty() || kernel_.code.back().flow != Flow::kExit)
    instruction(Statement("ret"));
  std::vector<u32> leaders;
  for (const auto& [jump, label] : jumps_) {
    const auto found = labels_.find(label);
    if (found == labels_.end()) unsupported("label " + label);
    kernel_.code[jump].target = found->second;
  }
  for (const auto& [label, at] : labels_) leaders.push_back(at);
  if (options().contract) contract(kernel_, leaders);
  kernel_.register_bytes = round_up(next_register_, 64u);
  kernel_.counts.reached.assign(kernel_.code.size(), 0);
}

void KernelCompiler::compile(const std::string& head, const std::string& body) {
  kernel_.places.emplace_back();  // of instructions before the first .loc
  parameters(head);
  for (const std::string& text : split(module_.shared_declarations, ';')) {
    const Declaration outside = parse_declaration(text);
    if (outside.unsized || body.find(outside.name) != std::string::npos) shared_array(outside);
  }
  const std::vector<std::string> statements = statements_of(body);
  kernel_.dynamic_offset = round_up(shared_end_, 16u);
  for (const std::string& name : dynamic_shared_) {
    shared_[name] = kernel_.dynamic_offset;
    if (body.find(name) != std::string::npos) kernel_.has_dynamic = true;
  }
  for (const std::string& text : statements) {
    if (text.back() == ':')
      labels_[text.substr(0, text.size() - 1)] = static_cast<u32>(kernel_.code.size());
    else if (begins_with(text, ".loc"))
      location(text);
    else
      instruction(Statement(text));
  }
  finish();
}

std::unique_ptr<Kernel> compile_kernel(Module& module, const std::string& name,
                                       const std::string& head, const std::string& body) {
  auto kernel = std::make_unique<Kernel>();
  kernel->name = name;
  kernel->demangled = demangled(name);
  kernel->module = &module;
  KernelCompiler(module, *kernel).compile(head, body);
  return kernel;
}

}  // namespace fgcn::ptx
