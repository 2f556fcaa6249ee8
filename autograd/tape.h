// Reverse-mode differentiation of any order.
//
// Operators record themselves as they run; grad() walks the record backwards. A vector-Jacobian
// product (VJP) is itself written in taped operators, so gradients can be differentiated again.
// Source: Griewank and Walther, "Evaluating Derivatives", 2008, chapter 3.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "autograd/tensor.h"

namespace fgcn {

class Tape;

/// A value on a tape. Without a node it is a constant: nothing is differentiated by it.
class Var {
 public:
  Var() = default;

  bool defined() const { return tape_ != nullptr; }
  bool requires_grad() const { return node_ >= 0; }
  Tape& tape() const { return *tape_; }
  const Tensor& value() const { return value_; }
  const Shape& shape() const { return value_.shape(); }
  std::int64_t dim(int axis) const { return value_.dim(axis); }
  std::int64_t size() const { return value_.size(); }

 private:
  friend class Tape;
  Var(Tape* tape, std::int32_t node, Tensor value)
      : tape_(tape), node_(node), value_(std::move(value)) {}

  Tape* tape_ = nullptr;
  std::int32_t node_ = -1;
  Tensor value_;
};

using Vars = std::vector<Var>;

/// Given the cotangent of the output, one cotangent an input; an undefined Var means zero.
using Vjp = std::function<Vars(const Var& grad_y)>;

/// How often an operator can be differentiated.
enum class Order {
  kAny,   // its VJP is made of taped operators
  kOnce,  // its VJP calls kernels directly; a second derivative throws and names it
};

/// A trained tensor. Its address is its identity: it is not copied or moved while a tape uses it.
struct Parameter {
  std::string name;
  Tensor value;

  Parameter() = default;
  Parameter(std::string parameter_name, Tensor initial)
      : name(std::move(parameter_name)), value(std::move(initial)) {}
};

struct GradOptions {
  Var seed;                   // cotangent of y; ones when undefined (y must then be one element)
  bool create_graph = false;  // record the backward pass, so that it can be differentiated
};

/// A gradient as an optimiser takes it: stored, or the factors of x^T grad_y.
struct Gradient {
  static constexpr std::int64_t kMostRows = 64;  // N; more of them are multiplied and stored

  Tensor stored;     // of the shape of what is differentiated by; or undefined, and then
  Tensor x, grad_y;  // [N, I] and [N, O] for weights [I, O]

  bool factored() const { return x.defined(); }
};

/// The curve through which the units of a layer give their values.
enum class Curve {
  kElu,
  kRelu,
  kTanh,
  kLinear,
  kPart,  // none: a part of a network shows what its last layer gave
};

/// Sees what a layer or a part gives, and returns what goes on from there: y itself, or another
/// value of its shape in its place.
using LayerWatch = std::function<Var(const std::string& layer, Curve curve, const Var& y)>;

/// Whether a tape keeps what a gradient would need.
enum class Record {
  kAll,
  kNothing,  // values only: parameters and leaves are constants, and nothing outlives its last use
};

/// One step's record. Not copied: Vars point to it and must not outlive it.
class Tape {
 public:
  explicit Tape(const Context& ctx, Record record = Record::kAll)
      : context_(ctx), records_(record == Record::kAll) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  const Context& context() const { return context_; }

  /// A value to differentiate by.
  Var leaf(Tensor value);
  Var constant(Tensor value) { return {this, -1, std::move(value)}; }
  /// The parameter as a leaf; the same one each time. A constant when nothing is recorded.
  Var use(const Parameter& parameter);

  /// Called by operators. A constant when no input needs a gradient or nothing is being recorded.
  /// Error when inputs come from another tape.
  Var record(const char* name, const Vars& inputs, Tensor value, Vjp vjp,
             Order order = Order::kAny);

  /// d<seed, y>/dx for each x; zeros for an x that y does not depend on. Without create_graph what
  /// the visited operators saved is released as the walk passes them, so that a second call through
  /// them throws.
  Vars grad(const Var& y, const Vars& xs, const GradOptions& options = {});

  /// Gradients for an optimizer: the weights of a fully connected layer that saw few rows get
  /// the factors of their gradient, which is then never formed. Error when an x is not a leaf.
  std::vector<Gradient> gradients(const Var& y, const Vars& xs);
  /// For VJPs: offers the cotangent of w as x^T grad_y. True when gradients() keeps the factors;
  /// the VJP then leaves that cotangent undefined.
  bool keep_factors(const Var& w, const Var& x, const Var& grad_y);

  /// For VJPs: whether anybody needs the cotangent of the operator's input with this number.
  /// Weights need none where the walk is to something else: a critic's, when it tells the generator
  /// how real a picture looks, or inside its own gradient penalty.
  bool wants(std::size_t input) const;

  /// Layers and parts show what they give to a watch, when one was set (layers, generator.h).
  void watch(LayerWatch watch) { watch_ = std::move(watch); }
  Var shown(const std::string& layer, Curve curve, const Var& y) {
    return watch_ ? watch_(layer, curve, y) : y;
  }

  std::size_t nodes() const { return nodes_.size(); }
  /// False while grad() runs without create_graph: a VJP may then take a shorter way through
  /// kernels.
  bool recording() const { return recording_; }

 private:
  struct Node {
    const char* name;
    std::vector<std::int32_t> inputs;
    Vjp vjp;
    Order order;
    bool leaf;
  };

  /// Undefined for what y does not depend on.
  Vars backward(const Var& y, const Vars& xs, const GradOptions& options);
  std::vector<bool> depends_on(const Vars& xs, std::int32_t last) const;
  Var accumulate(Var sum, const Var& term);
  void refuse_second_order(const Node& node, const Var& grad_y, Vars& grads);

  using Factors = std::unordered_map<std::int32_t, std::vector<Gradient>>;  // by leaf

  Context context_;
  bool records_;
  Factors* factors_ = nullptr;  // while gradients() runs
  std::vector<Node> nodes_;
  const std::vector<bool>* needed_ = nullptr;  // by node, while a walk runs
  std::size_t visited_ = 0;                    // its node
  std::unordered_map<const Parameter*, Var> parameters_;
  bool recording_ = true;
  LayerWatch watch_;  // empty: nobody looks
};

}  // namespace fgcn
