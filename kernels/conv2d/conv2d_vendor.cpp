#include "kernels/conv2d/conv2d_vendor.h"

#include <cstdio>

namespace fgcn::kernels {

bool conv2d_has_vendor(const Context& ctx) {
  return (ctx.device() == Device::kCuda && cuda::conv2d_cudnn != nullptr) ||
         (ctx.device() == Device::kEmulated && emulated::conv2d_cudnn != nullptr);
}

Conv2dChoices::Key Conv2dChoices::key(const Conv2dProblem& p) {
  return {p.pass, p.options.stride, p.options.pad, p.x[0],      p.x[1],     p.x[2],
          p.x[3], p.weight[0],      p.weight[1],   p.weight[2], p.weight[3]};
}

void Conv2dChoices::say(const Conv2dProblem& p, const std::string& why) {
  constexpr const char* kNames[] = {"forward", "by input", "by weight"};
  said_.push_back(text("conv2d: ", why, " (", kNames[p.pass], ", x ", p.x, ", weight ", p.weight,
                       ", stride ", p.options.stride, ", pad ", p.options.pad, "): own kernels"));
  std::fprintf(stderr, "%s\n", said_.back().c_str());
}

bool Conv2dChoices::asks_vendor(const Conv2dProblem& problem) {
  if (by_ == Conv2dBy::kOwnKernels || no_library_) return false;
  const auto [place, is_new] = by_vendor_.try_emplace(key(problem), true);
  if (is_new && runtime_.recording()) {
    place->second = false;
    say(problem, "cuDNN is not tried while work is recorded");
  }
  return place->second;
}

bool Conv2dChoices::took(const Conv2dProblem& problem,
                         const std::optional<Conv2dRefusal>& refusal) {
  if (!refusal) return true;
  by_vendor_[key(problem)] = false;
  if (refusal->of_library) no_library_ = true;
  say(problem, text(refusal->of_library ? "no cuDNN here: " : "cuDNN refuses: ", refusal->what()));
  return false;
}

}  // namespace fgcn::kernels
