#include "train/photos/photo_batch.h"

#include <algorithm>
#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/rasterize.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "io/hash.h"
#include "kernels/core/parallel_failure.h"
#include "photo/face_chip.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine/crop_identity.h"
#include "recon/refine/fixed_embedding.h"
#include "train/photos/photo_losses.h"

namespace fgcn::train {
namespace {

/// Fingerprint of the crop: one name may stand for several crops of one photo.
std::uint64_t fingerprint(const recon::PhotoSample& sample) {
  const auto bytes = [](const auto& values) {
    return std::span(reinterpret_cast<const std::uint8_t*>(values.data()),
                     values.size() * sizeof values[0]);
  };
  return Hash64().add(bytes(sample.crop.pixels)).add(bytes(sample.landmarks)).value();
}

/// Triangles between the places that a hierarchy's order gives the vertices.
std::vector<std::int32_t> renumbered(std::vector<std::int32_t> faces,
                                     const std::vector<std::int32_t>& order) {
  std::vector<std::int32_t> place(order.size());
  for (std::size_t p = 0; p < order.size(); ++p)
    place[static_cast<std::size_t>(order[p])] = static_cast<std::int32_t>(p);
  for (std::int32_t& v : faces) v = place[static_cast<std::size_t>(v)];
  return faces;
}

void check_sample(const recon::PhotoSample& sample, std::int64_t vertices, std::int64_t side) {
  const auto size = static_cast<std::size_t>(3 * vertices);
  const recon::FitResult& fit = sample.fit;
  FGCN_CHECK(fit.screen.size() == size && fit.normals.size() == size &&
                 fit.albedo_colors.size() == size && fit.vertex_irradiance.size() == size,
             "photo batch: an array of '", sample.name, "' is not of ", vertices, " vertices");
  FGCN_CHECK(sample.crop.channels == 4 && sample.crop.height == side && sample.crop.width == side,
             "photo batch: the crop of '", sample.name, "' is ", sample.crop.height, " x ",
             sample.crop.width, " x ", sample.crop.channels, ", expected ", side, " x ", side,
             " x 4");
}

/// The mask of a crop [S, S, 4].
void put_mask(const Image& crop, std::span<real> out) {
  for (std::size_t i = 3; i < crop.pixels.size(); i += 4)
    out[i / 4] = static_cast<real>(crop.pixels[i]);
}

/// One photo's part of an array whose first axis is the photo's.
std::span<real> part_of(std::span<real> all, std::size_t photos, std::size_t photo) {
  return all.subspan(all.size() / photos * photo, all.size() / photos);
}

enum Array : std::size_t {
  kPatches,
  kInput,
  kBase,
  kCoarse,
  kColor,
  kVisible,
  kLight,
  kScreen,
  kPhoto,
  kSkin,
  kWeights,
  kChips,
  kIdentity
};

}  // namespace

PhotoBatcher::PhotoBatcher(const Context& ctx, const recon::RefinementModel& model,
                           const mesh::FaceModel& face, const recon::PhotoNetworks& fixed,
                           UseGraph graph)
    : ctx_(ctx),
      model_(model),
      fixed_(fixed),
      faces_(recon::flat(face.triangles)),
      triangles_(ctx, face.vertices(), renumbered(faces_, model.order())),
      embedder_{{}, {}, {}, RepeatedWork(graph)} {
  recon::check_networks(model.config(), fixed, "the decoder");
}

ChipGrid PhotoBatcher::chip_grid(std::int64_t side) const {
  const std::int64_t own = fixed_.identity->sizes().side;
  return {own, std::clamp<std::int64_t>(side / own, 1, 16)};
}

PhotoRoom PhotoBatcher::room(std::int64_t photos, std::int64_t side, Identities wanted,
                             std::int64_t uploads) const {
  const std::int64_t vertices = model_.vertices();
  const recon::BatchSizes sizes = model_.sizes(photos);
  const bool taken = model_.config().embedding_form != recon::EmbeddingForm::kPatches;
  const Shape three = sizes.base;
  std::vector<Shape> shapes{taken ? Shape{0} : sizes.patches,
                            sizes.input,
                            sizes.base,
                            three,
                            three,
                            Shape{vertices, photos, 1},
                            three,
                            Shape{photos, vertices, 3},
                            Shape{photos, side, side, 3},
                            Shape{photos, side, side, 1},
                            Shape{kPhotoWeights}};
  const bool identities = fixed_.identity != nullptr && (taken || wanted == Identities::kYes);
  if (identities) {
    shapes.push_back({photos, chip_points(chip_grid(side)), 2});
    shapes.push_back({photos, fixed_.identity->feature_size()});
  }
  PhotoRoom out;
  out.arrays_ = BatchArrays(ctx_, shapes, uploads);
  const auto part = [&](Array which) { return out.arrays_.on_device(which); };
  out.batch_ = {{taken ? Tensor() : part(kPatches), part(kInput), part(kBase)},
                part(kCoarse),
                part(kColor),
                part(kVisible),
                part(kLight),
                part(kScreen),
                part(kPhoto),
                part(kSkin),
                part(kWeights),
                identities ? part(kChips) : Tensor(),
                identities ? part(kIdentity) : Tensor(),
                {}};
  if (taken)
    out.batch_.embedding = recon::one_result(fixed_, model_.config().embedding_form)
                               ? part(kIdentity)
                               : Tensor(ctx_, sizes.patches);
  return out;
}

const PhotoBatcher::Numbers& PhotoBatcher::numbers_of(const recon::PhotoSample& sample,
                                                      const PhotoBatch& batch, std::int64_t at) {
  const std::string key = text(sample.name, ' ', fingerprint(sample));
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  Embedder& e = embedder_;
  const auto room_like = [this](const Tensor& all) {
    if (!all.defined()) return Tensor();
    Shape shape = all.shape();
    shape.sizes[0] = 1;
    return Tensor(ctx_, shape);
  };
  const bool one = recon::one_result(fixed_, model_.config().embedding_form);
  const auto numbers_room = [&] {
    const Tensor identity = room_like(batch.identity);
    return Numbers{identity, one ? identity : room_like(batch.embedding)};
  };
  const std::int64_t side = batch.photo.dim(1);
  if (!e.photo.defined() || e.photo.dim(1) != side) {
    e.photo = room_like(batch.photo);
    e.points = room_like(batch.chips);
    e.numbers = numbers_room();
    e.work.forget();
  }
  const auto copy = [this](const Tensor& from, const Tensor& to, std::int64_t part) {
    if (to.defined()) ctx_.runtime().copy(to.data(), from.data() + part * to.size(), to.bytes());
  };
  copy(batch.photo, e.photo, at);
  copy(batch.chips, e.points, at);
  e.work(ctx_, [&] {
    Tape tape(ctx_, Record::kNothing);
    const Var photo = to_unit(tape.constant(e.photo));
    const Var chip = face_chip(photo, e.points, chip_grid(side));
    const recon::CropNumbers numbers =
        recon::crop_numbers(fixed_, model_.config().embedding_form, photo, chip);
    copy(numbers.features.value(), e.numbers.identity, 0);
    if (numbers.embedding.defined() && !one)
      copy(numbers.embedding.value(), e.numbers.embedding, 0);
  });
  const bool apart = e.numbers.embedding.defined() && !one;
  const auto bytes = static_cast<std::int64_t>(e.numbers.identity.bytes() +
                                               (apart ? e.numbers.embedding.bytes() : 0));
  if (static_cast<std::int64_t>(known_.size() + 1) * bytes > kMostRemembered && !known_.empty()) {
    known_.erase(oldest_.front());
    oldest_.pop_front();
  }
  oldest_.push_back(key);
  Numbers& out = known_.emplace(key, numbers_room()).first->second;
  copy(e.numbers.identity, out.identity, 0);
  if (apart) copy(e.numbers.embedding, out.embedding, 0);
  return out;
}

void PhotoBatcher::put_identities(const PhotoFacts& facts, const PhotoBatch& batch) {
  const auto put = [this](const Tensor& own, const Tensor& all, std::int64_t n) {
    if (all.defined()) ctx_.runtime().copy(all.data() + n * own.size(), own.data(), own.bytes());
  };
  const bool apart = !recon::one_result(fixed_, model_.config().embedding_form);
  for (std::int64_t n = 0; n < facts.size(); ++n) {
    const Numbers& own = numbers_of(*facts.samples[static_cast<std::size_t>(n)], batch, n);
    put(own.identity, batch.identity, n);
    if (apart) put(own.embedding, batch.embedding, n);
  }
}

RenderedFaces PhotoBatcher::draw(const PhotoBatch& batch) const {
  Tape tape(ctx_, Record::kNothing);
  const std::int64_t side = batch.photo.dim(1);
  const Var raster =
      ops::rasterize(tape.constant(batch.screen), triangles_, {.height = side, .width = side},
                     {.cull = kernels::Cull::kBack});
  // The triangle's number plus one: 0 where there is none.
  const Var alpha = ops::clamp(ops::slice(raster, {.axis = 3, .begin = 3, .size = 1}), 0, 1);
  return {raster.value(), ops::mul(alpha, tape.constant(batch.skin)).value()};
}

recon::RefinementBatch PhotoBatcher::input_of(const PhotoBatch& batch) const {
  recon::RefinementBatch out = batch.input;
  if (!out.patches.defined())
    out.patches = recon::fixed_embedding(ctx_, model_.config().embedding_form, batch.embedding);
  return out;
}

PhotoFacts PhotoBatcher::send(std::span<const recon::PhotoSample* const> samples, PhotoRoom& room,
                              const std::array<double, kPhotoWeights>& weights) {
  FGCN_CHECK(!samples.empty(), "photo batch: no photos");
  FGCN_CHECK(static_cast<std::int64_t>(samples.size()) == room.photos(),
             "photo batch: ", samples.size(), " photos, room for ", room.photos());
  const std::int64_t side = room.batch().photo.dim(1);
  for (const recon::PhotoSample* sample : samples) check_sample(*sample, model_.vertices(), side);
  PhotoFacts out;
  out.samples.assign(samples.begin(), samples.end());
  out.observations.resize(samples.size());
  BatchArrays& arrays = room.arrays_;
  arrays.begin();
  const bool identities = room.batch().identity.defined();
  const auto count = static_cast<std::int64_t>(samples.size());
  const auto put = [&](std::int64_t n) {
    const auto at = static_cast<std::size_t>(n);
    const recon::PhotoSample& sample = *samples[at];
    out.observations[at] = recon::observe(sample, faces_, model_.config());
    const auto own = [&](Array which) { return part_of(arrays.room(which), samples.size(), at); };
    recon::put_signed_colors(sample.crop, own(kPhoto));
    put_mask(sample.crop, own(kSkin));
    const std::span<real> screen = own(kScreen);
    for (std::size_t p = 0; p < model_.order().size(); ++p)
      for (std::size_t c = 0; c < 3; ++c)
        screen[3 * p + c] = static_cast<real>(
            sample.fit.screen[3 * static_cast<std::size_t>(model_.order()[p]) + c]);
  };
  ParallelFailure failure;
#pragma omp parallel for num_threads(ctx_.threads())
  for (std::int64_t n = 0; n < count; ++n) failure.keep([&] { put(n); });
  failure.rethrow();
  if (identities) {
    for (std::size_t n = 0; n < samples.size(); ++n)
      put_chip_points(recon::identity_window(*fixed_.identity, *samples[n]), chip_grid(side),
                      part_of(arrays.room(kChips), samples.size(), n));
    std::fill_n(arrays.room(kIdentity).data(), arrays.room(kIdentity).size(), real(0));
  }

  std::vector<const recon::Observation*> observations;
  std::vector<const std::vector<float>*> coarse, color, visible, light;
  for (const recon::Observation& o : out.observations) {
    observations.push_back(&o);
    coarse.push_back(&o.coarse_albedo);
    color.push_back(&o.photo_color);
    visible.push_back(&o.visible);
    light.push_back(&o.vertex_irradiance);
  }
  model_.prepare(observations, arrays.room(kPatches), arrays.room(kInput), arrays.room(kBase));
  model_.pack(coarse, 2, -1, arrays.room(kCoarse));
  model_.pack(color, 2, -1, arrays.room(kColor));
  model_.pack(visible, 1, 0, arrays.room(kVisible));
  model_.pack(light, 1, 0, arrays.room(kLight));
  std::transform(weights.begin(), weights.end(), arrays.room(kWeights).begin(),
                 [](double w) { return static_cast<real>(w); });
  arrays.send();
  if (identities) put_identities(out, room.batch());
  return out;
}

}  // namespace fgcn::train
