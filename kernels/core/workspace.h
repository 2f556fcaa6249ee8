// Working memory of one call, from the context's pool.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/real.h"

namespace fgcn {

/// `size` reals of unspecified content, returned to the pool at the end of the scope.
class Workspace {
 public:
  Workspace(const Context& ctx, std::int64_t size)
      : runtime_(ctx.shared_runtime()),
        bytes_(static_cast<std::size_t>(size) * sizeof(real)),
        data_(static_cast<real*>(runtime_->allocate(bytes_))) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() { runtime_->release(data_, bytes_); }

  real* data() const { return data_; }

 private:
  std::shared_ptr<Runtime> runtime_;
  std::size_t bytes_;
  real* data_;
};

}  // namespace fgcn
