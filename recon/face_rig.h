// The face of a person at rest, with what an animator moves it by.
#pragma once

#include <vector>

#include "io/mesh/rigged_mesh.h"
#include "mesh/face/face_model.h"
#include "recon/face_surface.h"
#include "recon/reconstruct.h"

namespace fgcn::recon {

/// Whether the model's expressions are units of ARKit, each by its name there.
bool has_arkit_units(const mesh::FaceModel& model);

/// The identity without the expression, [V, 3] dm: of the fitted face, what it has off the model
/// included.
std::vector<float> neutral_vertices(const mesh::FaceModel& model, const FitResult& fit);

/// Where a person's joints are, [J] dm. A joint goes along with the vertices between it and its
/// parent: those that follow both. Where none do, with those that follow the joint.
std::vector<mesh::Vec3> joints_of_person(const mesh::FaceModel& model,
                                         const std::vector<float>& neutral);

/// With ARKit's units the neutral face, a target for each unit and its fitted weight, so that
/// neutral + sum weight * target is the fitted face; without, the fitted face and no target. The
/// skeleton where the model has joints.
mesh::RiggedMesh face_rig(const mesh::FaceModel& model, const Reconstruction& result,
                          const FaceSurface& surface);

}  // namespace fgcn::recon
