// The latent directions of a mesh autoencoder, for people: as a sheet, as morph targets, as
// samples.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "io/mesh/rigged_mesh.h"
#include "train/coma/coma_model.h"

namespace fgcn::train {

/// Errors  InputError for a model whose training was not finished: it has no statistics of codes.

/// A row per latent number: the mean code with that number moved by -3, -1.5, 0, 1.5 and 3
/// deviations, decoded and rendered. Of the authors' recipe, numbers stop at 0.
Image8 latent_sheet(const ComaModel& model);

/// The decoded mean code, and for each latent number a target: the change by one deviation.
/// Decimetres.
mesh::RiggedMesh latent_targets(const ComaModel& model);

/// `count` codes [count, Z]: normal with the training codes' mean and covariance; of a variational
/// model, whose training asks for it, N(0, 1).
std::vector<float> sampled_codes(const ComaModel& model, std::int64_t count, std::uint64_t seed);

}  // namespace fgcn::train
