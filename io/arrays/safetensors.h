// The safetensors container: a JSON header, then raw little-endian arrays. Python reads it too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"

namespace fgcn::io {

enum class Dtype { kF64, kF32, kF16, kI64, kI32, kU8 };

/// One array of a file. Data is row-major.
struct StoredTensor {
  Dtype dtype = Dtype::kF32;
  std::vector<std::int64_t> shape;
  Bytes data;

  std::int64_t size() const;
  /// Converted to float (from F64, F32, F16) or to int32 (from I64, I32, U8). InputError on another
  /// kind of type or on a value that does not fit.
  std::vector<float> floats() const;
  std::vector<double> doubles() const;
  std::vector<std::int32_t> ints() const;

  static StoredTensor of(std::vector<std::int64_t> shape, std::span<const float> values);
  static StoredTensor of(std::vector<std::int64_t> shape, std::span<const double> values);
  static StoredTensor of(std::vector<std::int64_t> shape, std::span<const std::int32_t> values);
  static StoredTensor of(std::vector<std::int64_t> shape, std::span<const std::uint8_t> values);
  /// Rounded to half precision (nearest even). Error when a value is beyond its range.
  static StoredTensor half(std::vector<std::int64_t> shape, std::span<const float> values);
};

/// Named arrays in name order, and the header's free-form text metadata.
struct Safetensors {
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;

  /// InputError naming `where` when there is no such array.
  const StoredTensor& at(const std::string& name, const std::string& where) const;
};

/// Every size, offset and type is checked against the file's length, and every array against its
/// checksum where the file has them: InputError, never a crash.
Safetensors parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& where);

/// Is given the header, arrays without their data, before those are read; throws to refuse it.
using HeaderJudge = std::function<void(const Safetensors& header)>;
Safetensors read_safetensors(const std::filesystem::path& path, const HeaderJudge& judge = {});
/// InputError naming `where` when the arrays of `header` take more than `most` bytes.
void check_bytes(const Safetensors& header, std::uint64_t most, const std::string& where);

/// With a CRC-32C for each array, of the metadata, its name, type, shape and data: a field "crc32c"
/// of its entry in the header. Other programs pass it over and do not write it.
Bytes encode_safetensors(const Safetensors& file);
void write_safetensors(const std::filesystem::path& path, const Safetensors& file);

}  // namespace fgcn::io
