// Expressions of the people that training and calibration see.
#pragma once

#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"

namespace fgcn::train {

/// Weights of the model's expressions: two in five faces are neutral or nearly; the others move up
/// to a third of what can move.
///
///   amount  0: neutral faces; 1: each weight up to its bound
///
/// Repeat   bitwise: depends on the arguments alone.
std::vector<float> random_expression(const mesh::FaceModel& model, double amount, Rng& rng);

}  // namespace fgcn::train
