// A shared, contiguous array on one device.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/core/csr.h"
#include "kernels/core/error.h"
#include "kernels/core/view.h"

namespace fgcn {

/// Owns device memory taken from a Context's pool.
class Buffer {
 public:
  Buffer(std::shared_ptr<Runtime> runtime, std::size_t bytes)
      : runtime_(std::move(runtime)), bytes_(bytes), data_(runtime_->allocate(bytes)) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { runtime_->release(data_, bytes_); }
  void* data() const { return data_; }

 private:
  std::shared_ptr<Runtime> runtime_;
  std::size_t bytes_;
  void* data_;
};

/// A handle: copies share the memory. What is recorded on a tape must not be written any more.
template <class T>
class TensorOf {
 public:
  TensorOf() = default;
  /// Unspecified content.
  TensorOf(const Context& ctx, const Shape& shape)
      : context_(std::make_shared<Context>(ctx)),
        shape_(shape),
        buffer_(std::make_shared<Buffer>(ctx.shared_runtime(),
                                         static_cast<std::size_t>(shape.size()) * sizeof(T))) {}

  static TensorOf zeros(const Context& ctx, const Shape& shape) {
    TensorOf out(ctx, shape);
    ctx.runtime().zero(out.data(), out.bytes());
    return out;
  }
  static TensorOf full(const Context& ctx, const Shape& shape, T value) {
    if constexpr (sizeof(T) == sizeof(std::uint32_t)) {
      TensorOf out(ctx, shape);
      ctx.runtime().fill(out.data(), std::bit_cast<std::uint32_t>(value),
                         static_cast<std::size_t>(shape.size()));
      return out;
    } else {
      return of(ctx, shape, std::vector<T>(static_cast<std::size_t>(shape.size()), value));
    }
  }
  /// Copies host values, converting each.
  template <class U>
  static TensorOf of(const Context& ctx, const Shape& shape, const std::vector<U>& values) {
    FGCN_CHECK(static_cast<std::int64_t>(values.size()) == shape.size(), "tensor: ", values.size(),
               " values for shape ", shape);
    TensorOf out(ctx, shape);
    if constexpr (std::is_same_v<U, T>) {
      ctx.runtime().upload(out.data(), values.data(), out.bytes());
    } else {
      const std::vector<T> converted(values.begin(), values.end());
      ctx.runtime().upload(out.data(), converted.data(), out.bytes());
    }
    return out;
  }

  bool defined() const { return buffer_ != nullptr; }
  const Context& context() const { return *context_; }
  const Shape& shape() const { return shape_; }
  std::int64_t dim(int axis) const { return shape_[axis]; }
  std::int64_t size() const { return shape_.size(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * sizeof(T); }
  T* data() const { return buffer_ ? static_cast<T*>(buffer_->data()) + offset_ : nullptr; }
  /// True when no other handle shares the memory.
  bool unique() const { return buffer_.use_count() == 1; }

  View<T> view() { return {data(), shape_}; }
  View<const T> view() const { return {data(), shape_}; }

  /// The memory under another shape of equal size.
  TensorOf reshaped(const Shape& shape) const {
    FGCN_CHECK(shape.size() == size(), "reshape: ", shape_, " does not hold ", shape);
    TensorOf out = *this;
    out.shape_ = shape;
    return out;
  }
  /// The elements from `first` on, under a shape; shares the memory. Error when they are not there.
  TensorOf part(std::int64_t first, const Shape& shape) const {
    FGCN_CHECK(first >= 0 && first + shape.size() <= size(), "part: ", shape, " from element ",
               first, " on of ", shape_);
    TensorOf out = *this;
    out.shape_ = shape;
    out.offset_ += first;
    return out;
  }
  std::vector<T> to_host() const {
    std::vector<T> out(static_cast<std::size_t>(size()));
    context_->runtime().download(out.data(), data(), bytes());
    return out;
  }
  /// The one element of a one-element tensor.
  T item() const {
    FGCN_CHECK(size() == 1, "item: the tensor is ", shape_);
    return to_host().front();
  }
  /// A copy on another device (or of its own on the same).
  TensorOf to(const Context& ctx) const { return of(ctx, shape_, to_host()); }

 private:
  std::shared_ptr<Context> context_;
  Shape shape_;
  std::int64_t offset_ = 0;  // of the first element in the buffer
  std::shared_ptr<Buffer> buffer_;
};

using Tensor = TensorOf<real>;
using IndexTensor = TensorOf<std::int32_t>;

/// A sparse matrix on a device together with its transpose; a cheap handle.
class SparseOperator {
 public:
  SparseOperator() = default;
  SparseOperator(const Context& ctx, const Csr& a);

  std::int64_t rows() const { return forward_->rows; }
  std::int64_t cols() const { return forward_->cols; }
  /// Exactly equal to its transpose.
  bool symmetric() const { return symmetric_; }
  CsrView view() const;
  SparseOperator transposed() const;
  const Context& context() const { return forward_->col.context(); }

 private:
  struct Half {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    IndexTensor row_begin;
    IndexTensor col;
    Tensor value;
  };
  static std::shared_ptr<const Half> half(const Context& ctx, const Csr& a);

  std::shared_ptr<const Half> forward_;
  std::shared_ptr<const Half> backward_;
  std::shared_ptr<const CsrTiles> tiles_;  // of a symmetric one on a GPU
  bool symmetric_ = false;
};

}  // namespace fgcn
