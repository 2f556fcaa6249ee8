#include "train/training_step.h"

#include <array>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/not_finite.h"

namespace fgcn::train {
namespace {

/// Where the arrays of a batch lie in its one array: apart by whole cache lines.
class Layout {
 public:
  explicit Layout(std::span<const Shape> shapes) {
    constexpr std::int64_t kLine = 64;
    for (const Shape& shape : shapes) {
      first_.push_back(size_);
      size_ += (shape.size() + kLine - 1) / kLine * kLine;
    }
  }
  std::int64_t first(std::size_t which) const { return first_[which]; }
  std::int64_t size() const { return size_; }

 private:
  std::vector<std::int64_t> first_;
  std::int64_t size_ = 0;
};

enum Array : std::size_t {
  kPatches,
  kInput,
  kBase,
  kAlbedo,
  kWeight,
  kPhoto,
  kClear,
  kShares,
  kArrays
};

std::array<Shape, kArrays> shapes_of(const RefinementModel& model, std::int64_t batch) {
  const BatchSizes sizes = model.sizes(batch);
  const Shape three = sizes.base, one{three[0], three[1], 1};
  return {sizes.patches, sizes.input, sizes.base, three, one, three, one, Shape{2}};
}

/// A sum as an array of single precision holds it.
double rounded(double sum) { return static_cast<double>(static_cast<real>(sum)); }

}  // namespace

TrainingStep::TrainingStep(const Context& ctx, RefinementModel& model, Adam& adam,
                           const LossOptions& options, std::int64_t batch, UseGraph graph)
    : ctx_(ctx),
      model_(model),
      adam_(adam),
      options_(options),
      batch_(batch),
      use_graph_(graph),
      latest_(Tensor::zeros(ctx, {3})),
      unread_losses_(Tensor::zeros(ctx, {kMostUnread, 3})) {
  FGCN_CHECK(batch > 0, "training step: a batch of ", batch);
  const auto shapes = shapes_of(model, batch);
  const Layout layout(shapes);
  batch_host_ = PinnedPair<real>(ctx, layout.size());
  batch_device_ = Tensor::zeros(ctx, {layout.size()});
  const auto part = [&](Array which) {
    return batch_device_.part(layout.first(which), shapes[which]);
  };
  input_ = {part(kPatches), part(kInput), part(kBase)};
  const Shape colours = shapes[kBase];
  followed_device_ = Tensor::zeros(ctx, {2 * colours.size()});
  targets_ = {part(kAlbedo), followed_device_.part(colours.size(), colours),
              part(kWeight), followed_device_.part(0, colours),
              part(kPhoto),  part(kClear),
              part(kShares)};
  followed_host_ = PinnedPair<real>(ctx, followed_device_.size());
  answer_host_ = Pinned<real>(ctx, colours.size());
  answered_ = ctx.runtime().make_mark();
}

void TrainingStep::send(std::span<const SyntheticFace* const> faces) {
  std::vector<const Observation*> observations;
  std::vector<const std::vector<float>*> albedo, photo, clear, weight;
  std::vector<std::vector<float>> weights;
  double weighed = 0, cleared = 0;
  for (const SyntheticFace* face : faces) {
    const Observation& o = face->observation;
    observations.push_back(&o);
    albedo.push_back(&face->albedo);
    photo.push_back(&o.photo_colour);
    clear.push_back(&face->clear);
    std::vector<float> of_face;
    for (const float visible : o.visible) {
      of_face.push_back(visible > 0.5f ? 1.0f : static_cast<float>(options_.unseen_weight));
      weighed += static_cast<double>(of_face.back());
    }
    for (const float c : face->clear) cleared += static_cast<double>(c);
    weights.push_back(std::move(of_face));
  }
  for (const auto& w : weights) weight.push_back(&w);

  const auto shapes = shapes_of(model_, batch_);
  const Layout layout(shapes);
  real* const host = batch_host_.fill();
  const auto room = [&](Array which) {
    return std::span<real>(host + layout.first(which),
                           static_cast<std::size_t>(shapes[which].size()));
  };
  model_.prepare(observations, room(kPatches), room(kInput), room(kBase));
  model_.pack(albedo, 2, -1, room(kAlbedo));
  model_.pack(weight, 1, 0, room(kWeight));
  model_.pack(photo, 1, 0, room(kPhoto));
  model_.pack(clear, 1, 0, room(kClear));
  const auto shares = loss_shares(rounded(weighed), rounded(cleared), options_);
  for (std::size_t i = 0; i < shares.size(); ++i) room(kShares)[i] = static_cast<real>(shares[i]);
  batch_host_.upload(batch_device_.data());
}

void TrainingStep::forward() {
  tape_.emplace(ctx_);
  refined_ = model_(*tape_, input_);
  answer_ = refined_.value();
  ctx_.runtime().download_later(answer_host_.data(), answer_.data(), answer_host_.bytes());
}

void TrainingStep::backward() {
  const Losses losses = refinement_losses(refined_, targets_, options_);
  Vars leaves;
  for (const Parameter* p : model_.parameters()) leaves.push_back(tape_->use(*p));
  adam_.apply(tape_->gradients(losses.total, leaves));
  real* to = latest_.data();
  for (const Var& loss : {losses.total, losses.albedo, losses.photo})
    ctx_.runtime().copy(to++, loss.value().data(), sizeof(real));
  refined_ = {};
  tape_.reset();
}

void TrainingStep::do_or_record(Graph& graph, void (TrainingStep::*work)()) {
  // The first step makes what cannot be made while recording, such as the libraries' handles.
  if (use_graph_ == UseGraph::kNo || done_ == 0) {
    (this->*work)();
    return;
  }
  if (!graph.defined()) graph = Graph(ctx_, [&] { (this->*work)(); });
  graph.run();
}

std::vector<std::vector<float>> TrainingStep::answer() {
  answered_->set();
  answered_->wait();
  std::vector<std::vector<float>> out(static_cast<std::size_t>(batch_));
#pragma omp parallel for num_threads(ctx_.threads())
  for (std::int64_t n = 0; n < batch_; ++n)
    out[static_cast<std::size_t>(n)] = model_.unpack(answer_host_.values(), batch_, n, 0.5, 0.5);
  return out;
}

void TrainingStep::operator()(std::span<const SyntheticFace* const> faces, double rate,
                              const Follow& follow) {
  FGCN_CHECK(static_cast<std::int64_t>(faces.size()) == batch_, "training step: ", faces.size(),
             " faces, expected ", batch_);
  FGCN_CHECK(unread_ < kMostUnread, "training step: the losses of ", unread_,
             " steps were not asked for");
  send(faces);
  do_or_record(forward_graph_, &TrainingStep::forward);

  const Followed followed = follow(faces, answer());
  const std::span<real> host(followed_host_.fill(),
                             static_cast<std::size_t>(followed_host_.size()));
  const auto pack = [&](const std::vector<std::vector<float>>& values, double scale, double offset,
                        std::span<real> room) {
    std::vector<const std::vector<float>*> pointers;
    for (const auto& one : values) pointers.push_back(&one);
    model_.pack(pointers, scale, offset, room);
  };
  pack(followed.light, 1, 0, host.first(host.size() / 2));
  pack(followed.levelled, 2, -1, host.last(host.size() / 2));
  followed_host_.upload(followed_device_.data());

  adam_.begin(rate);
  do_or_record(backward_graph_, &TrainingStep::backward);
  ctx_.runtime().copy(unread_losses_.data() + 3 * unread_++, latest_.data(), latest_.bytes());
  ++done_;
}

std::vector<StepLosses> TrainingStep::losses() {
  const std::vector<real> values = unread_losses_.to_host();
  std::vector<StepLosses> out;
  const std::int64_t first = adam_.steps() - std::exchange(unread_, 0) + 1;
  for (std::int64_t step = first; step <= adam_.steps(); ++step) {
    const real* at = values.data() + 3 * (step - first);
    const auto value = [at](int which) { return static_cast<double>(at[which]); };
    if (!std::isfinite(value(0)))
      throw NotFinite(text("train: the loss of step ", step - 1, " is ", value(0)));
    out.push_back({value(0), value(1), value(2)});
  }
  adam_.check();
  return out;
}

}  // namespace fgcn::train
