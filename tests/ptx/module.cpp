#include "tests/ptx/module.h"

#include <cxxabi.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "kernels/core/error.h"
#include "tests/ptx/device.h"
#include "tests/ptx/kernel_compiler.h"
#include "tests/ptx/ptx_text.h"

namespace fgcn::ptx {
namespace {

std::size_t end_of_statement(const std::string& text, std::size_t begin) {
  const auto end = text.find(';', begin);
  if (end == std::string::npos) unsupported("text that ends within a statement");
  return end;
}

/// One value of an initializer, as bits.
u64 initial_value(const std::string& value) {
  const bool hexadecimal_float =
      value.size() > 2 && value[0] == '0' && std::strchr("fFdD", value[1]) != nullptr;
  if (hexadecimal_float) return std::stoull(value.substr(2), nullptr, 16);
  if (value[0] == '-') return static_cast<u64>(std::stoll(value, nullptr, 0));
  if (std::isdigit(static_cast<unsigned char>(value[0])) == 0)
    unsupported("a variable that begins with " + value);
  return std::stoull(value, nullptr, 0);
}

void give_memory(Module& module, const std::string& statement) {
  const Declaration declaration = parse_declaration(statement);
  DeviceSpace& memory = device().memory;
  const u64 address = memory.allocate(std::max(1u, declaration.bytes));
  std::memset(memory.host(address), 0, declaration.bytes);
  if (!declaration.initializer.empty()) {
    std::string list = declaration.initializer;
    if (list[0] == '{') list = list.substr(1, list.size() - 2);
    u32 offset = 0;
    for (const std::string& value : split(list, ',')) {
      const u64 bits = initial_value(value);
      std::memcpy(memory.host(address) + offset, &bits, declaration.element_bytes);
      offset += declaration.element_bytes;
    }
  }
  memory.mark_written(address, declaration.bytes);
  module.variables[declaration.name] = address;
}

/// Reads the directive at `begin`; returns where the next one is looked for.
std::size_t scan_directive(Module& module, std::size_t begin) {
  const std::string& text = module.text;
  const std::size_t line_end = std::min(text.find('\n', begin), text.size());
  const std::string line = text.substr(begin, line_end - begin);
  const auto mentions = [&](const char* word) { return line.find(word) != std::string::npos; };
  if (begins_with(line, ".file")) {
    u32 number = 0;
    std::sscanf(line.c_str() + 5, "%u", &number);
    const auto open = line.find('"');
    if (open != std::string::npos)
      module.files[number] =
          std::filesystem::path(line.substr(open + 1, line.find('"', open + 1) - open - 1))
              .lexically_normal()
              .string();
    return line_end;
  }
  if (begins_with(line, ".version") || begins_with(line, ".target") ||
      begins_with(line, ".address_size"))
    return line_end;
  if (mentions(".entry")) {
    const std::size_t name_begin = text.find(".entry", begin) + 6;
    const std::size_t name_end = text.find_first_of("({", name_begin);
    const std::size_t end = end_of_braces(text, begin);
    module.entries[trimmed(text.substr(name_begin, name_end - name_begin))] = {begin, end};
    return end;
  }
  if (begins_with(line, ".section")) return end_of_braces(text, begin);
  if (mentions(".func")) unsupported(line);
  if (mentions(".shared")) {
    const std::size_t end = end_of_statement(text, begin);
    module.shared_declarations += text.substr(begin, end - begin + 1);
    return end + 1;
  }
  if (mentions(".global") || mentions(".const")) {
    const std::size_t end = end_of_statement(text, begin);
    give_memory(module, text.substr(begin, end - begin));
    return end + 1;
  }
  return line_end;
}

}  // namespace

void unsupported(const std::string& what) {
  throw Unsupported("the simulator does not know this PTX: " + what);
}

void scan(Module& module) {
  if (module.scanned) return;
  module.text = without_comments(module.text);
  std::size_t at = 0;
  while (at < module.text.size()) {
    if (std::isspace(static_cast<unsigned char>(module.text[at])) != 0)
      ++at;
    else
      at = scan_directive(module, at);
  }
  module.scanned = true;
}

Kernel& kernel_of(Module& module, const std::string& name) {
  scan(module);
  std::unique_ptr<Kernel>& slot = module.kernels[name];
  if (!slot) {
    const auto found = module.entries.find(name);
    if (found == module.entries.end()) unsupported("no entry " + name);
    const auto [begin, end] = found->second;
    const std::size_t brace = module.text.find('{', begin);
    slot = compile_kernel(module, name, module.text.substr(begin, brace - begin),
                          module.text.substr(brace + 1, end - brace - 2));
  }
  return *slot;
}

std::string demangled(const std::string& name) {
  int status = 0;
  char* readable = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  std::string result = readable != nullptr ? readable : name;
  std::free(readable);
  return result;
}

std::string source_of(const Kernel& kernel, const Instruction& in) {
  std::string source;
  s32 at = in.place < kernel.places.size() ? static_cast<s32>(in.place) : -1;
  for (; at >= 0; at = kernel.places[static_cast<std::size_t>(at)].caller) {
    const Place& place = kernel.places[static_cast<std::size_t>(at)];
    if (place.line == 0) break;
    const auto file = kernel.module->files.find(place.file);
    source += text(source.empty() ? "" : ", inlined at ",
                   file == kernel.module->files.end() ? "?" : file->second, ":", place.line);
  }
  return source;
}

}  // namespace fgcn::ptx
