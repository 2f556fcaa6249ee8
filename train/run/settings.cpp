#include "train/run/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

/// The shortest text that reads back as the same number.
template <class T>
std::string number_text(T value) {
  char out[64] = {};
  std::to_chars(out, out + sizeof out - 1, value);
  return out;
}

/// The whole of `text` as a number; false when it is none.
template <class T>
bool read_number(const std::string& text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

template <class T>
Setting ranged(std::string name, T& value, T low, T high, std::string help, OnResume resume) {
  Setting out{std::move(name),
              std::move(help),
              number_text(low) + " to " + number_text(high),
              resume,
              {},
              {}};
  out.text = [&value] { return number_text(value); };
  out.set = [&value, low, high](const std::string& wanted) {
    T read{};
    if (!read_number(wanted, read) || !(read >= low && read <= high)) return false;
    value = read;
    return true;
  };
  return out;
}

const Setting* find(const std::vector<Setting>& settings, std::string_view name) {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& s) { return s.name == name; });
  return found == settings.end() ? nullptr : &*found;
}

}  // namespace

Setting whole_number(std::string name, std::int64_t& value, std::int64_t low, std::int64_t high,
                     std::string help, OnResume resume) {
  return ranged(std::move(name), value, low, high, std::move(help), resume);
}

Setting number(std::string name, double& value, double low, double high, std::string help,
               OnResume resume) {
  return ranged(std::move(name), value, low, high, std::move(help), resume);
}

Setting flag(std::string name, bool& value, std::string help, OnResume resume) {
  return choice(std::move(name), value, {{"on", true}, {"off", false}}, std::move(help), resume);
}

Setting word(std::string name, std::string& value, std::vector<std::string> allowed,
             std::string help, OnResume resume) {
  std::string range;
  for (std::size_t i = 0; i < allowed.size(); ++i)
    range += (i == 0 ? "" : i + 1 == allowed.size() ? " or " : ", ") + allowed[i];
  Setting out{std::move(name), std::move(help), std::move(range), resume, {}, {}};
  out.text = [&value] { return value; };
  out.set = [&value, allowed = std::move(allowed)](const std::string& wanted) {
    if (std::find(allowed.begin(), allowed.end(), wanted) == allowed.end()) return false;
    value = wanted;
    return true;
  };
  return out;
}

void apply_setting(const std::vector<Setting>& settings, std::string_view key_value,
                   std::string_view option) {
  const std::size_t equals = key_value.find('=');
  if (equals == std::string_view::npos)
    input_error("--set ", key_value, ": expected key=value; --list-settings shows them all");
  const std::string key(key_value.substr(0, equals)), value(key_value.substr(equals + 1));
  if (const Setting* setting = find(settings, key)) {
    if (!setting->set(value))
      input_error(option.empty() ? text("--set ", key_value) : text(option, " ", value), ": '",
                  value, "' is not ", setting->range, "; it is now ", setting->text());
    return;
  }
  std::vector<std::string> names;
  names.reserve(settings.size());
  for (const Setting& s : settings) names.push_back(s.name);
  input_error("--set ", key_value, ": there is no setting '", key, "'; the nearest is '",
              nearest_name(key, names), "', --list-settings shows all");
}

std::string settings_json(const std::vector<Setting>& settings) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const Setting& s : settings) out[s.name] = s.text();
  return out.dump();
}

namespace {

/// The object that settings_json() wrote.
nlohmann::json parsed(const std::string& json, const std::string& where) {
  nlohmann::json out = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!out.is_object()) input_error(where, ": its settings cannot be read; the file is damaged");
  return out;
}

}  // namespace

void check_same_settings(const std::vector<Setting>& settings, const std::string& json,
                         const std::string& where) {
  const nlohmann::json saved = parsed(json, where);
  for (const Setting& s : settings) {
    if (s.resume == OnResume::kFree) continue;
    const auto before = saved.find(s.name);
    // A setting that a program of before did not have.
    if (before == saved.end() || !before->is_string())
      input_error(where, ": says nothing of the setting '", s.name,
                  "'; it is of another version of this program, begin a new run in another folder");
    const auto& value = before->get_ref<const std::string&>();
    if (value != s.text())
      input_error(where, ": was begun with ", s.name, "=", value, ", not ", s.text(),
                  "; resume with --set ", s.name, "=", value,
                  ", or begin another run in another folder");
  }
}

void take_settings(const std::vector<Setting>& settings, const std::string& json,
                   const std::vector<std::string>& given, const std::string& where) {
  const nlohmann::json saved = parsed(json, where);
  for (const Setting& s : settings) {
    const auto before = saved.find(s.name);
    const bool is_given = std::find(given.begin(), given.end(), s.name) != given.end();
    if (is_given || before == saved.end() || !before->is_string()) continue;
    if (const auto& value = before->get_ref<const std::string&>(); !s.set(value))
      input_error(where, ": has the setting ", s.name, "=", value, ", which is not ", s.range,
                  "; the file is damaged");
  }
  check_same_settings(settings, json, where);
}

std::string settings_text(const std::vector<Setting>& settings) {
  std::size_t widest = 0;
  for (const Setting& s : settings) widest = std::max(widest, s.name.size() + s.text().size() + 1);
  std::string out;
  for (const Setting& s : settings) {
    const std::string head = s.name + "=" + s.text();
    out += head + std::string(widest + 2 - head.size(), ' ') + s.help + " [" + s.range + "]" +
           (s.resume == OnResume::kFree ? " *" : "") + "\n";
  }
  return out + "* may be another when a run is resumed\n";
}

std::string nearest_name(std::string_view wanted, const std::vector<std::string>& names) {
  FGCN_CHECK(!names.empty(), "nearest_name: no names");
  const auto distance = [wanted](const std::string& name) {
    std::vector<std::size_t> row(name.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      std::size_t corner = row[0]++;
      for (std::size_t j = 0; j < name.size(); ++j) {
        const std::size_t replaced = corner + (wanted[i] == name[j] ? 0 : 1);
        corner = row[j + 1];
        row[j + 1] = std::min({replaced, row[j] + 1, corner + 1});
      }
    }
    return row.back();
  };
  return *std::min_element(names.begin(), names.end(),
                           [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
}

}  // namespace fgcn::train
