// Notes of the sampler that data sets go by.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace fgcn::recon {

inline constexpr const char* kNoteUnsure =
    "the detector is not sure that this is a face; check the result";
inline constexpr const char* kNoteCut =
    "the face is cut by the photo's border; what lies outside the photo is guessed";

/// The first note that says that a photo may show no face, or only a part of one; null: none does.
inline const std::string* doubt(const std::vector<std::string>& notes) {
  const auto found = std::find_if(notes.begin(), notes.end(), [](const std::string& note) {
    return note == kNoteUnsure || note == kNoteCut;
  });
  return found == notes.end() ? nullptr : &*found;
}

}  // namespace fgcn::recon
