#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "io/arrays/half.h"
#include "io/arrays/safetensors.h"
#include "io/arrays/safetensors_types.h"
#include "kernels/core/error.h"
#include "kernels/core/not_finite.h"

static_assert(std::endian::native == std::endian::little,
              "safetensors arrays are little-endian and are copied as they are");

namespace fgcn::io {
namespace {

template <class T>
T load(const Bytes& data, std::int64_t index) {
  T value;
  std::memcpy(&value, data.data() + index * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

template <class T>
StoredTensor store(Dtype dtype, std::vector<std::int64_t> shape, std::span<const T> values) {
  FGCN_CHECK(elements_of(shape) == static_cast<std::int64_t>(values.size()),
             "safetensors: ", values.size(), " values do not fill the shape given");
  StoredTensor out{dtype, std::move(shape), Bytes(values.size_bytes())};
  if (!values.empty()) std::memcpy(out.data.data(), values.data(), values.size_bytes());
  return out;
}

}  // namespace

const DtypeInfo& info(Dtype dtype) {
  for (const DtypeInfo& d : kDtypes)
    if (d.dtype == dtype) return d;
  FGCN_CHECK(false, "safetensors: type ", static_cast<int>(dtype), " does not exist");
  return kDtypes[0];
}

std::int64_t elements_of(const std::vector<std::int64_t>& shape) {
  std::int64_t total = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(total, extent, &total)) return -1;
  return total;
}

std::int64_t StoredTensor::size() const {
  const std::int64_t elements = elements_of(shape);
  FGCN_CHECK(elements >= 0, "safetensors: the shape is not a size");
  return elements;
}

std::vector<double> StoredTensor::doubles() const {
  const std::int64_t n = size();
  FGCN_CHECK(static_cast<std::int64_t>(data.size()) == n * info(dtype).bytes,
             "safetensors: the data do not fill the shape");
  std::vector<double> out(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    if (dtype == Dtype::kF64) {
      out[i] = load<double>(data, i);
    } else if (dtype == Dtype::kF32) {
      out[i] = load<float>(data, i);
    } else if (dtype == Dtype::kF16) {
      out[i] = float_from_half(load<std::uint16_t>(data, i));
    } else {
      input_error("an array of type ", info(dtype).name,
                  " stands where real numbers are needed; store it as F32");
    }
  }
  return out;
}

std::vector<float> StoredTensor::floats() const {
  const std::vector<double> wide = doubles();
  std::vector<float> out(wide.size());
  for (std::size_t i = 0; i < wide.size(); ++i) {
    if (std::isfinite(wide[i]) && std::abs(wide[i]) > std::numeric_limits<float>::max())
      input_error("the value ", wide[i], " is too large for single precision");
    out[i] = static_cast<float>(wide[i]);
  }
  return out;
}

std::vector<std::int32_t> StoredTensor::ints() const {
  const std::int64_t n = size();
  FGCN_CHECK(static_cast<std::int64_t>(data.size()) == n * info(dtype).bytes,
             "safetensors: the data do not fill the shape");
  std::vector<std::int32_t> out(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    if (dtype == Dtype::kI32) {
      out[i] = load<std::int32_t>(data, i);
    } else if (dtype == Dtype::kU8) {
      out[i] = data[i];
    } else if (dtype == Dtype::kI64) {
      const auto value = load<std::int64_t>(data, i);
      if (!std::in_range<std::int32_t>(value))
        input_error("the value ", value, " is too large for a 32-bit integer");
      out[i] = static_cast<std::int32_t>(value);
    } else {
      input_error("an array of type ", info(dtype).name,
                  " stands where integers are needed; store it as I32");
    }
  }
  return out;
}

StoredTensor StoredTensor::of(std::vector<std::int64_t> shape, std::span<const float> values) {
  return store(Dtype::kF32, std::move(shape), values);
}
StoredTensor StoredTensor::of(std::vector<std::int64_t> shape, std::span<const double> values) {
  return store(Dtype::kF64, std::move(shape), values);
}
StoredTensor StoredTensor::of(std::vector<std::int64_t> shape,
                              std::span<const std::int32_t> values) {
  return store(Dtype::kI32, std::move(shape), values);
}
StoredTensor StoredTensor::of(std::vector<std::int64_t> shape,
                              std::span<const std::uint8_t> values) {
  return store(Dtype::kU8, std::move(shape), values);
}
StoredTensor StoredTensor::half(std::vector<std::int64_t> shape, std::span<const float> values) {
  std::vector<std::uint16_t> halves(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    halves[i] = half_from_float(values[i]);
    if (std::isfinite(values[i]) && (halves[i] & 0x7fffu) >= 0x7c00u)
      throw NotFinite(text("safetensors: ", values[i], " is beyond the range of half precision"));
  }
  return store(Dtype::kF16, std::move(shape), std::span<const std::uint16_t>(halves));
}

const StoredTensor& Safetensors::at(const std::string& name, const std::string& where) const {
  const auto found = tensors.find(name);
  if (found == tensors.end())
    input_error(where, ": holds no array \"", name, "\"; use a file written for this purpose");
  return found->second;
}

void check_bytes(const Safetensors& header, std::uint64_t most, const std::string& where) {
  std::uint64_t total = 0;  // no overflow: the arrays lie in one file
  for (const auto& [name, tensor] : header.tensors)
    total += static_cast<std::uint64_t>(tensor.size() * info(tensor.dtype).bytes);
  if (total > most)
    input_error(where, ": holds ", total, " bytes of arrays, expected at most ", most,
                "; give a file of this kind");
}

}  // namespace fgcn::io
