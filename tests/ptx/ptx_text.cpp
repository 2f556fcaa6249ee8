#include "tests/ptx/ptx_text.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "tests/ptx/module.h"

namespace fgcn::ptx {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::string without_comments(const std::string& text) {
  std::string result;
  result.reserve(text.size());
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (!quoted && text[i] == '/' && next == '/') {
      while (i < text.size() && text[i] != '\n') ++i;
      result += '\n';
    } else if (!quoted && text[i] == '/' && next == '*') {
      while (i + 1 < text.size() && !(text[i] == '*' && text[i + 1] == '/')) ++i;
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string trimmed(const std::string& text) {
  std::size_t begin = 0, end = text.size();
  while (begin < end && is_space(text[begin])) ++begin;
  while (end > begin && is_space(text[end - 1])) --end;
  return text.substr(begin, end - begin);
}

bool begins_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  for (const char c : text) {
    if (c == '{' || c == '[' || c == '(') ++depth;
    if (c == '}' || c == ']' || c == ')') --depth;
    if (c == separator && depth == 0) {
      parts.push_back(trimmed(part));
      part.clear();
    } else {
      part += c;
    }
  }
  part = trimmed(part);
  if (!part.empty()) parts.push_back(part);
  return parts;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + ' ') {
    if (!is_space(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  return words;
}

u32 type_bytes(const std::string& type) {
  const std::string name = !type.empty() && type[0] == '.' ? type.substr(1) : type;
  if (name == "pred" || name.empty()) return 0;
  return static_cast<u32>(std::atoi(name.c_str() + 1) / 8);
}

bool is_float_type(const std::string& type) { return !type.empty() && type[0] == 'f'; }

std::size_t end_of_braces(const std::string& text, std::size_t begin) {
  std::size_t at = text.find('{', begin);
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at + 1;
  }
  unsupported("text that ends within braces");
}

Declaration parse_declaration(const std::string& text) {
  Declaration declaration;
  std::string head = text;
  if (const auto equal = text.find('='); equal != std::string::npos) {
    head = text.substr(0, equal);
    declaration.initializer = trimmed(text.substr(equal + 1));
  }
  const std::vector<std::string> words = words_of(head);
  const std::vector<std::string> no_types{".param",   ".global", ".shared", ".const",  ".local",
                                          ".visible", ".extern", ".weak",   ".common", ".ptr"};
  std::string name, type;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == ".align" && i + 1 < words.size()) {
      declaration.alignment = static_cast<u32>(std::atoi(words[++i].c_str()));
    } else if (std::find(no_types.begin(), no_types.end(), word) != no_types.end()) {
      continue;
    } else if (word[0] == '.') {
      type = word;
    } else {
      name += word;
    }
  }
  declaration.element_bytes = type_bytes(type);
  u32 count = 1;
  if (const auto bracket = name.find('['); bracket != std::string::npos) {
    const std::string inside = name.substr(bracket + 1, name.find(']') - bracket - 1);
    declaration.unsized = inside.empty();
    count = inside.empty() ? 0 : static_cast<u32>(std::stoul(inside));
    name = name.substr(0, bracket);
  }
  declaration.alignment = std::max(declaration.alignment, declaration.element_bytes);
  declaration.bytes = declaration.element_bytes * count;
  declaration.name = name;
  return declaration;
}

}  // namespace fgcn::ptx
