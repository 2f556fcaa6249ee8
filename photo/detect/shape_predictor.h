// Landmarks by an ensemble of regression trees, from dlib's trained file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

/// Reads dlib's shape predictor file and evaluates it at sub-pixel precision.
///
/// A cascade of forests: each tree compares the brightness at pairs of points that move with the
/// current shape, and adds the correction of the leaf it ends in.
///
/// Read here rather than by dlib because a damaged file would make dlib read out of bounds, its
/// result is rounded to whole pixels, and it takes five times as long to load.
///
/// Errors   InputError naming `where` when the file is not a predictor of 68 points, is cut, or has
///          an index out of range.
/// Repeat   bitwise; const and free of state, so any number of threads may share one.
/// Source   Kazemi and Sullivan, CVPR 2014.
class ShapePredictor {
 public:
  static ShapePredictor parse(std::span<const std::uint8_t> file, const std::string& where);
  static ShapePredictor read(const std::filesystem::path& path);

  /// `grey` is [H, W, 1]; `box` as the detector gives it. Beyond the image its border repeats.
  Landmarks operator()(const Image8& grey, const Box& box) const;

 private:
  struct Split {
    std::uint32_t first = 0;   // feature pixels that are compared
    std::uint32_t second = 0;  //
    float threshold = 0;
  };
  struct Feature {
    std::uint32_t anchor = 0;  // landmark that the pixel moves with
    float dx = 0;              // offset from it, in box units
    float dy = 0;
  };
  struct Tree {
    std::vector<Split> splits;  // a full binary tree, children of i at 2 i + 1 and 2 i + 2
    std::vector<float> leaves;  // [splits + 1, 136]
  };
  struct Cascade {
    std::vector<Tree> trees;
    std::vector<Feature> features;
  };
  using Shape = std::array<float, 2 * kLandmarks>;  // x, y in box units

  Shape initial_{};
  std::vector<Cascade> cascades_;
};

}  // namespace fgcn::photo
