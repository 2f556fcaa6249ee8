// A step's work on the device, with a turn of the host in the middle.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "autograd/tensor.h"
#include "kernels/runtime/pinned.h"
#include "kernels/runtime/repeated_work.h"

namespace fgcn::train {

/// The device predicts, the host looks at the prediction and sends something that follows from it,
/// the device goes on. With a graph the first step runs plainly, the second records, and all others
/// give the device one graph before the host's turn and one after it.
class HostTurn {
 public:
  HostTurn() = default;
  /// `values` of a prediction; 0: the host has no turn, and all work is one piece.
  HostTurn(const Context& ctx, std::int64_t values, UseGraph graph)
      : ctx_(ctx), before_(graph), after_(graph), has_turn_(values > 0) {
    if (!has_turn_) return;
    prediction_ = Pinned<real>(ctx, values);
    predicted_ = ctx.runtime().make_mark();
  }

  /// predict() returns a tensor that lives until rest() has run; host() gets its values. Both
  /// pieces of device work must be the same in every step (kernels/runtime/graph.h). Waits for the
  /// device once, where the host has a turn.
  void operator()(const std::function<const Tensor&()>& predict,
                  const std::function<void(std::span<const real>)>& host,
                  const std::function<void()>& rest) {
    if (!has_turn_) {
      after_(ctx_, [&] {
        predict();
        rest();
      });
      return;
    }
    before_(ctx_, [&] {
      const Tensor& prediction = predict();
      ctx_.runtime().download_later(prediction_.data(), prediction.data(), prediction_.bytes());
    });
    predicted_->set();
    predicted_->wait();
    host(prediction_.values());
    after_(ctx_, rest);
  }
  /// The work is other work from now on.
  void forget() {
    before_.forget();
    after_.forget();
  }

 private:
  Context ctx_;
  RepeatedWork before_, after_;
  bool has_turn_ = false;
  Pinned<real> prediction_;
  std::unique_ptr<Mark> predicted_;
};

}  // namespace fgcn::train
