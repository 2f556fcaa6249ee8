// Renders a face from vertices, albedo, pose and light, differentiably.
#pragma once

#include "autograd/tape.h"
#include "autograd/triangles.h"
#include "render/camera.h"

namespace fgcn {

/// Input of the renderer.
struct FaceScene {
  Var vertices;         // [N, V, 3] model space, dm
  Var albedo;           // [N, V, 3] sRGB-encoded, [0, 1]
  Var angles;           // [N, 3] radians
  Var translation;      // [N, 3] dm
  Var sh_coefficients;  // [N, 27] light
};

/// The vertices of a FaceScene as the camera sees them.
struct LitFace {
  Var screen;   // [N, V, 3] pixels and depth
  Var normals;  // [N, V, 3] camera space
  Var light;    // [N, V, 3]
  Var colors;   // [N, V, 3] clip(albedo * light, 0, 1)
};

/// Pose, normals, light and projection of the vertices. Order: once.
/// Source   docs/method.md, "Pose and normals", "Light" and "Camera".
LitFace light_face(const Triangles& mesh, const Camera& camera, const FaceScene& scene);

/// Colors interpolated over the pixels that the face covers: [N, H, W, 4], alpha 1 where covered.
/// Order: once; a change of the visible triangle has no derivative.
Var render_face(const Triangles& mesh, const Camera& camera, const LitFace& face);

}  // namespace fgcn
