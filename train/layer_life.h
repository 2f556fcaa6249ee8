// Whether the layers of a network still learn.
#pragma once

#include <string>
#include <vector>

#include "recon/refine/refinement_model.h"
#include "train/adam.h"

namespace fgcn::train {

/// A layer after a step.
struct LayerLife {
  std::string name;   // of its parameters, without the last part
  double silent = 0;  // part of its units that pass no gradient; not a number: not shown
  double spread = 0;  // root of the mean square by which values differ from their unit's mean over
                      // vertices and photos; not a number: not shown
  double gradient = 0;  // norm of the gradient by its parameters, before clipping
  double update = 0;    // norm of the last change of its parameters
};

/// Sees every layer of a network through a batch. A unit is a channel of a graph layer, or a number
/// of a fully connected one. It passes no gradient when the slope of its activation is below
/// kLeastSlope at all vertices of all photos of the batch.
///
/// Errors   fgcn::Error when the network shows an activation of no layer.
/// Repeat   bitwise, for any number of threads.
class LayerWatcher {
 public:
  static constexpr double kLeastSlope = 1e-3;

  /// Both must outlive it.
  LayerWatcher(const Context& ctx, recon::RefinementModel& model, const Adam& adam);

  /// The layers' names, in the order of the parameters.
  const std::vector<std::string>& layers() const { return layers_; }
  /// One a layer, after a step of the optimiser at this rate; waits for the device.
  std::vector<LayerLife> look(const recon::RefinementBatch& batch, double learning_rate);

 private:
  Context ctx_;
  recon::RefinementModel& model_;
  const Adam& adam_;
  std::vector<std::string> layers_;
  std::vector<std::size_t> layer_of_;  // of every parameter
};

/// The columns of layers.jsonl, four a layer: LAYER.silent, .spread, .gradient, .update.
std::vector<std::string> layer_columns(const std::vector<std::string>& layers);
std::vector<double> layer_values(const std::vector<LayerLife>& layers);
/// The layers whose every unit is silent, by the values of layer_columns().
std::vector<std::string> silent_layers(const std::vector<std::string>& layers,
                                       const std::vector<double>& values);

/// LayerLife::spread.
double spread_of(const Tensor& y);
/// The part of the units (the last axis) of `y` whose slope stays below `least` everywhere.
///   curve  what y came through; kNone: 0
double silent_units(const Tensor& y, Curve curve, double least = LayerWatcher::kLeastSlope);

}  // namespace fgcn::train
