#include "train/photo_batch.h"

#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/rasterize.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "kernels/core/hash.h"
#include "photo/face_chip.h"
#include "train/identity.h"
#include "train/photo_losses.h"
#include "train/triangle_list.h"

namespace fgcn::train {
namespace {

/// Of what is cut: one name may stand for several cuts of one photo.
std::uint64_t fingerprint(const PhotoSample& sample) {
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

void check_sample(const PhotoSample& sample, std::int64_t vertices, std::int64_t side) {
  const auto size = static_cast<std::size_t>(3 * vertices);
  const FitResult& fit = sample.fit;
  FGCN_CHECK(fit.screen.size() == size && fit.normals.size() == size &&
                 fit.albedo_colours.size() == size && fit.light_colours.size() == size,
             "photo batch: an array of '", sample.name, "' is not of ", vertices, " vertices");
  FGCN_CHECK(sample.crop.channels == 4 && sample.crop.height == side && sample.crop.width == side,
             "photo batch: the crop of '", sample.name, "' is ", sample.crop.height, " x ",
             sample.crop.width, " x ", sample.crop.channels, ", expected ", side, " x ", side,
             " x 4");
}

/// The colours of crops [S, S, 4] in [-1, 1]; and their masks.
Tensor colours_of(const Context& ctx, std::span<const PhotoSample* const> samples) {
  const std::int64_t side = samples.front()->crop.height;
  std::vector<real> out;
  out.reserve(3 * samples.size() * static_cast<std::size_t>(side * side));
  for (const PhotoSample* sample : samples)
    for (std::size_t i = 0; i < sample->crop.pixels.size(); ++i)
      if (i % 4 != 3) out.push_back(2 * static_cast<real>(sample->crop.pixels[i]) - 1);
  return Tensor::of(ctx, {static_cast<std::int64_t>(samples.size()), side, side, 3}, out);
}
Tensor masks_of(const Context& ctx, std::span<const PhotoSample* const> samples) {
  const std::int64_t side = samples.front()->crop.height;
  std::vector<real> out;
  for (const PhotoSample* sample : samples)
    for (std::size_t i = 3; i < sample->crop.pixels.size(); i += 4)
      out.push_back(static_cast<real>(sample->crop.pixels[i]));
  return Tensor::of(ctx, {static_cast<std::int64_t>(samples.size()), side, side, 1}, out);
}

}  // namespace

ChipMap identity_window(const IdentityNetwork& network, const PhotoSample& sample) {
  return chip_map(photo::face_chip_view(sample.landmarks, {.side = network.sizes().side}));
}

std::vector<float> crop_identity(const Context& ctx, const IdentityNetwork& network,
                                 const PhotoSample& sample) {
  Tape tape(ctx, Record::kNothing);
  const PhotoSample* one[] = {&sample};
  const Var chip = face_chip(to_unit(tape.constant(colours_of(ctx, one))),
                             {identity_window(network, sample)}, {.side = network.sizes().side});
  const std::vector<real> host = network(chip).value().to_host();
  return {host.begin(), host.end()};
}

PhotoBatcher::PhotoBatcher(const Context& ctx, const RefinementModel& model,
                           const mesh::FaceModel& face, const IdentityNetwork* identity)
    : ctx_(ctx),
      model_(model),
      face_(face),
      identity_(identity),
      faces_(flat(face.triangles)),
      triangles_(ctx, face.vertices(), renumbered(faces_, model.order())) {
  if (model.config().embedding_form != EmbeddingForm::kIdentity) return;
  if (identity == nullptr)
    input_error("these weights take a face's identity; give the identity network's file");
  FGCN_CHECK(identity->sizes().embedding == model.config().embedding,
             "photo batch: the identity network gives ", identity->sizes().embedding,
             " numbers, the weights take ", model.config().embedding);
}

Tensor PhotoBatcher::packed(std::span<const std::vector<float>* const> values, double scale,
                            double offset) const {
  const auto photos = static_cast<std::int64_t>(values.size());
  const std::int64_t channels =
      static_cast<std::int64_t>(values.front()->size()) / model_.vertices();
  const Shape shape{model_.vertices(), photos, channels};
  std::vector<real> host(static_cast<std::size_t>(shape.size()));
  model_.pack(values, scale, offset, host);
  return Tensor::of(ctx_, shape, host);
}

const std::vector<float>& PhotoBatcher::identity_of(const PhotoSample& sample) {
  const std::string key = text(sample.name, ' ', fingerprint(sample));
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  if (known_.size() == kMostRemembered) {
    known_.erase(oldest_.front());
    oldest_.pop_front();
  }
  oldest_.push_back(key);
  return known_.emplace(key, crop_identity(ctx_, *identity_, sample)).first->second;
}

void PhotoBatcher::put_pictures(PhotoBatch& batch) const {
  Tape tape(ctx_, Record::kNothing);
  const std::int64_t side = batch.samples.front()->crop.height, vertices = model_.vertices();
  std::vector<real> screen;
  screen.reserve(static_cast<std::size_t>(3 * vertices * batch.size()));
  for (const PhotoSample* sample : batch.samples)
    for (const std::int32_t v : model_.order())
      for (std::size_t c = 0; c < 3; ++c)
        screen.push_back(
            static_cast<real>(sample->fit.screen[3 * static_cast<std::size_t>(v) + c]));
  const Var raster =
      ops::rasterize(tape.constant(Tensor::of(ctx_, {batch.size(), vertices, 3}, screen)),
                     triangles_, {.height = side, .width = side}, {.cull = kernels::Cull::kBack});
  // The triangle's number plus one: 0 where there is none.
  const Var alpha = ops::clamp(ops::slice(raster, {.axis = 3, .begin = 3, .size = 1}), 0, 1);
  batch.raster = raster.value();
  batch.alpha = alpha.value();
  batch.photo = colours_of(ctx_, batch.samples);
  batch.mask = ops::mul(alpha, tape.constant(masks_of(ctx_, batch.samples))).value();
}

PhotoBatch PhotoBatcher::operator()(std::span<const PhotoSample* const> samples,
                                    Identities wanted) {
  FGCN_CHECK(!samples.empty(), "photo batch: no photos");
  PhotoBatch out;
  out.samples.assign(samples.begin(), samples.end());
  for (const PhotoSample* sample : samples)
    check_sample(*sample, model_.vertices(), samples.front()->crop.height);

  const auto count = static_cast<std::int64_t>(samples.size());
  out.observations.resize(samples.size());
#pragma omp parallel for num_threads(ctx_.threads())
  for (std::int64_t n = 0; n < count; ++n) {
    const auto at = static_cast<std::size_t>(n);
    out.observations[at] = observe(*samples[at], faces_, model_.config());
  }
  const bool taken = model_.config().embedding_form == EmbeddingForm::kIdentity;
  if (identity_ != nullptr && (taken || wanted == Identities::kYes)) {
    const auto numbers = static_cast<std::int64_t>(identity_->sizes().embedding);
    std::vector<float> all;
    for (std::size_t n = 0; n < samples.size(); ++n) {
      out.chips.push_back(identity_window(*identity_, *samples[n]));
      const std::vector<float>& own = identity_of(*samples[n]);
      out.observations[n].embedding = own;
      all.insert(all.end(), own.begin(), own.end());
    }
    out.identity = Tensor::of(ctx_, {count, numbers}, all);
  }

  std::vector<const Observation*> observations;
  std::vector<const std::vector<float>*> coarse, colour, seen, light;
  for (const Observation& o : out.observations) {
    observations.push_back(&o);
    coarse.push_back(&o.coarse_albedo);
    colour.push_back(&o.photo_colour);
    seen.push_back(&o.visible);
    light.push_back(&o.light);
  }
  const BatchSizes sizes = model_.sizes(count);
  const auto room = [](const Shape& shape) {
    return std::vector<real>(static_cast<std::size_t>(shape.size()));
  };
  std::vector<real> patches = room(sizes.patches), input = room(sizes.input),
                    base = room(sizes.base);
  model_.prepare(observations, patches, input, base);
  out.input = {Tensor::of(ctx_, sizes.patches, patches), Tensor::of(ctx_, sizes.input, input),
               Tensor::of(ctx_, sizes.base, base)};
  out.coarse = packed(coarse, 2, -1);
  out.colour = packed(colour, 2, -1);
  out.seen = packed(seen, 1, 0);
  out.light = packed(light, 1, 0);
  put_pictures(out);
  return out;
}

}  // namespace fgcn::train
