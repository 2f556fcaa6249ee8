// The machine that reads a pickle; parse_pickle runs it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/arrays/pickle.h"
#include "io/arrays/pickle_opcodes.h"
#include "io/byte_order.h"

namespace fgcn::io {

/// Python's unpickling machine with every effect taken out: a call becomes an object that names the
/// global and the arguments.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::uint8_t> bytes, const std::string& where,
                const PickleRules& rules)
      : bytes_(bytes), where_(where), rules_(rules) {}

  Pickle run();

 private:
  [[noreturn]] void cut_off() const {
    throw PickleCutOff(text(where_, ": ends within a pickle; fetch the file again"));
  }
  template <class... Args>
  [[noreturn]] void refuse(const Args&... what) const {
    input_error(where_, ": ", what..., "; this reader takes arrays and plain data only");
  }
  [[noreturn]] void damaged(const char* what) const {
    input_error(where_, ": its pickle ", what, " at byte ", at_, "; the file is damaged");
  }

  std::span<const std::uint8_t> take(std::uint64_t count) {
    if (count > bytes_.size() - at_) cut_off();
    const auto out = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return out;
  }
  template <class T>
  T number() {
    return load_le<T>(take(sizeof(T)), 0);
  }
  static std::string_view view(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  void push(PickleValue value);
  void push(PickleKind kind) { push({.kind = kind}); }
  void push_bool(int value) { push({.kind = PickleKind::kBool, .integer = value}); }
  void push_integer(std::int64_t value) { push({.kind = PickleKind::kInteger, .integer = value}); }
  void push_string(PickleKind kind, std::uint64_t length) {
    push({.kind = kind, .text = view(take(length))});
  }
  void push_long(std::uint64_t length);
  void push_tuple(int count);
  std::string_view line();

  /// Values above the newest mark belong to it; what lies below may not be taken.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleId pop();
  PickleId top() const;
  std::vector<PickleId> pop_to_mark();
  /// Appends to the container on top.
  void extend(PickleKind kind, const std::vector<PickleId>& items, std::size_t group);

  void put(std::uint64_t index);
  void get(std::uint64_t index);

  void push_global(std::string_view module, std::string_view name);
  void stack_global();
  void reduce(PickleOpcode opcode);
  void push_ordered_dict(const std::vector<PickleId>& arguments);
  void push_encoded(const std::vector<PickleId>& arguments);
  void build();
  void persistent();

  bool step();
  bool step_string(std::uint8_t opcode);
  bool step_number(std::uint8_t opcode);
  bool step_container(std::uint8_t opcode);
  bool step_memo(std::uint8_t opcode);

  std::span<const std::uint8_t> bytes_;
  const std::string& where_;
  const PickleRules& rules_;
  std::size_t at_ = 0;
  Pickle out_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleId> memo_;
  std::size_t copies_ = 0;  // of parts, from lists of pairs
  std::unordered_map<PickleId, std::string_view> encoded_;
};

}  // namespace fgcn::io
