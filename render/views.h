// Pictures of a mesh, for people.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "io/image.h"
#include "render/camera.h"

namespace fgcn {

/// A mesh to be rendered. Borrowed for one call.
struct ViewedMesh {
  const std::vector<float>& vertices;          // [V, 3] model space, dm
  const std::vector<std::int32_t>& triangles;  // [F, 3]
};

/// Pictures are [H, W, 4], sRGB-encoded. Alpha is the covered part of the pixel (2 x 2 samples);
/// colors are not multiplied by it.
///
/// Errors   fgcn::Error when sizes do not fit together.
/// Repeat   bitwise.

/// The vertices' own colors [V, 3], unlit.
Image render_colors(const ViewedMesh& mesh, const std::vector<float>& colors, const Pose& pose,
                    const Camera& camera = {});
/// The bare shape as grey clay, lit from the camera's upper left.
Image render_clay(const ViewedMesh& mesh, const Pose& pose, const Camera& camera = {});

/// `picture` laid over an [H, W, 3 or 4] ground: [H, W, 3].
Image lay_over(const Image& picture, const Image& ground);
/// `picture` laid over one color.
Image lay_over(const Image& picture, const std::array<float, 3>& ground);

}  // namespace fgcn
