#include "photo/landmarks.h"

#include <algorithm>
#include <iomanip>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

constexpr double kFirstPixel = 0.5;   // where the centre of the first pixel lies
constexpr double kPtsFirstPixel = 1;  // and where .pts files put it
constexpr double kSmallest = 8;       // pixels across; no face shows anything in fewer

/// The numbers of a line, or nothing where something else stands.
std::optional<std::vector<double>> numbers(std::string_view line) {
  std::string blanks(line);
  for (char& c : blanks)
    if (c == ',' || c == ';') c = ' ';
  std::vector<double> out;
  std::string_view rest = blanks;
  for (std::string_view word = io::next_word(rest); !word.empty(); word = io::next_word(rest)) {
    const auto value = io::parse_number(word);
    if (!value) return std::nullopt;
    out.push_back(*value);
  }
  return out;
}

/// "x,y" in any writing.
bool is_heading(std::string_view line) {
  std::string letters;
  for (const char c : line)
    if (c != ' ' && c != '\t' && c != ',' && c != ';' && c != '"')
      letters += c == 'X' ? 'x' : c == 'Y' ? 'y' : c;
  return letters == "xy";
}

/// Twice the area that `b` and `c` span from `a`; positive when they follow each other clockwise,
/// as the photo is seen.
double turn(const Point& a, const Point& b, const Point& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

Point mean(const Landmarks& points, std::size_t first, std::size_t end) {
  Point out;
  for (std::size_t i = first; i < end; ++i) {
    out.x += points[i].x / static_cast<double>(end - first);
    out.y += points[i].y / static_cast<double>(end - first);
  }
  return out;
}

/// Eyes, then mouth, and the jaw from ear to ear turn one way in every view, however the head is
/// turned; in a mirror they turn the other way.
bool is_mirrored(const Landmarks& points) {
  double sum = turn(mean(points, 36, 42), mean(points, 42, 48), mean(points, 48, 68));
  for (std::size_t i = 1; i < 16; ++i) sum -= turn(points[0], points[i], points[i + 1]);
  return !(sum > 0);
}

/// Refuses points that are no face in pixels of the photo.
void check_face(const Landmarks& points, double least_coordinate, double largest_coordinate,
                const std::string& where) {
  if (least_coordinate >= 0 && largest_coordinate <= 1)
    input_error(where,
                ": its coordinates lie between 0 and 1, as fractions of the photo; multiply "
                "x by the photo's width and y by its height");
  Point low = points[0], high = points[0];
  for (const Point& p : points) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  const double across = std::max(high.x - low.x, high.y - low.y);
  if (!(across >= kSmallest))
    input_error(where, ": its points span ", across, " pixels, a face at least ", kSmallest,
                "; give pixels of the upright photo");
  if (is_mirrored(points))
    input_error(where,
                ": its points are a face in a mirror: x and y may be exchanged, y may count "
                "upwards, or the order is not iBUG's; write x,y in pixels from the upper left");
}

}  // namespace

PointSpread scaled(PointSpread spread, double scale) {
  for (double& s : spread) s *= scale;
  return spread;
}

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
  std::string_view rest =
      io::without_mark({reinterpret_cast<const char*>(text.data()), text.size()});
  const auto w = static_cast<double>(photo_width);
  const auto h = static_cast<double>(photo_height);
  Landmarks landmarks;
  std::size_t count = 0;
  std::size_t line_number = 0;
  double first_pixel = 0;
  double least = std::numeric_limits<double>::infinity(), largest = -least;
  while (!rest.empty()) {
    const std::string_view line = io::trimmed(io::next_line(rest));
    ++line_number;
    if (line.empty() || line[0] == '#' || (count == 0 && is_heading(line))) continue;
    if (line.starts_with("version:")) first_pixel = kPtsFirstPixel;
    if (line.starts_with("version:") || line.starts_with("n_points:") || line == "{" || line == "}")
      continue;
    const auto xy = numbers(line);
    if (!xy || xy->size() != 2)
      input_error(where, ": line ", line_number, " is not two numbers \"x,y\"; write one of the ",
                  kLandmarks, " points a line");
    for (const double value : *xy) {
      least = std::min(least, value);
      largest = std::max(largest, value);
    }
    const Point p{(*xy)[0] - first_pixel + kFirstPixel, (*xy)[1] - first_pixel + kFirstPixel};
    if (p.x < -w || p.x > 2 * w || p.y < -h || p.y > 2 * h)
      input_error(where, ": line ", line_number, " lies far outside the ", photo_width, " x ",
                  photo_height, " photo; give pixels of the upright photo");
    if (count == kLandmarks)
      input_error(where, ": has more than ", kLandmarks, " points; give the 68 of the iBUG order");
    landmarks[count++] = p;
  }
  if (count != kLandmarks)
    input_error(where, ": has ", count, " points; give the ", kLandmarks, " of the iBUG order");
  check_face(landmarks, least, largest, where);
  return landmarks;
}

Landmarks read_landmarks(const std::filesystem::path& path, std::int64_t photo_width,
                         std::int64_t photo_height) {
  const Bytes text = read_file(path, std::uint64_t{1} << 20);
  return parse_landmarks(text, photo_width, photo_height, path.string());
}

std::string format_landmarks(const Landmarks& landmarks) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);  // or a lack of memory leaves points out
  out << "x,y\n" << std::fixed << std::setprecision(3);
  for (const Point& p : landmarks) out << p.x - 0.5 << ',' << p.y - 0.5 << '\n';
  return std::move(out).str();
}

}  // namespace fgcn::photo
