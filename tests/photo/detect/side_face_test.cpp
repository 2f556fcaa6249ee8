#include "photo/detect/side_face.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "photo/decode/decode.h"
#include "photo/detect/detect.h"
#include "photo/resample.h"
#include "tests/support/shared_data.h"

namespace fgcn::photo {
namespace {

namespace fs = std::filesystem;

Image8 mirror_image(const Image8& image) {
  Image8 out(image.height, image.width, image.channels);
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < image.width; ++x)
      std::copy_n(image.at(y, image.width - 1 - x), image.channels, out.at(y, x));
  return out;
}

TEST_CASE("heads turned by 60 degrees are found, to either side alike") {
  const auto folder = fgcn::test::shared_data("shape_truth");
  if (!folder) return;
  const FaceFinder finder;
  int found = 0, all = 0, alike = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(*folder)) {
    const std::string name = entry.path().filename().string();
    if (name.find("_y60.png") == std::string::npos) continue;
    ++all;
    const Image8 photo = read_photo(entry.path()).rgb;
    const auto face = finder.find(photo);
    if (!face) continue;
    ++found;
    // The tip of the nose points to where the head is turned.
    const Landmarks& p = face->landmarks;
    CHECK(std::abs(p[30].x - (p[36].x + p[45].x) / 2) > 0.2 * std::abs(p[8].y - p[27].y));
    CHECK(p[8].y > p[27].y);  // not upside down
    const auto other = finder.find(mirror_image(photo));
    if (!other) continue;
    double off = 0;
    for (std::size_t k = 0; k < kLandmarks; ++k) {
      const Point& q = other->landmarks[mirrored_landmark(k)];
      off += std::hypot(static_cast<double>(photo.width) - q.x - p[k].x, q.y - p[k].y) / kLandmarks;
    }
    if (off < 0.02 * std::abs(p[8].y - p[27].y)) ++alike;
  }
  MESSAGE("found ", found, " of ", all, ", alike in the mirror ", alike);
  CHECK(4 * found >= 3 * all);
  CHECK(4 * alike >= 3 * found);
}

TEST_CASE("a face turned aside hides no other face") {
  const auto folder = fgcn::test::shared_data("shape_truth");
  if (!folder) return;
  const Image8 a = read_photo(*folder / "f03_y30.png").rgb,
               b = read_photo(*folder / "f11_y60.png").rgb;
  Image8 both(a.height, a.width + b.width, 3);
  REQUIRE(a.height == b.height);
  for (std::int64_t y = 0; y < a.height; ++y) {
    std::copy_n(a.at(y, 0), 3 * a.width, both.at(y, 0));
    std::copy_n(b.at(y, 0), 3 * b.width, both.at(y, a.width));
  }
  const std::vector<FoundFace> faces = FaceFinder().find_all(both);
  REQUIRE(faces.size() == 2);
  const auto middle = static_cast<double>(a.width);
  CHECK((faces[0].landmarks[30].x < middle) != (faces[1].landmarks[30].x < middle));
}

TEST_CASE("all faces are those turned aside too, beside one that is surely frontal") {
  const auto shapes = fgcn::test::shared_data("shape_truth");
  const auto frontal = fgcn::test::shared_data("photos/congress_pd/portraits450/B000287.jpg");
  if (!shapes || !frontal) return;
  const Image8 a = read_photo(*frontal).rgb, b = read_photo(*shapes / "f11_y60.png").rgb;
  const std::int64_t height = std::min(a.height, b.height);
  Image8 both(height, a.width + b.width, 3);
  for (std::int64_t y = 0; y < height; ++y) {
    std::copy_n(a.at(y, 0), 3 * a.width, both.at(y, 0));
    std::copy_n(b.at(y, 0), 3 * b.width, both.at(y, a.width));
  }
  const FaceFinder finder;
  const auto best = finder.find(both);
  REQUIRE(best.has_value());
  CHECK(best->score > 1.5);
  const std::vector<FoundFace> faces = finder.find_all(both);
  REQUIRE(faces.size() == 2);
  CHECK(faces[0].score == best->score);
  const auto middle = static_cast<double>(a.width);
  CHECK(faces[0].landmarks[30].x < middle);
  // The other one's nose points aside.
  const Landmarks& p = faces[1].landmarks;
  CHECK(p[30].x > middle);
  CHECK(std::abs(p[30].x - (p[36].x + p[45].x) / 2) > 0.2 * std::abs(p[8].y - p[27].y));
}

TEST_CASE("frontal faces are no faces turned aside") {
  const auto folder = fgcn::test::shared_data("photos/congress_pd/portraits225");
  if (!folder) return;
  int taken = 0;
  double highest = -1;
  for (const fs::directory_entry& entry : fs::directory_iterator(*folder)) {
    if (entry.path().extension() != ".jpg" || taken == 40) continue;
    ++taken;
    for (const SideFace& face : find_side_faces(grey(read_photo(entry.path()).rgb), -1))
      highest = std::max(highest, face.score);
  }
  MESSAGE("highest score of ", taken, " frontal photos: ", highest);
  CHECK(taken == 40);
  CHECK(highest < 0.3);
}

}  // namespace
}  // namespace fgcn::photo
