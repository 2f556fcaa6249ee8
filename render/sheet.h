// Labeled pictures side by side, for people.
#pragma once

#include <string>
#include <vector>

#include "io/image.h"

namespace fgcn {

struct SheetTile {
  std::string label;
  Image picture;  // [H, W, 1, 3 or 4], sRGB-encoded [0, 1]; a fourth channel is ignored
};

struct SheetLayout {
  std::int64_t columns = 4;
  std::int64_t tile = 336;  // pixels per side; pictures are fitted into it, never cut
};

/// Tiles from left to right, then down, each with its label below; the title on top, if any.
/// [H, W, 3]. Errors: fgcn::Error without tiles or columns, or for a picture without pixels.
Image8 make_sheet(const std::string& title, const std::vector<SheetTile>& tiles,
                  const SheetLayout& layout = {});

/// Writes text in the built-in font, `scale` pixels per dot, top left corner at (y, x). The font
/// has capital letters, digits and common signs; small letters become capitals, letters with marks
/// the letters that they stand on, other code points a box each. A font of the system would show
/// more, but the picture would differ from machine to machine. Text outside the image is cut.
void draw_text(Image8& image, std::int64_t y, std::int64_t x, const std::string& text,
               std::int64_t scale, std::uint8_t grey);
/// Pixels across.
std::int64_t text_width(const std::string& text, std::int64_t scale);

}  // namespace fgcn
