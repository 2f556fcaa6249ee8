// The 68 points of a face, and the file that a user may give instead of detection.
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"

namespace fgcn::photo {

/// A place in an image, in pixels, y down. Continuous: the image covers [0, W] x [0, H] and the
/// centre of the first pixel is (0.5, 0.5), as for the renderer.
struct Point {
  double x = 0;
  double y = 0;
};

constexpr std::size_t kLandmarks = 68;

/// iBUG order: jaw 0..16, brows 17..26, nose 27..35, eyes 36..47, outer lips 48..59, inner 60..67.
using Landmarks = std::array<Point, kLandmarks>;

/// How far several predictions of each point lie apart: root mean square of their distance to the
/// mean, in the landmarks' pixels. 0: not known.
using PointSpread = std::array<double, kLandmarks>;
/// In an image that is `scale` times as large.
PointSpread scaled(PointSpread spread, double scale);

/// Which point the `i`-th becomes when the face is mirrored.
std::size_t mirrored_landmark(std::size_t i);

/// Sides in the coordinates of Point.
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

/// Landmarks file: 68 lines of x and y in pixels of the upright photo, with a comma, a semicolon or
/// blanks between them. Blank lines, lines that begin with '#' and a heading "x,y" are passed over,
/// and so is a byte order mark. In the file, as in those of dlib and OpenCV, (0, 0) is the centre
/// of the first pixel. A .pts file of iBUG ("version: 1", "n_points: 68", points in braces) is read
/// as well; in it (1, 1) is the centre of the first pixel.
///
/// Errors   InputError naming the file, and the line where there is one: another count than 68, not
///          two finite numbers, a point farther than one photo size outside the photo, coordinates
///          that are fractions of the photo, a face of a few pixels, or a face in a mirror (x and y
///          exchanged, y upwards, points in another order).
Landmarks parse_landmarks(std::span<const std::uint8_t> text, std::int64_t photo_width,
                          std::int64_t photo_height, const std::string& where);
Landmarks read_landmarks(const std::filesystem::path& path, std::int64_t photo_width,
                         std::int64_t photo_height);

/// Text of a landmarks file.
std::string format_landmarks(const Landmarks& landmarks);

}  // namespace fgcn::photo
