// The difference between the mean of people and the designed face.
#pragma once

#include <span>
#include <string_view>

namespace fgcn::mesh::embedded {

/// An amount of one mode, in its standard deviations.
struct ModeShare {
  std::string_view mode;
  double share;
};

/// The mean face is the designed face (geometry.cpp) plus these amounts of identity modes; the mean
/// color is the painted one (albedo.cpp) plus these amounts of albedo modes. They are the averages
/// of fits to photographs of people with the designed face as the mean: the errors of the design.
/// The design keeps its own rows and heights because every mode is written in them: moving those
/// would move all modes.
/// Source: docs/dev/embedded-face.md says how well the averages vanish, on which photographs.
std::span<const ModeShare> shape_of_people();
std::span<const ModeShare> color_of_people();

}  // namespace fgcn::mesh::embedded
