#include "io/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "io/half.h"
#include "kernels/core/error.h"
#include "kernels/core/not_finite.h"

static_assert(std::endian::native == std::endian::little,
              "safetensors arrays are little-endian and are copied as they are");

namespace fgcn::io {
namespace {

using nlohmann::json;

// The format allows 100 MB; 16 MiB is room for 100,000 arrays and keeps the JSON tree small.
constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{16} << 20;
constexpr const char* kMetadata = "__metadata__";

struct DtypeInfo {
  Dtype dtype;
  const char* name;
  std::int64_t bytes;
};
constexpr DtypeInfo kDtypes[] = {{Dtype::kF64, "F64", 8}, {Dtype::kF32, "F32", 4},
                                 {Dtype::kF16, "F16", 2}, {Dtype::kI64, "I64", 8},
                                 {Dtype::kI32, "I32", 4}, {Dtype::kU8, "U8", 1}};

const DtypeInfo& info(Dtype dtype) {
  for (const DtypeInfo& d : kDtypes)
    if (d.dtype == dtype) return d;
  FGCN_CHECK(false, "safetensors: type ", static_cast<int>(dtype), " does not exist");
  return kDtypes[0];
}

/// The product of the shape, or -1 when an extent is negative or the product does not fit.
std::int64_t count(const std::vector<std::int64_t>& shape) {
  std::int64_t total = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(total, extent, &total)) return -1;
  return total;
}

template <class T>
T load(const Bytes& data, std::int64_t index) {
  T value;
  std::memcpy(&value, data.data() + index * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

template <class T>
StoredTensor store(Dtype dtype, std::vector<std::int64_t> shape, std::span<const T> values) {
  FGCN_CHECK(count(shape) == static_cast<std::int64_t>(values.size()),
             "safetensors: ", values.size(), " values do not fill the shape given");
  StoredTensor out{dtype, std::move(shape), Bytes(values.size_bytes())};
  if (!values.empty()) std::memcpy(out.data.data(), values.data(), values.size_bytes());
  return out;
}

/// One array of a header, before its bytes are copied.
struct Entry {
  std::string name;
  StoredTensor tensor;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Fails on repeated keys and deep nesting, which the JSON library would accept.
json parse_header(std::span<const std::uint8_t> header, const std::string& where) {
  std::vector<std::set<std::string>> keys;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > 3) input_error(where, ": its header is nested too deeply; the file is damaged");
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      input_error(where, ": its header names ", parsed.dump(), " twice; the file is damaged");
    return true;
  };
  try {
    return json::parse(header.begin(), header.end(), watch);
  } catch (const json::exception&) {
    input_error(where, ": its header is not JSON; the file is not a safetensors file or is cut");
  }
}

Entry parse_entry(const std::string& name, const json& value, std::uint64_t data_bytes,
                  const std::string& where) {
  const auto refuse = [&](const char* what) {
    input_error(where, ": array ", json(name).dump(), " ", what, "; the file is damaged");
  };
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets"))
    refuse("lacks its type, shape or offsets");
  const json& dtype = value["dtype"];
  const json& shape = value["shape"];
  const json& offsets = value["data_offsets"];
  if (!dtype.is_string() || !shape.is_array() || !offsets.is_array() || offsets.size() != 2 ||
      !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
    refuse("has a malformed type, shape or offsets");

  Entry entry{name, {}, offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()};
  const auto known = std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](const DtypeInfo& d) {
    return dtype.get_ref<const std::string&>() == d.name;
  });
  if (known == std::end(kDtypes))
    input_error(where, ": array ", json(name).dump(), " has type ", dtype.dump(),
                "; use F64, F32, F16, I64, I32 or U8");
  entry.tensor.dtype = known->dtype;
  for (const json& extent : shape) {
    if (!extent.is_number_unsigned() ||
        extent.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
      refuse("has a malformed shape");
    entry.tensor.shape.push_back(extent.get<std::int64_t>());
  }
  const std::int64_t elements = count(entry.tensor.shape);
  std::int64_t bytes = 0;
  if (elements < 0 || __builtin_mul_overflow(elements, known->bytes, &bytes))
    refuse("has an impossible shape");
  if (entry.begin > entry.end || entry.end > data_bytes) refuse("lies outside the file");
  if (entry.end - entry.begin != static_cast<std::uint64_t>(bytes))
    refuse("has a shape that does not fit its bytes");
  return entry;
}

std::map<std::string, std::string> parse_metadata(const json& value, const std::string& where) {
  if (!value.is_object()) input_error(where, ": its metadata is no object; the file is damaged");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, field] : value.items()) {
    if (!field.is_string())
      input_error(where, ": metadata ", json(key).dump(), " is not text; the file is damaged");
    metadata[key] = field.get<std::string>();
  }
  return metadata;
}

}  // namespace

std::int64_t StoredTensor::size() const {
  const std::int64_t elements = count(shape);
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

Safetensors parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& where) {
  std::uint64_t header_bytes = 0;
  if (bytes.size() < sizeof(header_bytes))
    input_error(where, ": is too short for a safetensors file; it may be cut off");
  std::memcpy(&header_bytes, bytes.data(), sizeof(header_bytes));
  bytes = bytes.subspan(sizeof(header_bytes));
  if (header_bytes > bytes.size() || header_bytes > kMaxHeaderBytes)
    input_error(where, ": gives its header ", header_bytes,
                " bytes, more than it may have; it is not a safetensors file or is cut off");
  const json header = parse_header(bytes.first(header_bytes), where);
  const std::span<const std::uint8_t> data = bytes.subspan(header_bytes);
  if (!header.is_object()) input_error(where, ": its header is no JSON object; it is damaged");

  Safetensors file;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadata) {
      file.metadata = parse_metadata(value, where);
    } else {
      entries.push_back(parse_entry(name, value, data.size(), where));
    }
  }
  // Arrays follow one another without gaps or overlaps: so the copies together are no larger than
  // the file, and no byte of it goes unread.
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t next = 0;
  for (Entry& entry : entries) {
    if (entry.begin != next)
      input_error(where, ": array ", json(entry.name).dump(), " does not begin where the one ",
                  "before ends; the file is damaged");
    next = entry.end;
    entry.tensor.data.assign(data.begin() + static_cast<std::ptrdiff_t>(entry.begin),
                             data.begin() + static_cast<std::ptrdiff_t>(entry.end));
    file.tensors.emplace(std::move(entry.name), std::move(entry.tensor));
  }
  if (next != data.size())
    input_error(where, ": has ", data.size() - next,
                " bytes after its last array; the file is damaged");
  return file;
}

Bytes encode_safetensors(const Safetensors& file) {
  // Widest types first, so that every array is aligned for its type; then by name.
  std::vector<std::pair<std::string, const StoredTensor*>> order;
  for (const auto& [name, tensor] : file.tensors) {
    FGCN_CHECK(name != kMetadata, "safetensors: no array may be called ", kMetadata);
    FGCN_CHECK(
        static_cast<std::int64_t>(tensor.data.size()) == tensor.size() * info(tensor.dtype).bytes,
        "safetensors: array ", name, " has ", tensor.data.size(),
        " bytes, not what its shape says");
    order.emplace_back(name, &tensor);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return info(a.second->dtype).bytes > info(b.second->dtype).bytes;
  });

  json header = json::object();
  if (!file.metadata.empty()) header[kMetadata] = file.metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : order) {
    const std::uint64_t end = offset + tensor->data.size();
    header[name] = {{"dtype", info(tensor->dtype).name},
                    {"shape", tensor->shape},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception&) {
    FGCN_CHECK(false, "safetensors: a name or a metadata text is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the arrays begin at a multiple of 8
  FGCN_CHECK(text.size() <= kMaxHeaderBytes,
             "safetensors: the header is larger than a reader takes");

  const std::uint64_t header_bytes = text.size();
  Bytes out(sizeof(header_bytes) + text.size());
  std::memcpy(out.data(), &header_bytes, sizeof(header_bytes));
  std::memcpy(out.data() + sizeof(header_bytes), text.data(), text.size());
  out.reserve(out.size() + offset);
  for (const auto& [name, tensor] : order)
    out.insert(out.end(), tensor->data.begin(), tensor->data.end());
  return out;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path.string());
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& file) {
  write_file(path, encode_safetensors(file));
}

}  // namespace fgcn::io
