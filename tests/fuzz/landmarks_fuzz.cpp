// Landmarks in all their forms of text. Two bytes give the photo's size.
#include <cmath>
#include <string>

#include "photo/landmarks.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    if (bytes.size() < 2) return;
    const std::int64_t width = 32 + 8 * bytes[0], height = 32 + 8 * bytes[1];
    const auto text = bytes.subspan(2);
    const fgcn::photo::Landmarks found = fgcn::photo::parse_landmarks(text, width, height, "fuzz");
    const std::string written = fgcn::photo::format_landmarks(found);
    const std::span again(reinterpret_cast<const std::uint8_t*>(written.data()), written.size());
    // A photo so much larger that no rounded point lies too far outside.
    const fgcn::photo::Landmarks back =
        fgcn::photo::parse_landmarks(again, width + 1, height + 1, "again");
    for (std::size_t k = 0; k < found.size(); ++k) {
      FGCN_CHECK(found[k].x >= -static_cast<double>(width) &&
                     found[k].x <= 2.0 * static_cast<double>(width) &&
                     found[k].y >= -static_cast<double>(height) &&
                     found[k].y <= 2.0 * static_cast<double>(height),
                 "landmarks: a point lies far outside");
      FGCN_CHECK(
          std::abs(found[k].x - back[k].x) <= 6e-4 && std::abs(found[k].y - back[k].y) <= 6e-4,
          "landmarks: written and read, a point moved");
    }
  });
}
