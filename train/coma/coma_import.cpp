#include "train/coma/coma_import.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/hierarchy.h"
#include "mesh/laplacian.h"

namespace fgcn::train {
namespace {

constexpr const char* kAuthorsFirst = "encoder/conv1/weights";
constexpr const char* kRemakesFirst = "en_layers.0.conv.weight";
constexpr std::size_t kPools = 4;

/// What stands before the re-make's names; nothing when they are not there.
std::string prefix_of(const io::Safetensors& weights, const std::string& where) {
  for (const auto& [name, tensor] : weights.tensors)
    if (name.ends_with(kRemakesFirst))
      return name.substr(0, name.size() - std::string(kRemakesFirst).size());
  input_error(where, ": holds neither '", kAuthorsFirst, "' nor '", kRemakesFirst,
              "'; give weights of a mesh autoencoder");
}

bool is_authors(const io::Safetensors& weights) { return weights.tensors.contains(kAuthorsFirst); }

std::string authors_name(const std::string& ours) {
  const std::string kind = ours.ends_with(".bias") ? "/bias" : "/weights";
  const std::string layer = ours.substr(0, ours.rfind('.'));
  if (layer == "encoder.code") return "encoder/fc" + kind;
  if (layer == "decoder.full") return "decoder/fc2" + kind;
  if (layer == "decoder.out") return "decoder" + kind;
  const std::string number(1, static_cast<char>(layer.back() + 1));
  return (layer.starts_with("encoder") ? "encoder/conv" : "decoder/upconv") + number + kind;
}

std::string remakes_name(const std::string& ours) {
  const std::string kind = ours.ends_with(".bias") ? ".bias" : ".weight";
  const std::string layer = ours.substr(0, ours.rfind('.'));
  if (layer == "encoder.code") return "en_layers.4" + kind;
  if (layer == "decoder.full") return "de_layers.0" + kind;
  if (layer == "decoder.out") return "de_layers.5" + kind;
  const auto number = static_cast<char>(layer.back() + (layer.starts_with("encoder") ? 0 : 1));
  return (layer.starts_with("encoder") ? "en_layers." : "de_layers.") + std::string(1, number) +
         ".conv" + kind;
}

/// The authors' rows of a convolution are channel * K + k.
std::vector<double> turned_convolution(const std::vector<double>& theirs, const Shape& shape) {
  std::vector<double> out(theirs.size());
  for (std::int64_t k = 0; k < shape[0]; ++k)
    for (std::int64_t i = 0; i < shape[1]; ++i)
      for (std::int64_t o = 0; o < shape[2]; ++o)
        out[static_cast<std::size_t>((k * shape[1] + i) * shape[2] + o)] =
            theirs[static_cast<std::size_t>((i * shape[0] + k) * shape[2] + o)];
  return out;
}

/// The re-make's fully connected weights are [out, in].
std::vector<double> transposed(const std::vector<double>& theirs, const Shape& shape) {
  std::vector<double> out(theirs.size());
  for (std::int64_t i = 0; i < shape[0]; ++i)
    for (std::int64_t o = 0; o < shape[1]; ++o)
      out[static_cast<std::size_t>(i * shape[1] + o)] =
          theirs[static_cast<std::size_t>(o * shape[0] + i)];
  return out;
}

}  // namespace

ComaSize published_size(const io::Safetensors& weights, const std::string& where) {
  ComaSize out;
  const bool authors = is_authors(weights);
  out.form = authors ? ComaForm::kRelu : ComaForm::kElu;
  const std::string prefix = authors ? "" : prefix_of(weights, where);
  const auto array = [&](const std::string& ours) -> const io::StoredTensor& {
    return weights.at(prefix + (authors ? authors_name(ours) : remakes_name(ours)), where);
  };
  for (std::size_t i = 0; i < kPools; ++i)
    out.filters[i] = array(text("encoder.", i, ".bias")).size();
  out.latent = array("encoder.code.bias").size();
  const std::int64_t first = array("encoder.0.weight").size();
  for (const std::int64_t width : out.filters)
    if (width < 1 || width > 4096)
      input_error(where, ": has a convolution of ", width, " channels, expected 1 to 4096");
  const std::int64_t row = 3 * out.filters[0];
  if (first % row != 0 || first / row < 1 || first / row > 32 || out.latent < 1 ||
      out.latent > 4096)
    input_error(where, ": its first convolution holds ", first, " numbers for ", out.filters[0],
                " channels, and its code ", out.latent, "; it is of another network");
  out.terms = first / row;
  return out;
}

recon::HierarchyMatrices published_hierarchy(const mesh::TriangleMesh& topology, ComaForm form,
                                             const std::filesystem::path& matrices) {
  if (matrices.empty()) {
    mesh::HierarchyOptions options;
    options.collapse = mesh::CollapseRule::kReference;
    options.unpool = mesh::UnpoolRule::kReference;
    options.numbering = mesh::Numbering::kAsGiven;
    return coma_hierarchy(topology, form, {}, options);
  }
  mesh::Hierarchy read = mesh::read_original_hierarchy(matrices);
  if (read.levels.size() != kPools + 1 ||
      read.levels[0].vertices() != static_cast<std::int64_t>(topology.vertices.size()))
    input_error(matrices.string(), ": holds ", read.levels.size(), " levels, the finest of ",
                read.levels[0].vertices(), " vertices; expected ", kPools + 1, " of ",
                topology.vertices.size());
  if (form == ComaForm::kElu) weigh_edges_alike(read);
  return recon::matrices_of(read);
}

ComaModel import_coma(const Context& ctx, ComaParts parts, const io::Safetensors& weights,
                      const std::string& where) {
  parts.size = published_size(weights, where);
  const bool authors = parts.size.form == ComaForm::kRelu;
  const std::string prefix = authors ? "" : prefix_of(weights, where);
  const std::int64_t flat = parts.matrices.laplacian.back().rows * parts.size.filters.back();
  const io::StoredTensor& full =
      weights.at(prefix + (authors ? "decoder/fc2/bias" : "de_layers.0.bias"), where);
  if (full.size() != flat)
    input_error(where, ": its fully connected layers are of ",
                full.size() / parts.size.filters.back(), " coarsest vertices, the hierarchy has ",
                parts.matrices.laplacian.back().rows,
                "; give the matrices that it was trained with (--matrices)");
  Rng rng(0);
  ComaModel out(ctx, std::move(parts), rng);
  for (Parameter* p : out.network().parameters()) {
    const std::string name = prefix + (authors ? authors_name(p->name) : remakes_name(p->name));
    const Shape& shape = p->value.shape();
    std::vector<double> values = weights.at(name, where).doubles();
    if (static_cast<std::int64_t>(values.size()) != shape.size())
      input_error(where, ": '", name, "' holds ", values.size(), " numbers, expected ",
                  shape.size());
    for (const double x : values)
      if (!(std::abs(x) <= 1e6)) input_error(where, ": '", name, "' holds ", x);
    if (authors && shape.rank == 3) values = turned_convolution(values, shape);
    if (!authors && shape.rank == 2) values = transposed(values, shape);
    p->value = Tensor::of(ctx, shape, values);
  }
  return out;
}

double mean_mesh_distance(const ComaModel& model) {
  const std::vector<double>& mean = model.parts().statistics.mean;
  const std::vector<float> positions(mean.begin(), mean.end());
  double sum = 0;
  const std::vector<float> y = model.normalised(model.through(positions));
  for (const float x : y) sum += std::abs(static_cast<double>(x));
  return sum / static_cast<double>(y.size());
}

}  // namespace fgcn::train
