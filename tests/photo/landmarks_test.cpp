#include "photo/landmarks.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

constexpr int kPhoto = 200;

/// A face seen from the front, in pixels of a file: (0, 0) is the centre of the first pixel.
std::vector<Point> face() {
  std::vector<Point> out;
  const auto arc = [&](int count, Point centre, Point radius, double from, double to) {
    for (int i = 0; i < count; ++i) {
      const double angle =
          std::numbers::pi / 180 * (from + (to - from) * i / std::max(count - 1, 1));
      out.push_back({centre.x + radius.x * std::cos(angle), centre.y + radius.y * std::sin(angle)});
    }
  };
  arc(17, {100, 90}, {60, 80}, 180, 0);  // jaw: from the image's left over the chin
  arc(5, {70, 72}, {18, 8}, 180, 360);   // brows
  arc(5, {130, 72}, {18, 8}, 180, 360);
  for (int i = 0; i < 4; ++i) out.push_back({100, 80.0 + 8 * i});
  arc(5, {100, 112}, {10, 4}, 180, 0);
  arc(6, {72, 84}, {10, 4}, 180, 480);  // eyes
  arc(6, {128, 84}, {10, 4}, 180, 480);
  arc(12, {100, 136}, {22, 10}, 180, 510);  // lips
  arc(8, {100, 136}, {16, 5}, 180, 495);
  return out;
}

std::string text_of(const std::vector<Point>& points, const std::string& between = ",",
                    const std::string& end = "\n") {
  std::ostringstream out;
  out.precision(17);
  for (const Point& p : points) out << p.x << between << p.y << end;
  return out.str();
}

std::string points(int count) {
  std::vector<Point> list = face();
  list.push_back({1, 1});
  list.resize(static_cast<std::size_t>(count));
  return text_of(list);
}

Landmarks parse(const std::string& text) {
  return parse_landmarks({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, kPhoto,
                         kPhoto, "p.csv");
}

void check_face(const Landmarks& landmarks, double first_pixel = 0) {
  const std::vector<Point> expected = face();
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    CHECK(landmarks[i].x == doctest::Approx(expected[i].x - first_pixel + 0.5));
    CHECK(landmarks[i].y == doctest::Approx(expected[i].y - first_pixel + 0.5));
  }
}

TEST_CASE("a landmarks file is read with comments, blanks, heading and any line ends") {
  const std::string good = points(68);
  for (const std::string& text :
       {good, "x,y\n" + good, "# by hand\r\n\r\n" + good, good + "\n\n", "\xef\xbb\xbf" + good,
        "\xef\xbb\xbfx,y\r\n" + good, "\"X\"; \"Y\"\n" + good, text_of(face(), ", "),
        text_of(face(), " "), text_of(face(), "\t"), text_of(face(), ";"), text_of(face(), " ; "),
        text_of(face(), ",", "\r\n"), text_of(face(), " ", "\r"), text_of(face(), ",", "  \n")}) {
    CAPTURE(text.substr(0, 40));
    // (0, 0) in the file is the centre of the first pixel.
    check_face(parse(text));
  }
}

TEST_CASE("a .pts file counts pixels from one") {
  for (const std::string end : {"\n", "\r\n"}) {
    const std::string body = text_of(face(), " ", end);
    check_face(parse("version: 1" + end + "n_points: 68" + end + "{" + end + body + "}" + end), 1);
    check_face(
        parse("\xef\xbb\xbfversion: 1" + end + "n_points:  68" + end + "{" + end + body + "}"), 1);
  }
}

TEST_CASE("writing and reading landmarks gives them back") {
  Landmarks landmarks = parse(points(68));
  for (Point& p : landmarks) p = {std::round(8 * p.x) / 8, std::round(8 * p.y) / 8};
  landmarks[3] = {17.125, -4.5};
  const Landmarks again = parse(format_landmarks(landmarks));
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    CHECK(again[i].x == landmarks[i].x);
    CHECK(again[i].y == landmarks[i].y);
  }
}

TEST_CASE("a face turned in the image plane is read, one in a mirror is refused") {
  for (int degrees = 0; degrees < 360; degrees += 15) {
    CAPTURE(degrees);
    const double c = std::cos(std::numbers::pi / 180 * degrees);
    const double s = std::sin(std::numbers::pi / 180 * degrees);
    std::vector<Point> turned, narrow;
    for (const Point& p : face()) {
      turned.push_back(
          {100 + c * (p.x - 100) - s * (p.y - 100), 100 + s * (p.x - 100) + c * (p.y - 100)});
      // Nearly from the side: a fifth as wide.
      narrow.push_back({100 + c * (p.x - 100) / 5 - s * (p.y - 100),
                        100 + s * (p.x - 100) / 5 + c * (p.y - 100)});
    }
    CHECK_NOTHROW(parse(text_of(turned)));
    CHECK_NOTHROW(parse(text_of(narrow)));
    for (std::vector<Point>* points : {&turned, &narrow}) {
      for (Point& p : *points) std::swap(p.x, p.y);
      CHECK_THROWS_WITH_AS(parse(text_of(*points)), doctest::Contains("x and y may be exchanged"),
                           InputError);
      for (Point& p : *points) p = {kPhoto - p.x, p.y};  // and mirrored back
      CHECK_NOTHROW(parse(text_of(*points)));
    }
  }
}

TEST_CASE("a landmarks file that does not fit says where") {
  const auto refused = [](const std::string& text, const char* why) {
    CHECK_THROWS_WITH_AS(parse(text), doctest::Contains(why), InputError);
  };
  refused("", "p.csv: has 0 points");
  refused(points(67), "has 67 points");
  refused(points(69), "more than 68");
  refused("1,2\n3:4\n" + points(66), "line 2 is not two numbers");
  refused("1,2\n3,5;4,5\n" + points(66), "line 2 is not two numbers");
  refused("1,2\nx,y\n" + points(66), "line 2 is not two numbers");
  refused("version: 1\nn_points: 67\n{\n" + points(67) + "}\n", "has 67 points");
  refused("1,2\n3,4,5\n" + points(66), "line 2 is not two numbers");
  refused("1,2\nnan,4\n" + points(66), "line 2 is not two numbers");
  refused("1,2\n1e400,4\n" + points(66), "line 2 is not two numbers");
  refused("1,2\n500,4\n" + points(66), "line 2 lies far outside");
  refused(std::string(100, '\0'), "line 1 is not two numbers");
  std::vector<Point> list = face();
  for (Point& p : list) p = {p.x / kPhoto, p.y / kPhoto};
  refused(text_of(list), "between 0 and 1");
  for (Point& p : list) p = {10 + 5 * p.x, 10 + 5 * p.y};
  refused(text_of(list), "pixels, a face at least 8");
  refused(text_of(std::vector<Point>(68, {90, 90})), "its points span 0 pixels");
  list = face();
  for (Point& p : list) p.y = kPhoto - p.y;
  refused(text_of(list), "y may count upwards");
}

}  // namespace
}  // namespace fgcn::photo
