#include "train/dataset/left_out.h"

#include <algorithm>
#include <cstdio>

#include "io/terminal.h"
#include "io/utf8.h"

namespace fgcn::train {
namespace {

constexpr std::string_view kNote = ": note: ";

}  // namespace

std::string one_line(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::string_view before = name;
    const bool not_utf8 = io::next_code_point(name) == io::kReplacement;
    const std::string_view letter = before.substr(0, before.size() - name.size());
    if (not_utf8 || (letter != "\\" && letter != "\t" && io::printable(letter) == letter)) {
      out += letter;
      continue;
    }
    for (const char c : letter) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
      out += code;
    }
  }
  return out;
}

std::string left_out_text(const LeftOutPhotos& photos) {
  std::string out;
  const auto add = [&out](const LeftOut& photo, std::string_view between, std::string_view reason) {
    out.append(one_line(photo.name)).append(between).append(reason).append("\n");
  };
  for (const LeftOut& photo : photos.skipped) add(photo, ": ", photo.reason);
  for (const LeftOut& photo : photos.duplicates)
    add(photo, ": has the same content as ", one_line(photo.reason));
  for (const LeftOut& photo : photos.similar)
    add(photo, ": shows the same picture as ", one_line(photo.reason));
  for (const PhotoNotes& photo : photos.notes)
    for (const std::string& note : photo.notes) add({photo.name, {}}, kNote, note);
  return out;
}

std::map<std::string, std::vector<std::string>> notes_in(std::string_view text) {
  std::map<std::string, std::vector<std::string>> out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t at = line.rfind(kNote);
    if (at == std::string_view::npos || at == 0 || at + kNote.size() == line.size()) continue;
    out[std::string(line.substr(0, at))].emplace_back(line.substr(at + kNote.size()));
  }
  return out;
}

}  // namespace fgcn::train
