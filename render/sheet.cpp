#include "render/sheet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "io/utf8.h"
#include "kernels/core/error.h"
#include "render/sheet_font.h"

namespace fgcn {
namespace {

constexpr std::uint8_t kPaper = 24;   // background
constexpr std::uint8_t kInk = 225;    // labels
constexpr std::int64_t kMargin = 10;  // pixels around a tile
constexpr std::int64_t kLabelScale = 2;
constexpr std::int64_t kTitleScale = 3;
constexpr std::int64_t kLabelHeight = kGlyphHeight * kLabelScale + kMargin;

/// Adds the picture at (y, x) of itself in pixels: bilinear, border repeated, gray as color.
void add_sample(const Image& picture, double y, double x, std::array<float, 3>& sum) {
  y = std::clamp(y - 0.5, 0.0, static_cast<double>(picture.height - 1));
  x = std::clamp(x - 0.5, 0.0, static_cast<double>(picture.width - 1));
  const auto y0 = static_cast<std::int64_t>(y);
  const auto x0 = static_cast<std::int64_t>(x);
  const std::int64_t y1 = std::min(y0 + 1, picture.height - 1);
  const std::int64_t x1 = std::min(x0 + 1, picture.width - 1);
  const auto fy = static_cast<float>(y - static_cast<double>(y0));
  const auto fx = static_cast<float>(x - static_cast<double>(x0));
  const float *a = picture.at(y0, x0), *b = picture.at(y0, x1);
  const float *c = picture.at(y1, x0), *d = picture.at(y1, x1);
  for (std::size_t k = 0; k < 3; ++k) {
    const std::size_t i = picture.channels >= 3 ? k : 0;
    sum[k] += (a[i] * (1 - fx) + b[i] * fx) * (1 - fy) + (c[i] * (1 - fx) + d[i] * fx) * fy;
  }
}

/// One sample per pixel when enlarging, a grid of samples when reducing.
void paste(const Image& picture, std::int64_t top, std::int64_t left, std::int64_t tile,
           Image8& sheet) {
  const double scale =
      static_cast<double>(tile) / static_cast<double>(std::max(picture.height, picture.width));
  const auto height =
      std::max<std::int64_t>(1, std::llround(static_cast<double>(picture.height) * scale));
  const auto width =
      std::max<std::int64_t>(1, std::llround(static_cast<double>(picture.width) * scale));
  const auto grid = static_cast<std::int64_t>(std::clamp(std::ceil(1 / scale), 1.0, 16.0));
#pragma omp parallel for
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      std::uint8_t* out = sheet.at(top + (tile - height) / 2 + y, left + (tile - width) / 2 + x);
      std::array<float, 3> sum{};
      for (std::int64_t i = 0; i < grid * grid; ++i) {
        const std::int64_t row = i / grid;
        const double dy = (static_cast<double>(row) + 0.5) / static_cast<double>(grid);
        const double dx = (static_cast<double>(i % grid) + 0.5) / static_cast<double>(grid);
        add_sample(picture, (static_cast<double>(y) + dy) / scale,
                   (static_cast<double>(x) + dx) / scale, sum);
      }
      for (std::size_t c = 0; c < 3; ++c) {
        const float mean = sum[c] / static_cast<float>(grid * grid);
        out[c] = static_cast<std::uint8_t>(std::lround(std::clamp(mean, 0.0F, 1.0F) * 255));
      }
    }
  }
}

constexpr char kBox = '\x01';  // a sign without a glyph

/// Latin letters with marks, U+00C0 to U+017F, as the letters that they stand on.
constexpr std::string_view kBaseLetters =
    "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTSaaaaaaaceeeeiiiidnooooo/ouuuuyty"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLl"
    "LlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
static_assert(kBaseLetters.size() == 0x180 - 0xc0);

/// One char for each sign that is drawn: none for a mark that combines with the letter before it.
std::string signs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char32_t code = io::next_code_point(text);
    if (code >= 0x300 && code < 0x370) continue;
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code >= 0xc0 && code < 0x180) {
      out += kBaseLetters[code - 0xc0];
    } else {
      out += kBox;
    }
  }
  return out;
}

/// Cut so that it stays within `width` pixels.
std::string fitted(const std::string& text, std::int64_t scale, std::int64_t width) {
  const auto letters = std::max<std::int64_t>(0, width / (kGlyphStep * scale));
  return io::first_code_points(text, static_cast<std::size_t>(letters));
}

}  // namespace

std::int64_t text_width(const std::string& text, std::int64_t scale) {
  return static_cast<std::int64_t>(signs(text).size()) * kGlyphStep * scale;
}

void draw_text(Image8& image, std::int64_t y, std::int64_t x, const std::string& text,
               std::int64_t scale, std::uint8_t grey) {
  const std::string drawn = signs(text);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const Glyph dots = glyph(drawn[i]);
    const std::int64_t left = x + static_cast<std::int64_t>(i) * kGlyphStep * scale;
    for (std::int64_t p = 0; p < kGlyphHeight * scale * kGlyphWidth * scale; ++p) {
      const std::int64_t dy = p / (kGlyphWidth * scale);
      const std::int64_t dx = p % (kGlyphWidth * scale);
      if (((dots[dy / scale] >> (kGlyphWidth - 1 - dx / scale)) & 1) == 0) continue;
      if (y + dy < 0 || y + dy >= image.height || left + dx < 0 || left + dx >= image.width)
        continue;
      std::fill_n(image.at(y + dy, left + dx), image.channels, grey);
    }
  }
}

Image8 make_sheet(const std::string& title, const std::vector<SheetTile>& tiles,
                  const SheetLayout& layout) {
  FGCN_CHECK(!tiles.empty() && layout.columns > 0 && layout.tile > 0, "make_sheet: ", tiles.size(),
             " tiles in ", layout.columns, " columns");
  const std::int64_t count = static_cast<std::int64_t>(tiles.size());
  const std::int64_t columns = std::min(layout.columns, count);
  const std::int64_t rows = (count + columns - 1) / columns;
  const std::int64_t head = title.empty() ? 0 : kGlyphHeight * kTitleScale + 2 * kMargin;
  const std::int64_t step_x = layout.tile + kMargin;
  const std::int64_t step_y = layout.tile + kMargin + kLabelHeight;
  Image8 sheet(head + rows * step_y + kMargin, columns * step_x + kMargin, 3, kPaper);
  draw_text(sheet, kMargin, kMargin, fitted(title, kTitleScale, sheet.width - 2 * kMargin),
            kTitleScale, kInk);
  for (std::int64_t i = 0; i < count; ++i) {
    const SheetTile& tile = tiles[static_cast<std::size_t>(i)];
    FGCN_CHECK(tile.picture.height > 0 && tile.picture.width > 0 && tile.picture.channels > 0,
               "make_sheet: tile '", tile.label, "' has no pixels");
    const std::int64_t top = head + kMargin + i / columns * step_y;
    const std::int64_t left = kMargin + i % columns * step_x;
    paste(tile.picture, top, left, layout.tile, sheet);
    const std::string label = fitted(tile.label, kLabelScale, layout.tile);
    draw_text(sheet, top + layout.tile + kMargin / 2,
              left + (layout.tile - text_width(label, kLabelScale)) / 2, label, kLabelScale, kInk);
  }
  return sheet;
}

}  // namespace fgcn
