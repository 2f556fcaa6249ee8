// Settings of training as a command line, a script and a checkpoint's JSON give them. The first
// byte chooses the settings; lines of key=value follow, and the settings of a checkpoint as the
// last line.
#include <algorithm>
#include <string>
#include <string_view>

#include "io/hash.h"
#include "tests/fuzz/fuzz.h"
#include "train/photos/photo_settings.h"
#include "train/run/settings.h"
#include "train/synthetic_settings.h"

namespace {

using fgcn::train::Setting;

/// Lines up to the first that is refused, as the program takes them. Whether all were taken.
bool apply_lines(const std::vector<Setting>& settings, std::string_view lines) {
  constexpr std::size_t kLongest = 80;  // the nearest of all names is looked for
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    try {
      fgcn::train::apply_settings(settings, {{std::string(line.substr(0, kLongest))}});
    } catch (const fgcn::InputError&) {
      return false;  // refused with a sentence, as it should be
    }
  }
  return true;
}

/// Every value is one that its setting takes, and its text stands for it.
void check_values(const std::vector<Setting>& settings) {
  for (const Setting& s : settings) {
    const std::string before = s.text();
    FGCN_CHECK(s.set(before) && s.text() == before, "settings: ", s.name, " does not take ",
               before);
  }
  const std::string saved = fgcn::train::settings_json(settings);
  fgcn::fuzz::use_accepted([&] { fgcn::train::check_same_settings(settings, saved, "saved"); });
  FGCN_CHECK(!fgcn::train::settings_text(settings).empty(), "settings: no text");
}

/// A preset with its named settings, made once: each input begins with the preset's values.
template <class Settings>
class Preset {
 public:
  explicit Preset(const Settings& values)
      : values_(values), now_(values), named_(settings_of(now_)) {}
  Preset(const Preset&) = delete;
  Preset& operator=(const Preset&) = delete;
  ~Preset() = default;

  void read(std::string_view text) {
    now_ = values_;
    const std::string_view lines = text.substr(0, text.find('{'));
    const bool all = apply_lines(named_, lines);
    const auto* first = reinterpret_cast<const std::uint8_t*>(text.data());
    // All values take a hundred times as long as a line.
    if (all && fgcn::hash64({first, text.size()}) % 16 == 0) check_values(named_);
    text.remove_prefix(lines.size());
    if (!text.empty()) fgcn::train::check_same_settings(named_, std::string(text), "fuzz");
  }

 private:
  Settings values_, now_;
  std::vector<Setting> named_;
};

void read_input(std::span<const std::uint8_t> bytes) {
  using namespace fgcn::train;  // a program of one file
  static Preset<PhotoSettings> photos[] = {Preset<PhotoSettings>(photo_preset("default")),
                                           Preset<PhotoSettings>(photo_preset("reference")),
                                           Preset<PhotoSettings>(photo_preset("paper"))};
  static Preset<SyntheticSettings> synthetic(synthetic_preset("default"));
  if (bytes.empty()) return;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 1, bytes.size() - 1);
  const std::size_t kind = bytes[0] % 4;
  if (kind == 3) return synthetic.read(text);
  photos[kind].read(text);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
