#include "recon/refine/refinement_model.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/unary.h"
#include "io/arrays/safetensors_range.h"
#include "io/hash.h"
#include "kernels/core/parallel_failure.h"
#include "layers/generator.h"
#include "layers/patch_encoder.h"
#include "mesh/hierarchy.h"
#include "recon/fit/posed_face.h"
#include "recon/refine/crop_patches.h"
#include "recon/refine/fixed_embedding.h"
#include "recon/refine/hierarchy_arrays.h"
#include "recon/refine/photo_base.h"

namespace fgcn::recon {
namespace {

constexpr const char* kFormat = "fgcn refinement 2";
constexpr std::uint64_t kMostBytes = std::uint64_t{2} << 30;  // the default network has 6 million
constexpr double kLargestWeight = 1e6;  // trained ones stay below 100, half precision below 65,520

/// A fingerprint of the triangles (FNV-1a, 64 bits), in hexadecimal: vertices that are numbered
/// otherwise make another mesh.
std::string mesh_fingerprint(const mesh::FaceModel& face) {
  Hash64 hash;
  hash.add(static_cast<std::uint64_t>(face.vertices()));
  for (const mesh::Triangle& t : face.triangles) {
    for (const std::int32_t v : t) hash.add(static_cast<std::uint64_t>(v));
  }
  char digits[17] = {};
  std::to_chars(digits, digits + 16, hash.fnv1a(), 16);
  return digits;
}

std::vector<std::int64_t> sizes_of(const Tensor& tensor) {
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(tensor.shape().rank));
  for (int i = 0; i < tensor.shape().rank; ++i) out.push_back(tensor.dim(i));
  return out;
}

/// InputError unless the texts of the header are those of weights for this face model.
void check_kind(const mesh::FaceModel& face, const io::Safetensors& file,
                const std::string& where) {
  if (metadata_text(file, "format", where) != kFormat) {
    input_error(where, ": is of another format than '", kFormat, "'; train anew with fgcn_train");
  }
  if (metadata_text(file, "mesh", where) != mesh_fingerprint(face)) {
    input_error(where, ": was trained on the face model '",
                metadata_text(file, "face model", where), "' (",
                metadata_text(file, "vertices", where), " vertices), not on '", face.name, "' (",
                face.vertices(),
                "); give that one with --face-model, or train for this one with fgcn_train train");
  }
}

/// Whose face it is, as the network takes it, is made beside (RefinementModel::prepare) or read.
enum class Faces { kFake, kRead };

void check_observation(const Observation& o, std::int64_t vertices, const RefinementConfig& config,
                       Faces faces) {
  const auto count = static_cast<std::size_t>(vertices);
  if (faces == Faces::kRead) {
    const bool fixed = config.embedding_form != EmbeddingForm::kPatches;
    FGCN_CHECK(!fixed || static_cast<std::int64_t>(o.embedding.size()) == config.embedding,
               "refine: the observation's embedding has ", o.embedding.size(),
               " numbers, the weights take ", config.embedding);
    FGCN_CHECK(
        fixed || (o.crop.height == kCropSize && o.crop.width == kCropSize && o.crop.channels == 4),
        "refine: the crop is ", o.crop.height, " x ", o.crop.width, " x ", o.crop.channels,
        ", expected 224 x 224 x 4");
  }
  FGCN_CHECK(o.coarse_albedo.size() == 3 * count && o.photo_color.size() == 3 * count &&
                 o.vertex_irradiance.size() == 3 * count && o.visible.size() == count &&
                 o.facing.size() == count,
             "refine: an array of the observation is not of ", vertices, " vertices");
}

bool needs_base(const RefinementConfig& config) {
  return config.output == OutputForm::kResidual || config.input == InputForm::kBase;
}

GeneratorSize size_of(const RefinementConfig& config) {
  GeneratorSize out = generator_size(config.generator, config.activation, config.branch_output);
  out.form = config.weights;
  out.hidden = config.detail_width;
  return out;
}

/// [7 V] what the refiner sees of a photo.
std::vector<float> input_of(const Observation& o, const PhotoBase& base, InputForm form) {
  std::vector<float> out(7 * o.visible.size());
  for (std::size_t v = 0; v < o.visible.size(); ++v) {
    float* to = &out[7 * v];
    for (std::size_t c = 0; c < 3; ++c) {
      to[c] = 2 * o.coarse_albedo[3 * v + c] - 1;
      to[3 + c] = form == InputForm::kBase ? 2 * base.color[3 * v + c] - 1
                                           : (2 * o.photo_color[3 * v + c] - 1) * o.visible[v];
    }
    to[6] = form == InputForm::kBase ? base.confidence[v] : o.visible[v];
  }
  return out;
}

}  // namespace

struct RefinementModel::Impl {
  Impl(const Context& context, const mesh::FaceModel& face, HierarchyMatrices hierarchy,
       const RefinementConfig& wanted, Rng& rng)
      : ctx(context),
        config(wanted),
        matrices(std::move(hierarchy)),
        encoder(encoder_of(context, wanted, rng)),
        generator(context, {context, matrices.laplacian, matrices.down, matrices.up},
                  wanted.embedding, rng, size_of(wanted)),
        base(face),
        fingerprint(mesh_fingerprint(face)),
        face_name(face.name) {
    // So that training starts from the base itself.
    if (config.output == OutputForm::kResidual) {
      Parameter& last = *parameters().back();
      std::vector<real> values = last.value.to_host();
      for (real& value : values) value *= real(0.05);
      last.value = Tensor::of(ctx, last.value.shape(), values);
    }
  }

  static std::optional<PatchEncoder> encoder_of(const Context& ctx, const RefinementConfig& config,
                                                Rng& rng) {
    if (config.embedding_form != EmbeddingForm::kPatches) return std::nullopt;
    return PatchEncoder(ctx, config.embedding, rng, config.weights);
  }
  std::int64_t vertices() const { return static_cast<std::int64_t>(matrices.order.size()); }
  std::vector<Parameter*> parameters() {
    std::vector<Parameter*> out;
    if (encoder) encoder->add_to(out);
    for (Parameter* p : generator.parameters()) out.push_back(p);
    return out;
  }

  Context ctx;
  RefinementConfig config;
  HierarchyMatrices matrices;
  std::optional<PatchEncoder> encoder;
  Generator generator;
  PhotoBaseMaker base;
  std::optional<AlbedoGain> gain;
  std::string fingerprint;
  std::string face_name;
  LayerWatch watch;
};

RefinementModel::RefinementModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RefinementModel::RefinementModel(RefinementModel&&) noexcept = default;
RefinementModel& RefinementModel::operator=(RefinementModel&&) noexcept = default;
RefinementModel::~RefinementModel() = default;

RefinementModel::RefinementModel(const Context& ctx, const mesh::FaceModel& face,
                                 const mesh::Hierarchy& hierarchy, const RefinementConfig& config,
                                 Rng& rng)
    : impl_(std::make_unique<Impl>(ctx, face, matrices_of(hierarchy), config, rng)) {
  FGCN_CHECK(vertices() == face.vertices(), "RefinementModel: the hierarchy has ", vertices(),
             " vertices, the face model ", face.vertices());
}

RefinementModel RefinementModel::load(const Context& ctx, const mesh::FaceModel& face,
                                      const std::filesystem::path& path) {
  const std::string where = path.string();
  return from_file(ctx, face, io::read_safetensors(path, judge(face, where)), where);
}

bool RefinementModel::is_for(const mesh::FaceModel& face, const io::Safetensors& header,
                             const std::string& where) {
  return metadata_text(header, "mesh", where) == mesh_fingerprint(face);
}

io::HeaderJudge RefinementModel::judge(const mesh::FaceModel& face, const std::string& where) {
  return [&face, where](const io::Safetensors& header) {
    check_kind(face, header, where);
    io::check_bytes(header, kMostBytes, where);
  };
}

RefinementModel RefinementModel::from_file(const Context& ctx, const mesh::FaceModel& face,
                                           const io::Safetensors& file, const std::string& where) {
  check_kind(face, file, where);
  const RefinementConfig config = take_config(file, where);
  HierarchyMatrices hierarchy = take_hierarchy(file, face.vertices(), where);
  for (const Csr& l : hierarchy.laplacian) {
    if (!SparseOperator(Context(Device::kCpu, 1), l).symmetric())
      input_error(where, ": a Laplacian is not symmetric; get the file anew");
  }
  Rng rng(1);
  auto impl = std::make_unique<Impl>(ctx, face, std::move(hierarchy), config, rng);
  for (Parameter* p : impl->parameters()) {
    const std::vector<float> values = io::floats_within(file, p->name, kLargestWeight, where);
    // As many numbers in another order would pass for weights.
    if (file.at(p->name, where).shape != sizes_of(p->value))
      input_error(where, ": '", p->name, "' is not of shape ", p->value.shape(),
                  "; it is of another network");
    p->value = Tensor::of(ctx, p->value.shape(), values);
  }
  impl->gain = take_gain(file, where);
  return RefinementModel(std::move(impl));
}

void RefinementModel::pack(std::span<const std::vector<float>* const> values, double scale,
                           double offset, std::span<real> out) const {
  const auto photos = static_cast<std::int64_t>(values.size());
  FGCN_CHECK(photos > 0, "pack: no photographs");
  const std::int64_t channels = static_cast<std::int64_t>(values[0]->size()) / vertices();
  FGCN_CHECK(static_cast<std::int64_t>(out.size()) == vertices() * photos * channels, "pack: room ",
             "for ", out.size(), " values, expected ", vertices() * photos * channels);
  for (std::int64_t n = 0; n < photos; ++n) {
    const std::vector<float>& from = *values[static_cast<std::size_t>(n)];
    FGCN_CHECK(static_cast<std::int64_t>(from.size()) == vertices() * channels, "pack: photo ", n,
               " has ", from.size(), " values, expected ", vertices() * channels);
    for (std::int64_t p = 0; p < vertices(); ++p) {
      const std::int64_t v = impl_->matrices.order[static_cast<std::size_t>(p)];
      for (std::int64_t c = 0; c < channels; ++c) {
        out[static_cast<std::size_t>((p * photos + n) * channels + c)] = static_cast<real>(
            scale * static_cast<double>(from[static_cast<std::size_t>(v * channels + c)]) + offset);
      }
    }
  }
}

std::vector<float> RefinementModel::unpack(std::span<const real> packed, std::int64_t photos,
                                           std::int64_t photo, double scale, double offset) const {
  FGCN_CHECK(photo >= 0 && photo < photos && !packed.empty() &&
                 static_cast<std::int64_t>(packed.size()) % (vertices() * photos) == 0,
             "unpack: photo ", photo, " of ", photos, " in ", packed.size(), " values");
  const std::int64_t channels = static_cast<std::int64_t>(packed.size()) / (vertices() * photos);
  std::vector<float> out(static_cast<std::size_t>(vertices() * channels));
  for (std::int64_t p = 0; p < vertices(); ++p) {
    const std::int64_t v = impl_->matrices.order[static_cast<std::size_t>(p)];
    for (std::int64_t c = 0; c < channels; ++c) {
      const real x = packed[static_cast<std::size_t>((p * photos + photo) * channels + c)];
      out[static_cast<std::size_t>(v * channels + c)] =
          static_cast<float>(scale * static_cast<double>(x) + offset);
    }
  }
  return out;
}

BatchSizes RefinementModel::sizes(std::int64_t photos) const {
  const Shape patches = impl_->encoder
                            ? Shape{photos * PatchEncoder::kPatches, PatchEncoder::kPatchValues}
                            : Shape{photos, config().embedding};
  return {patches, {vertices(), photos, 7}, {vertices(), photos, 3}};
}

void RefinementModel::prepare(std::span<const Observation* const> observations,
                              std::span<real> patches, std::span<real> input,
                              std::span<real> base) const {
  const Faces faces = patches.empty() ? Faces::kFake : Faces::kRead;
  for (const Observation* o : observations) check_observation(*o, vertices(), config(), faces);
  std::vector<PhotoBase> bases(observations.size());
  if (needs_base(config())) {
    ParallelFailure failure;
#pragma omp parallel for num_threads(impl_->ctx.threads())
    for (std::size_t n = 0; n < bases.size(); ++n)
      failure.keep([&] { bases[n] = impl_->base(*observations[n]); });
    failure.rethrow();
  }
  prepare(observations, bases, patches, input, base);
}

void RefinementModel::prepare(std::span<const Observation* const> observations,
                              std::span<const PhotoBase> bases, std::span<real> patches,
                              std::span<real> input, std::span<real> packed_base) const {
  const auto photos = static_cast<std::int64_t>(observations.size());
  FGCN_CHECK(
      patches.empty() || static_cast<std::int64_t>(patches.size()) == sizes(photos).patches.size(),
      "prepare: room for ", patches.size(), " pixels, expected ", sizes(photos).patches.size());
  const std::size_t of_photo = patches.size() / std::max<std::size_t>(observations.size(), 1);
  std::vector<std::vector<float>> arrays(observations.size());
  ParallelFailure failure;
#pragma omp parallel for num_threads(impl_->ctx.threads())
  for (std::int64_t n = 0; n < photos; ++n) {
    failure.keep([&] {
      const auto at = static_cast<std::size_t>(n);
      const Observation& o = *observations[at];
      if (impl_->encoder && !patches.empty())
        cut_patches(o.crop, patches.subspan(at * of_photo, of_photo));
      arrays[at] = input_of(o, bases[at], config().input);
    });
  }
  failure.rethrow();
  if (!impl_->encoder && !patches.empty()) {
    for (std::size_t n = 0; n < observations.size(); ++n)
      put_embedding(observations[n]->embedding, config().embedding_form,
                    patches.subspan(n * of_photo, of_photo));
  }
  std::vector<const std::vector<float>*> inputs, colors;
  for (const std::vector<float>& one : arrays) inputs.push_back(&one);
  for (const PhotoBase& base : bases) colors.push_back(&base.color);
  pack(inputs, 1, 0, input);
  if (needs_base(config())) {
    pack(colors, 2, -1, packed_base);
  } else {
    std::fill(packed_base.begin(), packed_base.end(), real(0));
  }
}

Var RefinementModel::operator()(Tape& tape, const RefinementBatch& batch) const {
  const Var patches = tape.constant(batch.patches);
  const Var embedding =
      tape.shown("encoder", Curve::kPart, impl_->encoder ? (*impl_->encoder)(patches) : patches);
  Var out = impl_->generator(embedding, tape.constant(batch.input));
  if (impl_->config.output == OutputForm::kPlain) return out;
  return ops::clamp(ops::add(out, tape.constant(batch.base)), -1, 1);
}

std::vector<float> RefinementModel::refine(const Observation& observation) const {
  check_observation(observation, vertices(), config(), Faces::kRead);
  const Observation* one[] = {&observation};
  const PhotoBase base = needs_base(config()) ? impl_->base(observation) : PhotoBase();
  const BatchSizes shapes = sizes(1);
  const auto room = [](const Shape& shape) {
    return std::vector<real>(static_cast<std::size_t>(shape.size()));
  };
  std::vector<real> patches = room(shapes.patches), input = room(shapes.input),
                    packed_base = room(shapes.base);
  prepare(one, {&base, 1}, patches, input, packed_base);
  const Context& ctx = impl_->ctx;
  Tape tape(ctx, Record::kNothing);
  tape.watch(impl_->watch);
  const Var refined =
      (*this)(tape, {Tensor::of(ctx, shapes.patches, patches), Tensor::of(ctx, shapes.input, input),
                     Tensor::of(ctx, shapes.base, packed_base)});
  std::vector<float> out = unpack(refined.value().to_host(), 1, 0, 0.5, 0.5);
  if (config().output == OutputForm::kResidual) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float weight = static_cast<float>(config().blend_weight) * base.confidence[i / 3];
      out[i] = std::clamp(out[i] + weight * (base.color[i] - out[i]), 0.0F, 1.0F);
    }
  }
  if (!impl_->gain) return out;
  const auto features = gain_features(observation.photo_color, observation.coarse_albedo,
                                      observation.vertex_irradiance, out, observation.visible,
                                      observation.sh_coefficients);
  if (!features) return out;
  const std::array<float, 3> gain = impl_->gain->gain(*features);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::min(out[i] * gain[i % 3], 1.0F);
  return out;
}

void RefinementModel::watch(LayerWatch watch) { impl_->watch = std::move(watch); }

const std::optional<AlbedoGain>& RefinementModel::gain() const { return impl_->gain; }
void RefinementModel::set_gain(std::optional<AlbedoGain> gain) { impl_->gain = std::move(gain); }

std::vector<Parameter*> RefinementModel::parameters() { return impl_->parameters(); }
const RefinementConfig& RefinementModel::config() const { return impl_->config; }
void RefinementModel::set_blend_weight(double weight) {
  FGCN_CHECK(weight >= 0 && weight <= 1, "blend weight: ", weight);
  impl_->config.blend_weight = weight;
}
void RefinementModel::set_networks(std::string networks) {
  impl_->config.networks = std::move(networks);
}
const std::vector<std::int32_t>& RefinementModel::order() const { return impl_->matrices.order; }
std::int64_t RefinementModel::vertices() const { return impl_->vertices(); }

io::Safetensors RefinementModel::weights(const std::map<std::string, std::string>& more,
                                         Precision precision) const {
  io::Safetensors file;
  file.metadata = more;
  file.metadata["format"] = kFormat;
  file.metadata["mesh"] = impl_->fingerprint;
  file.metadata["face model"] = impl_->face_name;
  file.metadata["vertices"] = std::to_string(vertices());
  put_config(file, impl_->config);
  put_hierarchy(file, impl_->matrices);
  for (const Parameter* p : impl_->parameters()) {
    const std::vector<real> host = p->value.to_host();
    const std::vector<float> values(host.begin(), host.end());
    std::vector<std::int64_t> shape = sizes_of(p->value);
    file.tensors[p->name] = precision == Precision::kHalf
                                ? io::StoredTensor::half(std::move(shape), values)
                                : io::StoredTensor::of(std::move(shape), values);
  }
  if (impl_->gain) put_gain(file, *impl_->gain);
  return file;
}

}  // namespace fgcn::recon
