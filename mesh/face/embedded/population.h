// What separates the mean of people from the face as it is drawn.
#pragma once

#include <span>
#include <string_view>

namespace fgcn::mesh::embedded {

/// A share of one mode, in its standard deviations.
struct ModeShare {
  std::string_view mode;
  double share;
};

/// The mean face is the drawn face (geometry.cpp) plus these shares of identity modes, the mean
/// color the painted one (albedo.cpp) plus these shares of albedo modes. They are the averages
/// that fits to photographs of people arrive at when the drawn face is taken for the mean: what the
/// drawing got wrong. Kept apart from the drawing because there features are rows and heights, in
/// which every mode is written too: moving those would move all of them.
/// Source: docs/embedded-face.md says how well the averages vanish, on which photographs.
std::span<const ModeShare> shape_of_people();
std::span<const ModeShare> color_of_people();

}  // namespace fgcn::mesh::embedded
