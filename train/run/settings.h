// Named settings of a run: read from key=value, kept in a checkpoint, compared when it goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fgcn::train {

/// Whether a run may go on with another value than it was begun with.
enum class OnResume { kSame, kFree };

/// One setting, bound to the variable that holds it; the variable must outlive it.
struct Setting {
  std::string name;
  std::string help;
  std::string range;  // such as "1 to 256", "on or off"
  OnResume resume = OnResume::kSame;
  std::function<std::string()> text;  // its value, so that set() reads it back exactly
  std::function<bool(const std::string& value)> set;  // false, and nothing changed: out of range
};

Setting whole_number(std::string name, std::int64_t& value, std::int64_t low, std::int64_t high,
                     std::string help, OnResume resume = OnResume::kSame);
/// Finite numbers from low to high.
Setting number(std::string name, double& value, double low, double high, std::string help,
               OnResume resume = OnResume::kSame);
Setting flag(std::string name, bool& value, std::string help, OnResume resume = OnResume::kSame);
Setting word(std::string name, std::string& value, std::vector<std::string> allowed,
             std::string help, OnResume resume = OnResume::kSame);

/// One of several values of an enumeration, by name.
template <class Enum>
Setting choice(std::string name, Enum& value, std::vector<std::pair<std::string, Enum>> allowed,
               std::string help, OnResume resume = OnResume::kSame) {
  std::vector<std::string> names;
  names.reserve(allowed.size());
  for (const auto& [one, meaning] : allowed) names.push_back(one);
  std::string unused;
  Setting out = word(std::move(name), unused, std::move(names), std::move(help), resume);
  out.text = [&value, allowed] {
    for (const auto& [one, meaning] : allowed)
      if (meaning == value) return one;
    return std::string("?");
  };
  out.set = [&value, allowed](const std::string& wanted) {
    for (const auto& [one, meaning] : allowed) {
      if (one != wanted) continue;
      value = meaning;
      return true;
    }
    return false;
  };
  return out;
}

/// Sets what "key=value" says. InputError, with the nearest key that there is, for an unknown one;
/// with the range for a value outside of it.
/// `option`: the option that sets it, where that is another than --set ("--steps", given
/// "steps=5").
void apply_setting(const std::vector<Setting>& settings, std::string_view key_value,
                   std::string_view option = {});

/// All of them as one JSON object of texts, keys in order.
std::string settings_json(const std::vector<Setting>& settings);

/// InputError naming the first setting whose value is not what `json` (of settings_json()) says,
/// and `where` that is from; those that are kFree may differ.
void check_same_settings(const std::vector<Setting>& settings, const std::string& json,
                         const std::string& where);

/// Gives every setting that is not in `given` the value that `json` has for it, and then refuses
/// what check_same_settings refuses: a run goes on with its own settings, and with others only
/// where they were asked for and may differ.
///
///   given  names of the settings that the command line sets
void take_settings(const std::vector<Setting>& settings, const std::string& json,
                   const std::vector<std::string>& given, const std::string& where);

/// For people: one or two lines per setting, with value and range.
std::string settings_text(const std::vector<Setting>& settings);

/// The name that takes the fewest insertions, deletions and replacements of characters to become
/// `wanted` (Levenshtein); the first of equals. `names` must not be empty.
std::string nearest_name(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace fgcn::train
