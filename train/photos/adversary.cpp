#include "train/photos/adversary.h"

#include <charconv>
#include <utility>
#include <vector>

#include "autograd/ops/binary.h"
#include "autograd/ops/unary.h"

namespace fgcn::train {
namespace {

constexpr const char* kSteps = "critic.adam.steps";
constexpr const char* kSeed = "critic.random.seed";
constexpr const char* kCounter = "critic.random.counter";

/// Random numbers of the blend weights of the gradient penalty, and of the first weights.
constexpr std::uint64_t kPenaltyStream = 1, kFirstWeightsStream = 2;

Critic fake_critic(const Context& ctx, const CriticSize& size, Rng rng) {
  return Critic(ctx, size, rng);
}

const std::string& text_of(const io::Safetensors& file, const char* key, const std::string& where) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    input_error(where, ": holds no critic (no '", key,
                "'); resume with the options that it was begun with");
  return found->second;
}

std::uint64_t number_of(const io::Safetensors& file, const char* key, const std::string& where) {
  const std::string& value = text_of(file, key, where);
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size())
    input_error(where, ": '", key, "' is '", value, "', expected a whole number");
  return out;
}

}  // namespace

Adversary::Adversary(const Context& ctx, const AdversaryOptions& options, Rng rng)
    : ctx_(ctx),
      options_(options),
      rng_(rng.split(kPenaltyStream)),
      critic_(fake_critic(ctx, options.critic, rng.split(kFirstWeightsStream))),
      adam_(critic_.parameters(), {}, options.critic_steps),
      losses_(Tensor::zeros(ctx, {2})) {
  FGCN_CHECK(options.critic_steps > 0, "adversary: ", options.critic_steps, " steps of the critic");
}

void Adversary::begin(double learning_rate, std::int64_t pictures) {
  adam_.begin(learning_rate);
  if (options_.penalty == CriticPenalty::kReal) return;
  const std::int64_t count = options_.penalty == CriticPenalty::kSampleBlend ? pictures : 1;
  if (!shares_.defined() || shares_.size() != count) {
    shares_ = Tensor(ctx_, {count, 1, 1, 1});
    shares_host_ = PinnedRing<real>(ctx_, count, pinned_arrays(options_.critic_steps));
  }
  real* const shares = shares_host_.fill();
  for (std::int64_t i = 0; i < count; ++i) shares[i] = static_cast<real>(rng_.uniform());
  shares_host_.upload(shares_.data());
}

void Adversary::learn(const Tensor& real_images, const Tensor& fake) {
  critic_.advance();
  Tape tape(ctx_);
  const bool at_real = options_.penalty == CriticPenalty::kReal;
  const Var real_pictures = at_real ? tape.leaf(real_images) : tape.constant(real_images);
  const Var real_score = critic_(real_pictures, Statistics::kBatchAndRemember);
  const Var fake_score = critic_(tape.constant(fake), Statistics::kBatchAndRemember);
  Var penalty;
  if (at_real) {
    penalty = real_gradient_penalty(real_score, real_pictures, options_.penalty_weight);
  } else {
    const Var x = tape.leaf(between(real_images, fake, shares_));
    penalty = gradient_penalty(critic_(x), x, options_.penalty_weight);
  }
  const Var loss = critic_loss(real_score, fake_score, options_.loss);
  const Var total = ops::scale(ops::add(loss, penalty), options_.critic_scale);
  Vars leaves;
  for (const Parameter* p : critic_.parameters()) leaves.push_back(tape.use(*p));
  adam_.apply(tape.gradients(total, leaves));
  ctx_.runtime().copy(losses_.data(), loss.value().data(), sizeof(real));
  ctx_.runtime().copy(losses_.data() + 1, penalty.value().data(), sizeof(real));
}

Var Adversary::judge(const Var& fake) { return generator_loss(critic_(fake), options_.loss); }

std::vector<Parameter*> Adversary::stored() {
  std::vector<Parameter*> out = critic_.parameters();
  for (Parameter* p : critic_.running()) out.push_back(p);
  return out;
}

void Adversary::save(io::Safetensors& file) const {
  io::Safetensors own;
  for (const Parameter* p : const_cast<Adversary*>(this)->stored()) {
    const std::vector<real> host = p->value.to_host();
    const std::vector<float> values(host.begin(), host.end());
    own.tensors[p->name] = io::StoredTensor::of({static_cast<std::int64_t>(values.size())}, values);
  }
  adam_.save(own);
  file.tensors.merge(own.tensors);
  file.metadata[kSteps] = own.metadata.at("adam.steps");
  file.metadata[kSeed] = std::to_string(rng_.seed());
  file.metadata[kCounter] = std::to_string(rng_.counter());
}

void Adversary::load(const io::Safetensors& file, const std::string& where) {
  const std::uint64_t seed = number_of(file, kSeed, where);
  const std::uint64_t counter = number_of(file, kCounter, where);
  std::vector<Tensor> values;
  for (const Parameter* p : stored()) {
    const std::vector<float> floats = file.at(p->name, where).floats();
    if (static_cast<std::int64_t>(floats.size()) != p->value.size())
      input_error(where, ": '", p->name, "' holds ", floats.size(), " numbers, expected ",
                  p->value.size(), "; it is of another critic");
    values.push_back(Tensor::of(ctx_, p->value.shape(), floats));
  }
  io::Safetensors own;  // the optimiser finds its own count under its own name
  own.metadata["adam.steps"] = text_of(file, kSteps, where);
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with("adam.") && name.find(".critic.") != std::string::npos)
      own.tensors[name] = tensor;
  adam_.load(own, where);
  std::size_t i = 0;
  for (Parameter* p : stored()) p->value = std::move(values[i++]);
  rng_ = Rng(seed, counter);
}

}  // namespace fgcn::train
