#include "io/mesh/landmark_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "io/file.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPoints = 100'000;
constexpr std::uint64_t kMostBytes = 16 << 20;
constexpr std::size_t kMostTag = 4096;

class Points {
 public:
  explicit Points(const std::string& where) : where_(where) {}

  void add(std::string name, const Vec3& point) {
    const std::size_t number = seen_++;
    if (seen_ > kMostPoints)
      input_error(where_, ": has more than ", kMostPoints, " points; it is no file of landmarks");
    if (point == Vec3{0, 0, 0}) return;
    list_.push_back({name.empty() ? std::to_string(number) : std::move(name), point});
  }
  std::vector<NamedPoint> take() {
    if (list_.empty())
      input_error(where_, ": holds no landmark; expected lines NAME x y z, JSON or MeshLab's .pp");
    return std::move(list_);
  }

 private:
  const std::string& where_;
  std::size_t seen_ = 0;
  std::vector<NamedPoint> list_;
};

/// The value of attribute NAME="..." within a tag.
std::optional<std::string_view> attribute(std::string_view tag, std::string_view name) {
  for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    const bool whole = at > 0 && (tag[at - 1] == ' ' || tag[at - 1] == '\t' ||
                                  tag[at - 1] == '\n' || tag[at - 1] == '\r');
    std::string_view rest = tag.substr(at + name.size());
    rest = io::trimmed(rest);
    if (!whole || !rest.starts_with('=')) continue;
    rest = io::trimmed(rest.substr(1));
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) continue;
    const std::size_t end = rest.find(rest.front(), 1);
    if (end == std::string_view::npos) return {};
    return rest.substr(1, end - 1);
  }
  return {};
}

void read_picked(std::string_view text, const std::string& where, Points& out) {
  constexpr std::string_view kOpen = "<point";
  for (std::size_t at = text.find(kOpen); at != std::string_view::npos;
       at = text.find(kOpen, at + 1)) {
    const std::size_t end = text.find('>', at);
    if (end == std::string_view::npos || end - at > kMostTag)
      input_error(where, ": a <point> is not closed; copy the file again");
    const std::string_view tag = text.substr(at + kOpen.size(), end - at - kOpen.size());
    if (attribute(tag, "active") == "0") continue;
    Vec3 p;
    for (int k = 0; k < 3; ++k) {
      constexpr std::string_view kAxes = "xyz";
      const auto number = io::parse_number(attribute(tag, kAxes.substr(k, 1)).value_or(""));
      if (!number)
        input_error(where, ": a <point> has no finite ", kAxes.substr(k, 1),
                    "; save the picked points again");
      p[k] = *number;
    }
    out.add(std::string(attribute(tag, "name").value_or("")), p);
  }
}

Vec3 json_point(const Json& given, const std::string& name, const std::string& where) {
  // As `fgcn_mesh landmarks` writes them, the point stands among what was found of it.
  const Json& value = given.is_object() && given.contains("point") ? given["point"] : given;
  Vec3 out;
  for (int k = 0; k < 3; ++k) {
    const Json* number = nullptr;
    const char* const axes[] = {"x", "y", "z"};
    if (value.is_array() && value.size() == 3) number = &value[static_cast<std::size_t>(k)];
    if (value.is_object() && value.contains(axes[k])) number = &value[axes[k]];
    if (number == nullptr || !number->is_number())
      input_error(where, ": landmark ", name, " is not a list of three numbers");
    out[k] = number->get<double>();
  }
  return out;
}

void read_json(std::string_view text, const std::string& where, Points& out) {
  int deepest = 0, depth = 0;
  for (const char c : text) {
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    deepest = std::max(deepest, depth);
  }
  // The parser calls itself for each level.
  if (deepest > 64) input_error(where, ": is nested too deeply for a file of landmarks");
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) input_error(where, ": is not proper JSON; check it in an editor");
  if (json.is_array()) {
    for (const Json& value : json) out.add({}, json_point(value, "of the list", where));
  } else {
    for (const auto& [name, value] : json.items()) out.add(name, json_point(value, name, where));
  }
}

void read_lines(std::string_view text, const std::string& where, bool lmrk, Points& out) {
  for (std::int64_t number = 1; !text.empty(); ++number) {
    std::string_view line = io::next_line(text);
    line = io::trimmed(line.substr(0, line.find('#')));
    if (line.empty() || (lmrk && line.starts_with('_'))) continue;
    const auto refuse = [&] {
      input_error(where, ": line ", number, " is not \"", lmrk ? "NAME z x y" : "NAME x y z",
                  "\" with finite numbers");
    };
    std::string name;
    std::string_view rest = line;
    std::string_view word = io::next_word(rest);
    std::vector<double> row;
    if (lmrk || !io::parse_number(word)) {
      name = word;
      word = io::next_word(rest);
    }
    for (; !word.empty(); word = io::next_word(rest)) {
      const auto value = io::parse_number(word);
      if (!value || row.size() == 3) refuse();
      row.push_back(*value);
    }
    if (row.size() != 3) refuse();
    out.add(name, lmrk ? Vec3{row[1], row[2], row[0]} : Vec3{row[0], row[1], row[2]});
  }
}

}  // namespace

std::vector<NamedPoint> parse_landmarks(std::span<const std::uint8_t> bytes,
                                        const std::string& where, bool lmrk) {
  const std::string_view text =
      io::without_mark({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::string_view start = io::trimmed(text.substr(0, 4096));
  Points out(where);
  if (start.starts_with('<')) {
    read_picked(text, where, out);
  } else if (start.starts_with('{') || start.starts_with('[')) {
    read_json(text, where, out);
  } else {
    read_lines(text, where, lmrk, out);
  }
  return out.take();
}

std::vector<NamedPoint> read_landmarks(const std::filesystem::path& path) {
  return parse_landmarks(read_file(path, kMostBytes), path.string(), path.extension() == ".lmrk");
}

}  // namespace fgcn::mesh
