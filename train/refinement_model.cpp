#include "train/refinement_model.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/unary.h"
#include "layers/generator.h"
#include "layers/patch_encoder.h"
#include "mesh/hierarchy.h"
#include "train/hierarchy_arrays.h"
#include "train/photo_base.h"
#include "train/posed_face.h"

namespace fgcn::train {
namespace {

constexpr const char* kFormat = "fgcn refinement 1";
/// How much of the base is put back at inference where it is believed. Of real skin the network
/// takes out more than light, and detail with it (docs/training-default.md).
constexpr float kPhotoShare = 0.35F;
/// The crop's pixels that make one of the encoder's.
constexpr std::int64_t kShrink = kCropSize / PatchEncoder::kCrop;

/// A fingerprint of the triangles (FNV-1a, 64 bits), in hexadecimal: vertices that are numbered
/// otherwise make another mesh.
std::string mesh_fingerprint(const mesh::FaceModel& face) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&hash](std::uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      hash = (hash ^ ((value >> (8 * i)) & 0xff)) * 0x100000001b3ULL;
    }
  };
  add(static_cast<std::uint64_t>(face.vertices()));
  for (const mesh::Triangle& t : face.triangles) {
    for (const std::int32_t v : t) add(static_cast<std::uint64_t>(v));
  }
  char digits[17] = {};
  std::to_chars(digits, digits + 16, hash, 16);
  return digits;
}

std::string metadata(const mesh::Safetensors& file, const std::string& key,
                     const std::string& where) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) {
    input_error(where, ": is not a file of refinement weights (no '", key,
                "'); give one that fgcn_train wrote");
  }
  return found->second;
}

std::int64_t metadata_size(const mesh::Safetensors& file, const std::string& key,
                           const std::string& where) {
  const std::string value = metadata(file, key, where);
  std::int64_t out = -1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  constexpr std::int64_t kMost = 4096;
  if (error != std::errc() || end != value.data() + value.size() || out < 0 || out > kMost) {
    input_error(where, ": '", key, "' is '", value, "', expected a number up to ", kMost);
  }
  return out;
}

void check_observation(const Observation& o, std::int64_t vertices) {
  const auto count = static_cast<std::size_t>(vertices);
  FGCN_CHECK(o.crop.height == kCropSize && o.crop.width == kCropSize && o.crop.channels == 4,
             "refine: the crop is ", o.crop.height, " x ", o.crop.width, " x ", o.crop.channels,
             ", expected 224 x 224 x 4");
  FGCN_CHECK(o.coarse_albedo.size() == 3 * count && o.photo_colour.size() == 3 * count &&
                 o.light.size() == 3 * count && o.visible.size() == count &&
                 o.facing.size() == count,
             "refine: an array of the observation is not of ", vertices, " vertices");
}

}  // namespace

struct RefinementModel::Impl {
  Impl(const Context& context, const mesh::FaceModel& face, HierarchyMatrices hierarchy,
       const RefinementConfig& wanted, Rng& rng)
      : ctx(context),
        config(wanted),
        matrices(std::move(hierarchy)),
        encoder(context, wanted.embedding, rng),
        generator(context, {context, matrices.laplacian, matrices.down, matrices.up},
                  wanted.embedding, rng, {.hidden = wanted.detail_width}),
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

  std::int64_t vertices() const { return static_cast<std::int64_t>(matrices.order.size()); }
  std::vector<Parameter*> parameters() {
    std::vector<Parameter*> out;
    encoder.add_to(out);
    for (Parameter* p : generator.parameters()) out.push_back(p);
    return out;
  }

  Context ctx;
  RefinementConfig config;
  HierarchyMatrices matrices;
  PatchEncoder encoder;
  Generator generator;
  PhotoBaseMaker base;
  std::optional<Tone> tone;
  std::string fingerprint;
  std::string face_name;
};

namespace {

/// The crop at a quarter of its size, cut into patches in the encoder's order.
void cut_patches(const Image& crop, real* out) {
  constexpr std::int64_t kSide = PatchEncoder::kPatchSide;
  constexpr std::int64_t kBlocksAside = PatchEncoder::kPatchesAside / 2;
  constexpr float kShare = 1.0f / static_cast<float>(kShrink * kShrink);
  const auto pixel = [&](std::int64_t y, std::int64_t x) {
    for (std::int64_t c = 0; c < PatchEncoder::kChannels; ++c) {
      float sum = 0;
      for (std::int64_t i = 0; i < kShrink * kShrink; ++i) {
        sum += crop.at(y * kShrink + i / kShrink, x * kShrink + i % kShrink)[c];
      }
      *out++ = static_cast<real>(2 * kShare * sum - 1);
    }
  };
  for (std::int64_t block = 0; block < kBlocksAside * kBlocksAside; ++block) {
    for (std::int64_t part = 0; part < 4; ++part) {
      const std::int64_t y = (block / kBlocksAside * 2 + part / 2) * kSide;
      const std::int64_t x = (block % kBlocksAside * 2 + part % 2) * kSide;
      for (std::int64_t i = 0; i < kSide * kSide; ++i) {
        pixel(y + i / kSide, x + i % kSide);
      }
    }
  }
}

}  // namespace

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
  return from_file(ctx, face, mesh::read_safetensors(path), path.string());
}

RefinementModel RefinementModel::from_file(const Context& ctx, const mesh::FaceModel& face,
                                           const mesh::Safetensors& file,
                                           const std::string& where) {
  if (metadata(file, "format", where) != kFormat) {
    input_error(where, ": is of another format than '", kFormat, "'; train anew with fgcn_train");
  }
  if (metadata(file, "mesh", where) != mesh_fingerprint(face)) {
    input_error(where, ": was trained on the face model '", metadata(file, "face model", where),
                "' (", metadata(file, "vertices", where), " vertices), not on '", face.name, "' (",
                face.vertices(), "); train for this one with fgcn_train --face-model");
  }
  RefinementConfig config;
  const std::string output = metadata(file, "output", where);
  if (output != "residual" && output != "plain") {
    input_error(where, ": 'output' is '", output, "', expected residual or plain");
  }
  config.output = output == "plain" ? OutputForm::kPlain : OutputForm::kResidual;
  config.embedding = metadata_size(file, "embedding", where);
  config.detail_width = metadata_size(file, "detail width", where);
  if (config.embedding == 0) input_error(where, ": 'embedding' is 0");

  HierarchyMatrices hierarchy = take_hierarchy(file, face.vertices(), where);
  for (const Csr& l : hierarchy.laplacian) {
    if (!SparseOperator(Context(Device::kCpu, 1), l).symmetric())
      input_error(where, ": a Laplacian is not symmetric; get the file anew");
  }
  Rng rng(1);
  auto impl = std::make_unique<Impl>(ctx, face, std::move(hierarchy), config, rng);
  for (Parameter* p : impl->parameters()) {
    const std::vector<float> values = file.at(p->name, where).floats();
    if (static_cast<std::int64_t>(values.size()) != p->value.size()) {
      input_error(where, ": '", p->name, "' holds ", values.size(), " numbers, expected ",
                  p->value.size(), "; it is of another network");
    }
    for (const float v : values) {
      if (!std::isfinite(v)) input_error(where, ": '", p->name, "' is not finite");
    }
    p->value = Tensor::of(ctx, p->value.shape(), values);
  }
  impl->tone = take_tone(file, where);
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
  return {{photos * PatchEncoder::kPatches, PatchEncoder::kPatchValues},
          {vertices(), photos, 7},
          {vertices(), photos, 3}};
}

void RefinementModel::prepare(std::span<const Observation* const> observations,
                              std::span<real> patches, std::span<real> input,
                              std::span<real> base) const {
  for (const Observation* o : observations) check_observation(*o, vertices());
  std::vector<PhotoBase> bases(observations.size());
#pragma omp parallel for num_threads(impl_->ctx.threads())
  for (std::size_t n = 0; n < bases.size(); ++n) bases[n] = impl_->base(*observations[n]);
  prepare(observations, bases, patches, input, base);
}

void RefinementModel::prepare(std::span<const Observation* const> observations,
                              std::span<const PhotoBase> bases, std::span<real> patches,
                              std::span<real> input, std::span<real> packed_base) const {
  constexpr std::int64_t kOfPhoto = PatchEncoder::kPatches * PatchEncoder::kPatchValues;
  const auto photos = static_cast<std::int64_t>(observations.size());
  FGCN_CHECK(static_cast<std::int64_t>(patches.size()) == photos * kOfPhoto, "prepare: room for ",
             patches.size(), " pixels, expected ", photos * kOfPhoto);
  std::vector<std::vector<float>> arrays(observations.size());
#pragma omp parallel for num_threads(impl_->ctx.threads())
  for (std::int64_t n = 0; n < photos; ++n) {
    const auto at = static_cast<std::size_t>(n);
    const Observation& o = *observations[at];
    cut_patches(o.crop, patches.data() + n * kOfPhoto);
    const PhotoBase& base = bases[at];
    std::vector<float>& all = arrays[at];
    all.resize(7 * base.confidence.size());
    for (std::size_t v = 0; v < base.confidence.size(); ++v) {
      for (std::size_t c = 0; c < 3; ++c) {
        all[7 * v + c] = 2 * o.coarse_albedo[3 * v + c] - 1;
        all[7 * v + 3 + c] = 2 * base.colour[3 * v + c] - 1;
      }
      all[7 * v + 6] = base.confidence[v];
    }
  }
  std::vector<const std::vector<float>*> inputs, colours;
  for (const std::vector<float>& one : arrays) inputs.push_back(&one);
  for (const PhotoBase& base : bases) colours.push_back(&base.colour);
  pack(inputs, 1, 0, input);
  pack(colours, 2, -1, packed_base);
}

Var RefinementModel::operator()(Tape& tape, const RefinementBatch& batch) const {
  const Var embedding = impl_->encoder(tape.constant(batch.patches));
  const Var out = impl_->generator(embedding, tape.constant(batch.input));
  if (impl_->config.output == OutputForm::kPlain) return out;
  return ops::clamp(ops::add(out, tape.constant(batch.base)), -1, 1);
}

std::vector<float> RefinementModel::refine(const Observation& observation) const {
  check_observation(observation, vertices());
  const Observation* one[] = {&observation};
  const PhotoBase base = impl_->base(observation);
  const BatchSizes shapes = sizes(1);
  const auto room = [](const Shape& shape) {
    return std::vector<real>(static_cast<std::size_t>(shape.size()));
  };
  std::vector<real> patches = room(shapes.patches), input = room(shapes.input),
                    packed_base = room(shapes.base);
  prepare(one, {&base, 1}, patches, input, packed_base);
  const Context& ctx = impl_->ctx;
  Tape tape(ctx, Record::kNothing);
  const Var refined =
      (*this)(tape, {Tensor::of(ctx, shapes.patches, patches), Tensor::of(ctx, shapes.input, input),
                     Tensor::of(ctx, shapes.base, packed_base)});
  std::vector<float> out = unpack(refined.value().to_host(), 1, 0, 0.5, 0.5);
  const bool residual = impl_->config.output == OutputForm::kResidual;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float share = residual ? kPhotoShare * base.confidence[i / 3] : 0.0F;
    out[i] = std::clamp(out[i] + share * (base.colour[i] - out[i]), 0.0F, 1.0F);
  }
  if (!impl_->tone) return out;
  const auto features =
      tone_features(observation.photo_colour, observation.coarse_albedo, observation.light, out,
                    observation.visible, observation.gamma);
  if (!features) return out;
  const std::array<float, 3> gain = impl_->tone->gain(*features);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::min(out[i] * gain[i % 3], 1.0F);
  return out;
}

const std::optional<Tone>& RefinementModel::tone() const { return impl_->tone; }
void RefinementModel::set_tone(std::optional<Tone> tone) { impl_->tone = std::move(tone); }

std::vector<Parameter*> RefinementModel::parameters() { return impl_->parameters(); }
const RefinementConfig& RefinementModel::config() const { return impl_->config; }
std::int64_t RefinementModel::vertices() const { return impl_->vertices(); }

mesh::Safetensors RefinementModel::weights(const std::map<std::string, std::string>& more,
                                           Precision precision) const {
  mesh::Safetensors file;
  file.metadata = more;
  file.metadata["format"] = kFormat;
  file.metadata["mesh"] = impl_->fingerprint;
  file.metadata["face model"] = impl_->face_name;
  file.metadata["vertices"] = std::to_string(vertices());
  file.metadata["output"] = impl_->config.output == OutputForm::kPlain ? "plain" : "residual";
  file.metadata["embedding"] = std::to_string(impl_->config.embedding);
  file.metadata["detail width"] = std::to_string(impl_->config.detail_width);
  put_hierarchy(file, impl_->matrices);
  for (const Parameter* p : impl_->parameters()) {
    const std::vector<real> host = p->value.to_host();
    const std::vector<float> values(host.begin(), host.end());
    std::vector<std::int64_t> shape;
    for (int i = 0; i < p->value.shape().rank; ++i) shape.push_back(p->value.dim(i));
    file.tensors[p->name] = precision == Precision::kHalf
                                ? mesh::StoredTensor::half(std::move(shape), values)
                                : mesh::StoredTensor::of(std::move(shape), values);
  }
  if (impl_->tone) put_tone(file, *impl_->tone);
  return file;
}

}  // namespace fgcn::train
