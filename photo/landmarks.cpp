#include "photo/landmarks.h"

#include <charconv>
#include <cmath>
#include <iomanip>
#include <optional>
#include <sstream>
#include <string_view>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<Point> point(std::string_view line) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto x = number(trimmed(line.substr(0, comma)));
  const auto y = number(trimmed(line.substr(comma + 1)));
  if (!x || !y) return std::nullopt;
  return Point{*x + 0.5, *y + 0.5};
}

}  // namespace

std::size_t mirrored_landmark(std::size_t i) {
  if (i <= 16) return 16 - i;
  if (i <= 26) return 43 - i;
  if (i <= 30) return i;
  if (i <= 35) return 66 - i;
  if (i <= 39 || (i >= 42 && i <= 45)) return 81 - i;
  if (i <= 47) return 87 - i;
  if (i <= 54) return 102 - i;
  if (i <= 59) return 114 - i;
  if (i <= 64) return 124 - i;
  return 132 - i;
}

Landmarks parse_landmarks(std::span<const std::uint8_t> text, std::int64_t photo_width,
                          std::int64_t photo_height, const std::string& where) {
  const std::string content(text.begin(), text.end());
  const auto w = static_cast<double>(photo_width);
  const auto h = static_cast<double>(photo_height);
  Landmarks landmarks;
  std::size_t count = 0;
  std::size_t line_number = 0;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    const std::string_view line = trimmed(std::string_view(content).substr(begin, end - begin));
    begin = end + 1;
    ++line_number;
    if (line.empty() || line[0] == '#' || (count == 0 && line == "x,y")) continue;
    const auto p = point(line);
    if (!p)
      input_error(where, ": line ", line_number, " is not two numbers \"x,y\"; write one of the ",
                  kLandmarks, " points a line");
    if (p->x < -w || p->x > 2 * w || p->y < -h || p->y > 2 * h)
      input_error(where, ": line ", line_number, " lies far outside the ", photo_width, " x ",
                  photo_height, " photo; give pixels of the upright photo");
    if (count == kLandmarks)
      input_error(where, ": has more than ", kLandmarks, " points; give the 68 of the iBUG order");
    landmarks[count++] = *p;
  }
  if (count != kLandmarks)
    input_error(where, ": has ", count, " points; give the ", kLandmarks, " of the iBUG order");
  return landmarks;
}

Landmarks read_landmarks(const std::filesystem::path& path, std::int64_t photo_width,
                         std::int64_t photo_height) {
  const Bytes text = read_file(path, std::uint64_t{1} << 20);
  return parse_landmarks(text, photo_width, photo_height, path.string());
}

std::string format_landmarks(const Landmarks& landmarks) {
  std::ostringstream out;
  out << "x,y\n" << std::fixed << std::setprecision(3);
  for (const Point& p : landmarks) out << p.x - 0.5 << ',' << p.y - 0.5 << '\n';
  return std::move(out).str();
}

}  // namespace fgcn::photo
