#include "io/arrays/pickle_machine.h"

#include <algorithm>
#include <utility>

#include "io/utf8.h"

namespace fgcn::io {
namespace {

constexpr std::size_t kMaxValues = std::size_t{1} << 20;
constexpr std::size_t kMaxMemo = std::size_t{1} << 20;
constexpr std::size_t kMaxCopies = std::size_t{1} << 22;
constexpr std::size_t kMaxNameBytes = 200;  // of a global

constexpr std::string_view kOrderedDict = "collections OrderedDict";
constexpr std::string_view kEncode = "_codecs encode";
constexpr std::string_view kBytesNames[] = {"__builtin__ bytes", "builtins bytes"};
constexpr std::string_view kSetNames[] = {"__builtin__ set", "builtins set"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A name out of a file as a message may show it.
std::string shown(std::string_view name) {
  std::string out = valid_utf8(name.substr(0, kMaxNameBytes));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return out;
}

}  // namespace

void PickleMachine::push(PickleValue value) {
  if (out_.values_.size() == kMaxValues) refuse("holds more than ", kMaxValues, " values");
  stack_.push_back(static_cast<PickleId>(out_.values_.size()));
  out_.values_.push_back(std::move(value));
}

std::string_view PickleMachine::line() {
  const auto rest = view(bytes_.subspan(at_, std::min(kMaxNameBytes, bytes_.size() - at_)));
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) {
    if (bytes_.size() - at_ < kMaxNameBytes) cut_off();
    refuse("names a global of more than ", kMaxNameBytes, " bytes");
  }
  at_ += end + 1;
  return rest.substr(0, end);
}

void PickleMachine::push_long(std::uint64_t length) {
  const auto raw = take(length);
  if (raw.size() > sizeof(std::int64_t)) {
    push({.kind = PickleKind::kLong, .text = view(raw)});
    return;
  }
  std::uint64_t value = raw.empty() || raw.back() < 0x80 ? 0 : ~std::uint64_t{0};
  for (std::size_t i = raw.size(); i-- > 0;) value = value << 8 | raw[i];
  push_integer(static_cast<std::int64_t>(value));
}

PickleId PickleMachine::pop() {
  if (stack_.size() <= floor()) damaged("takes a value that is not there");
  const PickleId id = stack_.back();
  stack_.pop_back();
  return id;
}

PickleId PickleMachine::top() const {
  if (stack_.size() <= floor()) damaged("takes a value that is not there");
  return stack_.back();
}

std::vector<PickleId> PickleMachine::pop_to_mark() {
  if (marks_.empty()) damaged("takes a mark that is not there");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleId> out(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return out;
}

void PickleMachine::push_tuple(int count) {
  std::vector<PickleId> items(static_cast<std::size_t>(count));
  for (std::size_t i = items.size(); i-- > 0;) items[i] = pop();
  push({.kind = PickleKind::kTuple, .items = std::move(items)});
}

void PickleMachine::extend(PickleKind kind, const std::vector<PickleId>& items, std::size_t group) {
  PickleValue& to = out_.values_[top()];
  if (to.kind != kind || items.size() % group != 0) damaged("fills something that cannot hold it");
  to.items.insert(to.items.end(), items.begin(), items.end());
}

void PickleMachine::put(std::uint64_t index) {
  if (index >= kMaxMemo) refuse("remembers a value under number ", index);
  memo_[index] = top();
}

void PickleMachine::get(std::uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) damaged("asks for a value that it did not remember");
  stack_.push_back(found->second);
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  const std::string full = text(module, ' ', name);
  const auto known = std::find(rules_.globals.begin(), rules_.globals.end(), full);
  if (known == rules_.globals.end())
    refuse("names \"", shown(module), '.', shown(name), "\", which would be code");
  push({.kind = PickleKind::kGlobal, .text = *known});
}

void PickleMachine::stack_global() {
  const PickleId name = pop();
  const PickleId module = pop();
  if (out_[name].kind != PickleKind::kText || out_[module].kind != PickleKind::kText)
    damaged("names a global by something else than text");
  push_global(out_[module].text, out_[name].text);
}

void PickleMachine::reduce(PickleOpcode opcode) {
  const PickleId arguments = pop();
  const PickleId callable = pop();
  if (out_[callable].kind != PickleKind::kGlobal)
    refuse("calls something that is not a known global");
  if (out_[arguments].kind != PickleKind::kTuple) damaged("calls without a tuple of arguments");
  const std::string_view name = out_[callable].text;
  if (name == kOrderedDict) {
    push_ordered_dict(out_[arguments].items);
  } else if (name == kEncode && opcode == kOpReduce) {
    push_encoded(out_[arguments].items);
  } else if (is_one_of(kSetNames, name)) {
    push(PickleKind::kSet);
  } else if (is_one_of(kBytesNames, name) && out_[arguments].items.empty()) {
    push(PickleKind::kBytes);
  } else {
    push({.kind = PickleKind::kObject, .items = {callable, arguments}});
  }
}

/// Python 2 gives its list of pairs at once, Python 3 sets them afterwards.
void PickleMachine::push_ordered_dict(const std::vector<PickleId>& arguments) {
  std::vector<PickleId> items;
  if (!arguments.empty()) {
    if (arguments.size() != 1 || out_[arguments[0]].kind != PickleKind::kList)
      damaged("makes a dictionary of something else than a list");
    copies_ += out_[arguments[0]].items.size();
    if (copies_ > kMaxCopies) refuse("repeats its dictionaries too often");
    for (const PickleId pair : out_[arguments[0]].items) {
      if (out_[pair].items.size() != 2 ||
          (out_[pair].kind != PickleKind::kList && out_[pair].kind != PickleKind::kTuple))
        damaged("makes a dictionary of something else than pairs");
      items.insert(items.end(), out_[pair].items.begin(), out_[pair].items.end());
    }
  }
  push({.kind = PickleKind::kDict, .items = std::move(items)});
}

/// Bytes that Python 3 wrote as a text of one character each. One copy for each such text, so
/// that all together are no larger than the file.
void PickleMachine::push_encoded(const std::vector<PickleId>& arguments) {
  if (arguments.size() != 2 || out_[arguments[0]].kind != PickleKind::kText ||
      !is_text(out_[arguments[1]]) ||
      (out_[arguments[1]].text != "latin1" && out_[arguments[1]].text != "latin-1"))
    damaged("encodes something else than a text of bytes");
  const auto [place, is_new] = encoded_.try_emplace(arguments[0]);
  if (is_new) {
    Bytes& bytes = out_.decoded_.emplace_back();
    std::string_view rest = out_[arguments[0]].text;
    while (!rest.empty()) {
      const char32_t code = next_code_point(rest);
      if (code > 0xff) damaged("holds a byte beyond 255");
      bytes.push_back(static_cast<std::uint8_t>(code));
    }
    place->second = view(bytes);
  }
  push({.kind = PickleKind::kBytes, .text = place->second});
}

/// A dictionary's own state says nothing about its entries.
void PickleMachine::build() {
  const PickleId state = pop();
  PickleValue& to = out_.values_[top()];
  if (to.kind == PickleKind::kDict) return;
  if (to.kind != PickleKind::kObject || to.items.size() != 2)
    damaged("sets the state of something that has none");
  to.items.push_back(state);
}

void PickleMachine::persistent() {
  if (rules_.persistent == Persistent::kRefuse) refuse("points to values outside the pickle");
  const PickleId name = pop();
  push({.kind = PickleKind::kPersistent, .items = {name}});
}

}  // namespace fgcn::io
