// Weights that the original systems wrote, as a model.
#pragma once

#include <filesystem>
#include <string>

#include "io/arrays/safetensors.h"
#include "train/coma/coma_model.h"

namespace fgcn::train {

/// Recipe, filters, latent numbers and terms that the arrays of a published network have:
///   encoder/conv1/weights ...        the authors' (TensorFlow)
///   en_layers.0.conv.weight ...      the re-make's (torch), alone or behind a prefix
/// InputError naming `where` when they are of neither, or do not fit each other.
ComaSize published_size(const io::Safetensors& weights, const std::string& where);

/// A hierarchy with the vertices in the given order, by the original system's rules; or that of its
/// cached matrices (adjacency0.npz, laplacians0.npz, downsamp_trans0.npz, upsamp_trans0.npz ...) in
/// `matrices`, where that is not empty.
recon::HierarchyMatrices published_hierarchy(const mesh::TriangleMesh& topology, ComaForm form,
                                             const std::filesystem::path& matrices);

/// The model of published weights. `parts` has all but the size.
/// InputError naming `where` when the weights do not fit the hierarchy's coarsest level.
ComaModel import_coma(const Context& ctx, ComaParts parts, const io::Safetensors& weights,
                      const std::string& where);

/// Mean |y| of the mean mesh sent through the network, in deviations: near 0.2 after a training;
/// much more says that the hierarchy is not that of the weights.
double mean_mesh_distance(const ComaModel& model);

}  // namespace fgcn::train
