#include "autograd/tape.h"

#include <algorithm>
#include <utility>

#include "kernels/binary/binary.h"
#include "kernels/gemm/gemm.h"

namespace fgcn {
namespace {

/// Sets a variable for a scope.
template <class T>
class Scoped {
 public:
  Scoped(T& variable, T value) : variable_(variable), before_(std::exchange(variable, value)) {}
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;
  ~Scoped() { variable_ = before_; }

 private:
  T& variable_;
  T before_;
};

}  // namespace

Var Tape::leaf(Tensor value) {
  if (!records_) return constant(std::move(value));
  nodes_.push_back({"leaf", {}, nullptr, Order::kAny, /*leaf=*/true});
  return {this, static_cast<std::int32_t>(nodes_.size()) - 1, std::move(value)};
}

Var Tape::use(const Parameter& parameter) {
  const auto found = parameters_.find(&parameter);
  if (found != parameters_.end()) return found->second;
  FGCN_CHECK(parameter.value.defined(), "tape: parameter '", parameter.name, "' has no value");
  return parameters_.emplace(&parameter, leaf(parameter.value)).first->second;
}

Var Tape::record(const char* name, const Vars& inputs, Tensor value, Vjp vjp, Order order) {
  bool needed = false;
  std::vector<std::int32_t> ids;
  ids.reserve(inputs.size());
  for (const Var& input : inputs) {
    FGCN_CHECK(input.tape_ == this, name, ": an input is from another tape or undefined");
    ids.push_back(input.node_);
    needed = needed || input.node_ >= 0;
  }
  if (!needed || !recording_ || !records_) return constant(std::move(value));
  nodes_.push_back({name, std::move(ids), std::move(vjp), order, /*leaf=*/false});
  return {this, static_cast<std::int32_t>(nodes_.size()) - 1, std::move(value)};
}

std::vector<bool> Tape::depends_on(const Vars& xs, std::int32_t last) const {
  std::vector<bool> needed(static_cast<std::size_t>(last) + 1, false);
  for (const Var& x : xs) {
    FGCN_CHECK(x.tape_ == this, "grad: a variable is from another tape or undefined");
    if (x.node_ >= 0 && x.node_ <= last) needed[static_cast<std::size_t>(x.node_)] = true;
  }
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (const std::int32_t input : nodes_[i].inputs) {
      if (input >= 0 && needed[static_cast<std::size_t>(input)]) needed[i] = true;
    }
  }
  return needed;
}

Var Tape::accumulate(Var sum, const Var& term) {
  if (!sum.defined()) return term;
  FGCN_CHECK(sum.shape() == term.shape(), "grad: cotangents of one variable are ", sum.shape(),
             " and ", term.shape());
  const auto add_into = [&](Tensor& out) {
    kernels::binary(context_, kernels::Binary::kAdd, std::as_const(sum.value_).view(),
                    term.value_.view(), out.view());
  };
  // Nobody else sees this sum, so it may be written.
  if (!recording_ && sum.value_.unique()) {
    add_into(sum.value_);
    return sum;
  }
  Tensor out(context_, sum.shape());
  add_into(out);
  return record("add", {sum, term}, std::move(out), [](const Var& grad_y) {
    const Tape& walk = grad_y.tape();
    return Vars{walk.wants(0) ? grad_y : Var(), walk.wants(1) ? grad_y : Var()};
  });
}

void Tape::refuse_second_order(const Node& node, const Var& grad_y, Vars& grads) {
  const char* name = node.name;
  Vars sources{grad_y};
  for (const std::int32_t input : node.inputs) {
    if (input >= 0) sources.push_back(Var(this, input, Tensor()));
  }
  for (Var& grad : grads) {
    if (!grad.defined()) continue;
    grad = record(name, sources, grad.value_, [name](const Var&) -> Vars {
      throw Error(text(name, ": its derivative cannot be differentiated again"));
    });
  }
}

Vars Tape::backward(const Var& y, const Vars& xs, const GradOptions& options) {
  FGCN_CHECK(y.tape_ == this, "grad: y is from another tape or undefined");
  Var seed = options.seed;
  if (!seed.defined()) {
    FGCN_CHECK(y.size() == 1, "grad: y is ", y.shape(), "; give a cotangent of that shape");
    seed = constant(Tensor::full(context_, y.shape(), real(1)));
  }
  FGCN_CHECK(seed.shape() == y.shape(), "grad: the cotangent is ", seed.shape(), ", y is ",
             y.shape());

  const Scoped<bool> scope(recording_, options.create_graph);
  std::vector<Var> sums(static_cast<std::size_t>(y.node_ + 1));
  std::vector<bool> keep(sums.size(), false);
  if (y.node_ >= 0) {
    const std::vector<bool> needed = depends_on(xs, y.node_);
    for (const Var& x : xs) {
      if (x.node_ >= 0 && x.node_ <= y.node_) keep[static_cast<std::size_t>(x.node_)] = true;
    }
    const Scoped<const std::vector<bool>*> walk(needed_, &needed);
    sums.back() = seed;
    for (std::int32_t i = y.node_; i >= 0; --i) {
      const auto at = static_cast<std::size_t>(i);
      if (!needed[at] || !sums[at].defined() || nodes_[at].leaf) continue;
      // The record may grow while the VJP runs, so nothing here may refer into nodes_.
      const Var grad_y = keep[at] ? sums[at] : std::exchange(sums[at], Var());
      FGCN_CHECK(nodes_[at].vjp, nodes_[at].name,
                 ": what it saved was released by an earlier grad(); pass create_graph");
      const Vjp vjp = options.create_graph ? nodes_[at].vjp : std::exchange(nodes_[at].vjp, {});
      visited_ = at;
      Vars grads = vjp(grad_y);
      const Node node{nodes_[at].name, nodes_[at].inputs, nullptr, nodes_[at].order, false};
      FGCN_CHECK(grads.size() == node.inputs.size(), node.name, ": the VJP gave ", grads.size(),
                 " cotangents for ", node.inputs.size(), " inputs");
      if (options.create_graph && node.order == Order::kOnce)
        refuse_second_order(node, grad_y, grads);
      for (std::size_t k = 0; k < grads.size(); ++k) {
        const std::int32_t input = node.inputs[k];
        if (input < 0 || !grads[k].defined() || !needed[static_cast<std::size_t>(input)]) continue;
        Var& sum = sums[static_cast<std::size_t>(input)];
        Var term = std::exchange(grads[k], Var());
        sum = accumulate(std::move(sum), term);
      }
    }
  }
  Vars out;
  out.reserve(xs.size());
  for (const Var& x : xs)
    out.push_back(x.node_ >= 0 && x.node_ <= y.node_ ? sums[static_cast<std::size_t>(x.node_)]
                                                     : Var());
  return out;
}

Vars Tape::grad(const Var& y, const Vars& xs, const GradOptions& options) {
  Vars out = backward(y, xs, options);
  for (std::size_t i = 0; i < xs.size(); ++i)
    if (!out[i].defined()) out[i] = constant(Tensor::zeros(context_, xs[i].shape()));
  return out;
}

bool Tape::wants(std::size_t input) const {
  const std::int32_t node = nodes_[visited_].inputs.at(input);
  return node >= 0 && (*needed_)[static_cast<std::size_t>(node)];
}

bool Tape::keep_factors(const Var& w, const Var& x, const Var& grad_y) {
  if (factors_ == nullptr || !nodes_[static_cast<std::size_t>(w.node_)].leaf) return false;
  // An element of the product is made anew each time it is needed: that pays for few rows.
  const std::int64_t rows = x.dim(0);
  if (rows > Gradient::kMostRows || 8 * rows > std::min(w.dim(0), w.dim(1))) return false;
  (*factors_)[w.node_].push_back({{}, x.value_, grad_y.value_});
  return true;
}

std::vector<Gradient> Tape::gradients(const Var& y, const Vars& xs) {
  for (const Var& x : xs) {
    FGCN_CHECK(x.tape_ == this && x.node_ >= 0 && nodes_[static_cast<std::size_t>(x.node_)].leaf,
               "gradients: a variable is not a leaf of this tape");
  }
  Factors factors;
  Vars sums;
  {
    const Scoped<Factors*> scope(factors_, &factors);
    sums = backward(y, xs, {});
  }
  std::vector<Gradient> out;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const std::vector<Gradient>& terms = factors[xs[i].node_];
    if (terms.size() == 1 && !sums[i].defined()) {
      out.push_back(terms.front());
      continue;
    }
    // Used more than once, or not at all: stored after all.
    for (const Gradient& term : terms) {
      Tensor product(context_, xs[i].shape());
      kernels::gemm(context_, {.transpose_a = kernels::Transpose::kYes},
                    std::as_const(term.x).view(), std::as_const(term.grad_y).view(),
                    product.view());
      sums[i] = accumulate(std::move(sums[i]), constant(std::move(product)));
    }
    out.push_back(
        {sums[i].defined() ? sums[i].value_ : Tensor::zeros(context_, xs[i].shape()), {}, {}});
  }
  return out;
}

}  // namespace fgcn
