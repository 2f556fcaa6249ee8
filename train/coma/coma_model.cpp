#include "train/coma/coma_model.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/laplacian.h"

namespace fgcn::train {
namespace {

constexpr const char* kFormat = "fgcn coma 1";
constexpr std::int64_t kChunk = 16;  // meshes that pass the network at once

std::string number_text(double value) {
  char out[64] = {};
  std::to_chars(out, out + sizeof out - 1, value);
  return out;
}

const std::string& entry(const io::Safetensors& file, const char* key, const std::string& where) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    input_error(where, ": its header has no '", key, "'; it is no file of fgcn_coma");
  return found->second;
}

double number_of(const io::Safetensors& file, const char* key, double least, double most,
                 const std::string& where) {
  const std::string& value = entry(file, key, where);
  double out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size() || !(out >= least && out <= most))
    input_error(where, ": its '", key, "' is '", value, "', expected a number from ", least, " to ",
                most);
  return out;
}

std::vector<double> finite(const io::Safetensors& file, const std::string& name, std::int64_t size,
                           const std::string& where) {
  std::vector<double> out = file.at(name, where).doubles();
  if (static_cast<std::int64_t>(out.size()) != size)
    input_error(where, ": '", name, "' holds ", out.size(), " numbers, expected ", size);
  for (const double x : out)
    if (!(std::abs(x) <= 1e30)) input_error(where, ": '", name, "' holds ", x);
  return out;
}

io::StoredTensor stored(std::vector<std::int64_t> shape, const std::vector<double>& values) {
  return io::StoredTensor::of(std::move(shape), std::span<const double>(values));
}

/// Shapes of the weights of that network by name, from sizes alone.
std::map<std::string, std::vector<std::int64_t>> weight_shapes(const ComaSize& size,
                                                               std::int64_t coarsest) {
  std::map<std::string, std::vector<std::int64_t>> out;
  const std::size_t pools = size.filters.size();
  const auto convolution = [&](const std::string& name, std::int64_t in, std::int64_t width) {
    out[name + ".weight"] = {size.terms, in, width};
    out[name + ".bias"] = {width};
  };
  std::int64_t channels = 3;
  for (std::size_t i = 0; i < pools; ++i)
    convolution(text("encoder.", i), std::exchange(channels, size.filters[i]), size.filters[i]);
  for (std::size_t i = 0; i < pools; ++i) {
    const std::int64_t width = size.filters[pools - 1 - i];
    convolution(text("decoder.", i), std::exchange(channels, width), width);
  }
  convolution("decoder.out", channels, 3);
  if (size.form == ComaForm::kRelu) out.erase("decoder.out.bias");
  const std::int64_t flat = coarsest * size.filters.back();
  out["encoder.code.weight"] = {flat, size.latent};
  out["encoder.code.bias"] = {size.latent};
  out["decoder.full.weight"] = {size.latent, flat};
  out["decoder.full.bias"] = {flat};
  if (size.variational) {
    out["encoder.log_variance.weight"] = {flat, size.latent};
    out["encoder.log_variance.bias"] = {size.latent};
  }
  return out;
}

ComaSize size_of(const io::Safetensors& file, const std::string& where) {
  ComaSize out;
  const std::string& form = entry(file, "recipe", where);
  if (form != "relu" && form != "elu")
    input_error(where, ": its 'recipe' is '", form, "', expected relu or elu");
  out.form = form == "relu" ? ComaForm::kRelu : ComaForm::kElu;
  out.latent = static_cast<std::int64_t>(number_of(file, "latent", 1, 4096, where));
  out.terms = static_cast<std::int64_t>(number_of(file, "terms", 1, 32, where));
  out.variational = number_of(file, "variational", 0, 1, where) != 0;
  const std::vector<std::int32_t> filters = file.at("filters", where).ints();
  if (filters.size() != 4) input_error(where, ": has ", filters.size(), " filters, expected 4");
  out.filters.assign(filters.begin(), filters.end());
  for (const std::int64_t width : out.filters)
    if (width < 1 || width > 4096)
      input_error(where, ": has a filter of ", width, " channels, expected 1 to 4096");
  return out;
}

mesh::TriangleMesh topology_of(const io::Safetensors& file, const std::string& where) {
  mesh::TriangleMesh out;
  const std::vector<double> vertices = file.at("template.vertices", where).doubles();
  const std::vector<std::int32_t> corners = file.at("template.triangles", where).ints();
  if (vertices.empty() || vertices.size() % 3 != 0 || corners.size() % 3 != 0)
    input_error(where, ": its template is no mesh");
  for (std::size_t i = 0; i < vertices.size(); i += 3)
    out.vertices.push_back({vertices[i], vertices[i + 1], vertices[i + 2]});
  for (std::size_t i = 0; i < corners.size(); i += 3)
    out.triangles.push_back({corners[i], corners[i + 1], corners[i + 2]});
  for (const double x : vertices)
    if (!(std::abs(x) <= 1e30)) input_error(where, ": its template holds ", x);
  try {
    check(out);
  } catch (const Error&) {
    input_error(where, ": a triangle of its template names a vertex that there is not");
  }
  return out;
}

GraphHierarchy graphs_of(const Context& ctx, const recon::HierarchyMatrices& m) {
  return GraphHierarchy(ctx, m.laplacian, m.down, m.up);
}

}  // namespace

MeshStatistics mesh_statistics(std::span<const float> rows, std::int64_t width,
                               std::span<const std::int64_t> which, Deviation deviation) {
  const auto count = static_cast<double>(which.size());
  const auto columns = static_cast<std::size_t>(width);
  MeshStatistics out{std::vector<double>(columns), std::vector<double>(columns)};
  const auto row = [&](std::int64_t i) { return rows.data() + i * width; };
  for (const std::int64_t i : which)
    for (std::size_t c = 0; c < columns; ++c) out.mean[c] += static_cast<double>(row(i)[c]);
  for (double& m : out.mean) m /= count;
  for (const std::int64_t i : which)
    for (std::size_t c = 0; c < columns; ++c) {
      const double d = static_cast<double>(row(i)[c]) - out.mean[c];
      out.deviation[c] += d * d;
    }
  const double divisor = deviation == Deviation::kUnbiased ? std::max(count - 1, 1.0) : count;
  double largest = 0;
  for (double& d : out.deviation) largest = std::max(largest, d = std::sqrt(d / divisor));
  // Below a millionth of the largest is the rounding of single precision: such a coordinate rests.
  for (double& d : out.deviation)
    if (!(d > 1e-6 * largest)) d = 0;
  return out;
}

CodeStatistics code_statistics(std::span<const float> codes, std::int64_t latent) {
  CodeStatistics out;
  const auto z = static_cast<std::size_t>(latent);
  const std::size_t count = codes.size() / z;
  out.mean.assign(z, 0);
  out.covariance.assign(z * z, 0);
  for (std::size_t i = 0; i < codes.size(); ++i)
    out.mean[i % z] += static_cast<double>(codes[i]) / static_cast<double>(count);
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t a = 0; a < z; ++a)
      for (std::size_t b = 0; b < z; ++b)
        out.covariance[a * z + b] += (static_cast<double>(codes[n * z + a]) - out.mean[a]) *
                                     (static_cast<double>(codes[n * z + b]) - out.mean[b]) /
                                     static_cast<double>(count);
  return out;
}

ComaModel::ComaModel(const Context& ctx, ComaParts parts, Rng& rng)
    : ctx_(ctx),
      parts_(std::move(parts)),
      network_(
          std::make_unique<ComaNetwork>(ctx, graphs_of(ctx, parts_.matrices), parts_.size, rng)) {
  FGCN_CHECK(network_->vertices() == vertices(), "ComaModel: the hierarchy has ",
             network_->vertices(), " vertices, the template ", vertices());
}

ComaModel ComaModel::from_file(const Context& ctx, const io::Safetensors& file,
                               const std::string& where) {
  if (const std::string& format = entry(file, "format", where); format != kFormat)
    input_error(where, ": is of format '", format, "', expected '", kFormat, "'");
  ComaParts parts;
  parts.size = size_of(file, where);
  parts.topology = topology_of(file, where);
  const auto vertices = static_cast<std::int64_t>(parts.topology.vertices.size());
  parts.matrices = recon::take_hierarchy(file, vertices, where);
  const auto shapes = weight_shapes(parts.size, parts.matrices.laplacian.back().rows);
  for (const auto& [name, shape] : shapes)
    if (file.at("weights." + name, where).shape != shape)
      input_error(where, ": 'weights.", name, "' is not of the network's shape");
  parts.statistics.mean = finite(file, "mean", 3 * vertices, where);
  parts.statistics.deviation = finite(file, "deviation", 3 * vertices, where);
  for (const double d : parts.statistics.deviation)
    if (!(d >= 0)) input_error(where, ": 'deviation' holds ", d, ", expected 0 or more");
  const std::int64_t z = parts.size.latent;
  if (file.tensors.contains("code.mean")) {
    parts.codes.mean = finite(file, "code.mean", z, where);
    parts.codes.covariance = finite(file, "code.covariance", z * z, where);
  }
  parts.millimetres = number_of(file, "millimetres", 1e-9, 1e9, where);
  parts.split = entry(file, "split", where);
  for (const Csr& l : parts.matrices.laplacian) {
    const Csr turned = transpose(l);
    if (turned.row_begin != l.row_begin || turned.col != l.col || turned.value != l.value)
      input_error(where, ": a Laplacian of its hierarchy is not symmetric");
  }
  Rng rng(0);
  ComaModel out(ctx, std::move(parts), rng);
  for (Parameter* p : out.network_->parameters())
    p->value = Tensor::of(ctx, p->value.shape(),
                          finite(file, "weights." + p->name, p->value.size(), where));
  return out;
}

ComaModel ComaModel::read(const Context& ctx, const std::filesystem::path& path) {
  return from_file(ctx, io::read_safetensors(path), path.string());
}

io::Safetensors ComaModel::file() const {
  io::Safetensors out;
  const ComaSize& size = parts_.size;
  out.metadata = {{"format", kFormat},
                  {"recipe", size.form == ComaForm::kRelu ? "relu" : "elu"},
                  {"latent", std::to_string(size.latent)},
                  {"terms", std::to_string(size.terms)},
                  {"variational", size.variational ? "1" : "0"},
                  {"millimetres", number_text(parts_.millimetres)},
                  {"split", parts_.split}};
  const std::vector<std::int32_t> filters(size.filters.begin(), size.filters.end());
  out.tensors["filters"] = io::StoredTensor::of({4}, std::span<const std::int32_t>(filters));
  const std::int64_t v = vertices();
  std::vector<double> positions;
  for (const mesh::Vec3& p : parts_.topology.vertices)
    positions.insert(positions.end(), p.begin(), p.end());
  std::vector<std::int32_t> corners;
  for (const mesh::Triangle& t : parts_.topology.triangles)
    corners.insert(corners.end(), t.begin(), t.end());
  out.tensors["template.vertices"] = stored({v, 3}, positions);
  out.tensors["template.triangles"] =
      io::StoredTensor::of({static_cast<std::int64_t>(parts_.topology.triangles.size()), 3},
                           std::span<const std::int32_t>(corners));
  recon::put_hierarchy(out, parts_.matrices);
  out.tensors["mean"] = stored({v, 3}, parts_.statistics.mean);
  out.tensors["deviation"] = stored({v, 3}, parts_.statistics.deviation);
  if (!parts_.codes.empty()) {
    out.tensors["code.mean"] = stored({size.latent}, parts_.codes.mean);
    out.tensors["code.covariance"] = stored({size.latent, size.latent}, parts_.codes.covariance);
  }
  for (const Parameter* p : network_->parameters()) {
    const std::vector<real> values = p->value.to_host();
    const std::vector<float> floats(values.begin(), values.end());
    const Shape& shape = p->value.shape();
    std::vector<std::int64_t> extents;
    for (int i = 0; i < shape.rank; ++i) extents.push_back(shape[i]);
    out.tensors["weights." + p->name] =
        io::StoredTensor::of(std::move(extents), std::span<const float>(floats));
  }
  return out;
}

std::vector<float> ComaModel::normalised(std::span<const float> positions) const {
  const std::int64_t v = vertices(), count = static_cast<std::int64_t>(positions.size()) / (3 * v);
  FGCN_CHECK(count * 3 * v == static_cast<std::int64_t>(positions.size()),
             "ComaModel: ", positions.size(), " coordinates for meshes of ", v, " vertices");
  std::vector<float> out(positions.size());
  const MeshStatistics& s = parts_.statistics;
  for (std::int64_t n = 0; n < count; ++n)
    for (std::int64_t p = 0; p < v; ++p)
      for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t from = 3 * parts_.matrices.order[static_cast<std::size_t>(p)] + c;
        const auto at = static_cast<std::size_t>(from);
        const double off =
            static_cast<double>(positions[static_cast<std::size_t>(n * 3 * v + from)]) - s.mean[at];
        out[static_cast<std::size_t>((n * v + p) * 3 + c)] =
            s.deviation[at] > 0 ? static_cast<float>(off / s.deviation[at]) : 0.0F;
      }
  return out;
}

std::vector<float> ComaModel::denormalised(std::span<const float> rows) const {
  const std::int64_t v = vertices();
  std::vector<float> out(rows.size());
  const MeshStatistics& s = parts_.statistics;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto width = static_cast<std::size_t>(3 * v);
    const std::size_t mesh = i / width, place = i % width / 3, c = i % 3;
    const std::size_t to = 3 * static_cast<std::size_t>(parts_.matrices.order[place]) + c;
    out[mesh * width + to] =
        static_cast<float>(static_cast<double>(rows[i]) * s.deviation[to] + s.mean[to]);
  }
  return out;
}

Tensor ComaModel::batch(std::span<const float> rows, std::span<const std::int64_t> which) const {
  const std::int64_t v = vertices();
  const auto count = static_cast<std::int64_t>(which.size());
  std::vector<real> out(static_cast<std::size_t>(v * count * 3));
  for (std::int64_t n = 0; n < count; ++n) {
    const float* row = rows.data() + which[static_cast<std::size_t>(n)] * v * 3;
    for (std::int64_t p = 0; p < v; ++p)
      for (std::int64_t c = 0; c < 3; ++c)
        out[static_cast<std::size_t>((p * count + n) * 3 + c)] = static_cast<real>(row[p * 3 + c]);
  }
  return Tensor::of(ctx_, {v, count, 3}, out);
}

std::vector<float> ComaModel::encode(std::span<const float> positions) const {
  const std::int64_t width = 3 * vertices();
  const std::int64_t count = static_cast<std::int64_t>(positions.size()) / width;
  std::vector<float> out;
  for (std::int64_t begin = 0; begin < count; begin += kChunk) {
    const std::int64_t some = std::min(kChunk, count - begin);
    const std::vector<float> rows = normalised(positions.subspan(
        static_cast<std::size_t>(begin * width), static_cast<std::size_t>(some * width)));
    std::vector<std::int64_t> which;
    for (std::int64_t i = 0; i < some; ++i) which.push_back(i);
    Tape tape(ctx_, Record::kNothing);
    const std::vector<real> z =
        network_->encode(tape.constant(batch(rows, which))).mean.value().to_host();
    out.insert(out.end(), z.begin(), z.end());
  }
  return out;
}

std::vector<float> ComaModel::decode(std::span<const float> codes) const {
  const std::int64_t z = latent(), v = vertices();
  const std::int64_t count = static_cast<std::int64_t>(codes.size()) / z;
  FGCN_CHECK(count * z == static_cast<std::int64_t>(codes.size()), "ComaModel: ", codes.size(),
             " numbers for codes of ", z);
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(count * v * 3));
  for (std::int64_t begin = 0; begin < count; begin += kChunk) {
    const std::int64_t some = std::min(kChunk, count - begin);
    const std::vector<real> part(codes.begin() + begin * z, codes.begin() + (begin + some) * z);
    Tape tape(ctx_, Record::kNothing);
    const std::vector<real> y =
        network_->decode(tape.constant(Tensor::of(ctx_, {some, z}, part))).value().to_host();
    std::vector<float> rows(y.size());
    for (std::int64_t p = 0; p < v; ++p)
      for (std::int64_t n = 0; n < some; ++n)
        for (std::int64_t c = 0; c < 3; ++c)
          rows[static_cast<std::size_t>((n * v + p) * 3 + c)] =
              static_cast<float>(y[static_cast<std::size_t>((p * some + n) * 3 + c)]);
    const std::vector<float> meshes = denormalised(rows);
    out.insert(out.end(), meshes.begin(), meshes.end());
  }
  return out;
}

std::vector<float> ComaModel::through(std::span<const float> positions) const {
  return decode(encode(positions));
}

void weigh_edges_alike(mesh::Hierarchy& hierarchy) {
  for (mesh::Level& level : hierarchy.levels) {
    Csr binary = level.adjacency;
    std::fill(binary.value.begin(), binary.value.end(), decltype(binary.value)::value_type(1));
    level.rescaled = mesh::rescaled_laplacian(mesh::normalised_laplacian(binary));
  }
}

recon::HierarchyMatrices coma_hierarchy(const mesh::TriangleMesh& topology, ComaForm form,
                                        const std::filesystem::path& cache,
                                        const mesh::HierarchyOptions& options) {
  constexpr std::int64_t kLeast = 1024;  // three vertices are left of them, four times a quarter
  if (static_cast<std::int64_t>(topology.vertices.size()) < kLeast)
    input_error("the template has ", topology.vertices.size(), " vertices, expected ", kLeast,
                " or more: four levels, each a quarter of the one before, lie below it");
  mesh::Hierarchy built;
  try {
    built = cache.empty() ? mesh::build_hierarchy(topology, options)
                          : mesh::load_or_build_hierarchy(topology, options, cache);
  } catch (const Error& error) {
    input_error("the template has no hierarchy (", error.what(), "); give a cleaner mesh");
  }
  if (form == ComaForm::kElu) weigh_edges_alike(built);
  return recon::matrices_of(built);
}

}  // namespace fgcn::train
