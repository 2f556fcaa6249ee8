// The surface that a fit's coefficients make.
#pragma once

#include <vector>

#include "autograd/triangles.h"
#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "photo/landmarks.h"
#include "recon/fit/fit_result.h"
#include "render/camera.h"

namespace fgcn::recon {

/// Fills the per-vertex arrays of a FitResult from its coefficients, pose and light.
///
/// Errors   fgcn::Error when there are more coefficients than modes.
/// Repeat   bitwise on one kind of device: filling again changes nothing.
class FitSurfaces {
 public:
  /// The model must outlive it. Not for several threads at a time (Context).
  FitSurfaces(const Context& ctx, const mesh::FaceModel& model);

  const Triangles& mesh() const { return mesh_; }

  /// `vertices`, `normals` and `screen`, this one in the camera's pixels.
  void place(const Camera& camera, FitResult& fit) const;
  /// `albedo_colors` and `vertex_irradiance`; needs the normals.
  void shade(FitResult& fit) const;
  /// Where the fit's landmark vertices are on the screen, [68, 3] as in `screen`, from coefficients
  /// and pose alone: the same bits as place() gives them.
  std::vector<float> landmarks_on_screen(const Camera& camera, const FitResult& fit) const;
  /// Both.
  void fill(const Camera& camera, FitResult& fit) const {
    place(camera, fit);
    shade(fit);
  }

 private:
  struct Placed {
    Tensor vertices, angles, screen;
  };
  Placed project(const Camera& camera, const FitResult& fit,
                 const std::vector<float>& points) const;

  Context ctx_;
  const mesh::FaceModel* model_;
  Triangles mesh_;
};

/// Mean distance of the fit's 68 landmark vertices on the screen from the photo's points, over the
/// distance of the photo's outer eye corners.
double landmark_error(const FitResult& fit, const photo::Landmarks& landmarks);

/// The camera of a square crop.
inline Camera crop_camera(std::int64_t size) {
  Camera camera;
  camera.height = size;
  camera.width = size;
  return camera;
}

}  // namespace fgcn::recon
