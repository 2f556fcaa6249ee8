#include <utility>

#include "io/arrays/npy_types.h"
#include "io/arrays/npz.h"
#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

template <class T>
NpyArray stored(NpyType type, std::vector<std::int64_t> shape, std::span<const T> values) {
  FGCN_CHECK(count_of(shape) == static_cast<std::int64_t>(values.size()), "npy: ", values.size(),
             " values do not fill the shape given");
  NpyArray out{type, std::move(shape), {}, {}};
  out.data.reserve(values.size_bytes());
  for (const T value : values) append_le(out.data, value);
  return out;
}

}  // namespace

void check_read(const NpyArray& array) {
  if (array.type == NpyType::kUnread) throw InputError(array.texts.at(0));
}

std::int64_t NpyArray::size() const {
  check_read(*this);
  const std::int64_t elements = count_of(shape);
  FGCN_CHECK(elements >= 0, "npy: the shape is not a size");
  return elements;
}

std::vector<double> NpyArray::doubles() const {
  check_read(*this);
  if (type == NpyType::kText) input_error("a text stands where numbers are needed");
  const std::int64_t n = size();
  const std::int64_t width = bytes_of(type);
  FGCN_CHECK(static_cast<std::int64_t>(data.size()) == n * width,
             "npy: the data do not fill the shape");
  std::vector<double> out(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto place = static_cast<std::size_t>(i * width);
    switch (type) {
      case NpyType::kF32:
        out[i] = load_le<float>(data, place);
        break;
      case NpyType::kF64:
        out[i] = load_le<double>(data, place);
        break;
      case NpyType::kI32:
        out[i] = load_le<std::int32_t>(data, place);
        break;
      case NpyType::kI64:
        out[i] = static_cast<double>(load_le<std::int64_t>(data, place));
        break;
      default:
        out[i] = data[place];
    }
  }
  return out;
}

std::vector<std::int64_t> NpyArray::longs() const {
  check_read(*this);
  if (type == NpyType::kText || type == NpyType::kF32 || type == NpyType::kF64)
    input_error("texts or real numbers stand where integers are needed");
  const std::int64_t n = size();
  const std::int64_t width = bytes_of(type);
  FGCN_CHECK(static_cast<std::int64_t>(data.size()) == n * width,
             "npy: the data do not fill the shape");
  std::vector<std::int64_t> out(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto place = static_cast<std::size_t>(i * width);
    if (type == NpyType::kI64) {
      out[i] = load_le<std::int64_t>(data, place);
    } else {
      out[i] = type == NpyType::kI32 ? load_le<std::int32_t>(data, place) : data[place];
    }
  }
  return out;
}

std::vector<std::int32_t> NpyArray::ints() const {
  const std::vector<std::int64_t> wide = longs();
  std::vector<std::int32_t> out(wide.size());
  for (std::size_t i = 0; i < wide.size(); ++i) {
    if (!std::in_range<std::int32_t>(wide[i]))
      input_error("the value ", wide[i], " is too large for a 32-bit integer");
    out[i] = static_cast<std::int32_t>(wide[i]);
  }
  return out;
}

std::string NpyArray::only_text() const {
  check_read(*this);
  if (type != NpyType::kText || texts.size() != 1)
    input_error("something else stands where one text is needed");
  return texts[0];
}

NpyArray NpyArray::of(std::vector<std::int64_t> shape, std::span<const float> values) {
  return stored(NpyType::kF32, std::move(shape), values);
}
NpyArray NpyArray::of(std::vector<std::int64_t> shape, std::span<const double> values) {
  return stored(NpyType::kF64, std::move(shape), values);
}
NpyArray NpyArray::of(std::vector<std::int64_t> shape, std::span<const std::int32_t> values) {
  return stored(NpyType::kI32, std::move(shape), values);
}
NpyArray NpyArray::of(std::vector<std::int64_t> shape, std::span<const std::int64_t> values) {
  return stored(NpyType::kI64, std::move(shape), values);
}
NpyArray NpyArray::of(std::vector<std::int64_t> shape, std::span<const std::uint8_t> values) {
  return stored(NpyType::kU8, std::move(shape), values);
}
NpyArray NpyArray::of(const std::string& text) { return NpyArray{NpyType::kText, {}, {}, {text}}; }

}  // namespace fgcn::io
