#include "train/layer_life.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr std::size_t kColumns = 4;  // a layer
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// dy/dx where the curve has the value y.
double slope_at(Curve curve, double y) {
  switch (curve) {
    case Curve::kElu:
      return y > 0 ? 1 : y + 1;
    case Curve::kRelu:
      return y > 0 ? 1 : 0;
    case Curve::kTanh:
      return 1 - y * y;
    case Curve::kLinear:
    case Curve::kPart:
      break;
  }
  return 1;
}

}  // namespace

double silent_units(const Tensor& y, Curve curve, double least) {
  const std::vector<real> values = y.to_host();
  const auto units = static_cast<std::size_t>(y.dim(y.shape().rank - 1));
  std::vector<bool> passes(units);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (slope_at(curve, static_cast<double>(values[i])) >= least) passes[i % units] = true;
  const auto silent = std::count(passes.begin(), passes.end(), false);
  return static_cast<double>(silent) / static_cast<double>(units);
}

LayerWatcher::LayerWatcher(const Context& ctx, recon::RefinementModel& model, const Adam& adam)
    : ctx_(ctx), model_(model), adam_(adam) {
  for (const Parameter* p : model_.parameters()) {
    const std::string layer = p->name.substr(0, p->name.rfind('.'));
    auto found = std::find(layers_.begin(), layers_.end(), layer);
    layer_of_.push_back(static_cast<std::size_t>(found - layers_.begin()));
    if (found == layers_.end()) layers_.push_back(layer);
  }
}

double spread_of(const Tensor& y) {
  const std::vector<real> values = y.to_host();
  const auto units = static_cast<std::size_t>(y.dim(y.shape().rank - 1));
  const std::size_t row_count = values.size() / units;
  const auto rows = static_cast<double>(row_count);
  std::vector<double> mean(units);
  for (std::size_t i = 0; i < values.size(); ++i)
    mean[i % units] += static_cast<double>(values[i]) / rows;
  double square = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double off = static_cast<double>(values[i]) - mean[i % units];
    square += off * off;
  }
  return std::sqrt(square / static_cast<double>(values.size()));
}

std::vector<LayerLife> LayerWatcher::look(const recon::RefinementBatch& batch,
                                          double learning_rate) {
  std::vector<LayerLife> out;
  for (const std::string& name : layers_) out.push_back({name, kUnknown, kUnknown});
  Tape tape(ctx_, Record::kNothing);
  tape.watch([&](const std::string& layer, Curve curve, const Var& y) {
    if (curve == Curve::kPart) return y;
    const auto found = std::find(layers_.begin(), layers_.end(), layer);
    FGCN_CHECK(found != layers_.end(), "layer watcher: '", layer, "' has no parameters");
    LayerLife& seen = out[static_cast<std::size_t>(found - layers_.begin())];
    seen.silent = silent_units(y.value(), curve);
    seen.spread = spread_of(y.value());
    return y;
  });
  model_(tape, batch);
  const std::vector<double> gradients = adam_.gradient_norms();
  const std::vector<double> updates = adam_.update_norms(learning_rate);
  for (std::size_t i = 0; i < layer_of_.size(); ++i) {
    LayerLife& layer = out[layer_of_[i]];
    layer.gradient = std::hypot(layer.gradient, gradients[i]);
    layer.update = std::hypot(layer.update, updates[i]);
  }
  return out;
}

std::vector<std::string> layer_columns(const std::vector<std::string>& layers) {
  std::vector<std::string> out;
  for (const std::string& layer : layers)
    for (const char* what : {".silent", ".spread", ".gradient", ".update"})
      out.push_back(layer + what);
  return out;
}

std::vector<double> layer_values(const std::vector<LayerLife>& layers) {
  std::vector<double> out;
  for (const LayerLife& layer : layers)
    out.insert(out.end(), {layer.silent, layer.spread, layer.gradient, layer.update});
  return out;
}

std::vector<std::string> silent_layers(const std::vector<std::string>& layers,
                                       const std::vector<double>& values) {
  FGCN_CHECK(values.size() == kColumns * layers.size(), "silent layers: ", values.size(),
             " values of ", layers.size(), " layers");
  std::vector<std::string> out;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (values[kColumns * i] >= 1) out.push_back(layers[i]);
  return out;
}

}  // namespace fgcn::train
