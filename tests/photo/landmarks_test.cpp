#include "photo/landmarks.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

std::string points(int count) {
  std::ostringstream out;
  for (int i = 0; i < count; ++i) out << i << ", " << 2 * i + 0.25 << "\n";
  return out.str();
}

Landmarks parse(const std::string& text) {
  return parse_landmarks({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, 200,
                         200, "p.csv");
}

TEST_CASE("a landmarks file is read with comments, blanks, heading and any line ends") {
  for (const std::string& text :
       {points(68), "x,y\n" + points(68), "# by hand\r\n\r\n" + points(68), points(68) + "\n\n"}) {
    const Landmarks landmarks = parse(text);
    // (0, 0) in the file is the centre of the first pixel.
    CHECK(landmarks[67].x == 67.5);
    CHECK(landmarks[67].y == 134.75);
  }
}

TEST_CASE("writing and reading landmarks gives them back") {
  Landmarks landmarks = parse(points(68));
  landmarks[3] = {17.125, -4.5};
  const Landmarks again = parse(format_landmarks(landmarks));
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    CHECK(again[i].x == landmarks[i].x);
    CHECK(again[i].y == landmarks[i].y);
  }
}

TEST_CASE("a landmarks file that does not fit says where") {
  const auto refused = [](const std::string& text, const char* why) {
    CHECK_THROWS_WITH_AS(parse(text), doctest::Contains(why), InputError);
  };
  refused("", "p.csv: has 0 points");
  refused(points(67), "has 67 points");
  refused(points(69), "more than 68");
  refused("1,2\n3;4\n" + points(66), "line 2 is not two numbers");
  refused("1,2\n3,4,5\n" + points(66), "line 2 is not two numbers");
  refused("1,2\nnan,4\n" + points(66), "line 2 is not two numbers");
  refused("1,2\n1e400,4\n" + points(66), "line 2 is not two numbers");
  refused("1,2\n500,4\n" + points(66), "line 2 lies far outside");
  refused(std::string(100, '\0'), "line 1 is not two numbers");
}

}  // namespace
}  // namespace fgcn::photo
