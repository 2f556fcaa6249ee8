// Settings of training as a command line, a script and a checkpoint's JSON give them. The first
// byte chooses the settings; lines of key=value follow, and the settings of a checkpoint as the
// last line.
#include <algorithm>
#include <string>
#include <string_view>

#include "tests/fuzz/fuzz.h"
#include "train/photo_settings.h"
#include "train/run/settings.h"
#include "train/synthetic_settings.h"

namespace {

using fgcn::train::Setting;

void read(const std::vector<Setting>& settings, std::string_view text) {
  while (!text.empty() && text[0] != '{') {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    try {
      fgcn::train::apply_settings(settings, {{std::string(line)}});
    } catch (const fgcn::InputError&) {
      continue;  // refused with a sentence, as it should be
    }
  }
  // Every value is one that its setting takes, and its text stands for it.
  for (const Setting& s : settings) {
    const std::string before = s.text();
    FGCN_CHECK(s.set(before) && s.text() == before, "settings: ", s.name, " does not take ",
               before);
  }
  const std::string saved = fgcn::train::settings_json(settings);
  fgcn::train::check_same_settings(settings, saved, "saved");
  FGCN_CHECK(!fgcn::train::settings_text(settings).empty(), "settings: no text");
  fgcn::train::check_same_settings(settings, std::string(text), "fuzz");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 1, bytes.size() - 1);
    const std::size_t kind = bytes[0] % 4;
    if (kind == 3) {
      fgcn::train::SyntheticSettings settings = fgcn::train::synthetic_preset("default");
      read(fgcn::train::settings_of(settings), text);
    } else {
      fgcn::train::PhotoSettings settings =
          fgcn::train::photo_preset(std::string(fgcn::train::kPhotoPresets[kind]));
      read(fgcn::train::settings_of(settings), text);
    }
  });
}
