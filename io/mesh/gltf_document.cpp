#include "io/mesh/gltf_document.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "io/byte_order.h"
#include "io/mesh/gltf_constants.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::gltf {
namespace {

using nlohmann::json;

// The JSON tree takes many times the text's size; real files' headers are a few megabytes.
constexpr std::size_t kMaxJsonBytes = std::size_t{32} << 20;
constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxComponents = std::size_t{1} << 26;
constexpr std::size_t kMaxZeros = std::size_t{1} << 20;  // no byte of the file stands for them

std::size_t component_bytes(int type) {
  switch (type) {
    case kByte:
    case kUnsignedByte:
      return 1;
    case kShort:
    case kUnsignedShort:
      return 2;
    case kUnsignedInt:
    case kFloat:
      return 4;
    default:
      return 0;
  }
}

std::size_t components_of(const std::string& type) {
  constexpr std::array<std::pair<const char*, std::size_t>, 4> kTypes{
      {{"SCALAR", 1}, {"VEC2", 2}, {"VEC3", 3}, {"VEC4", 4}}};
  for (const auto& [name, count] : kTypes)
    if (type == name) return count;
  return 0;
}

bool is_normalised(const json& accessor) {
  const auto flag = accessor.find("normalized");
  return flag != accessor.end() && flag->is_boolean() && flag->get<bool>();
}

double component(std::span<const std::uint8_t> data, std::size_t at, int type, bool normalised) {
  switch (type) {
    case kByte:
      return normalised ? std::max(io::load_le<std::int8_t>(data, at) / 127.0, -1.0)
                        : io::load_le<std::int8_t>(data, at);
    case kUnsignedByte:
      return data[at] / (normalised ? 255.0 : 1.0);
    case kShort:
      return normalised ? std::max(io::load_le<std::int16_t>(data, at) / 32767.0, -1.0)
                        : io::load_le<std::int16_t>(data, at);
    case kUnsignedShort:
      return io::load_le<std::uint16_t>(data, at) / (normalised ? 65535.0 : 1.0);
    case kUnsignedInt:
      return io::load_le<std::uint32_t>(data, at);
    default:
      return io::load_le<float>(data, at);
  }
}

}  // namespace

Document::Document(std::span<const std::uint8_t> bytes, std::string where)
    : where_(std::move(where)) {
  if (bytes.size() < 12 || io::load_le<std::uint32_t>(bytes, 0) != kMagic) {
    parse_json(bytes);
    load_buffers({});
    return;
  }
  if (io::load_le<std::uint32_t>(bytes, 4) != kVersion) refuse("is not glTF version 2");
  const std::uint32_t length = io::load_le<std::uint32_t>(bytes, 8);
  if (length > bytes.size()) refuse("is cut off");
  bytes = bytes.first(length).subspan(std::min<std::size_t>(length, 12));
  std::span<const std::uint8_t> binary;
  bool has_json = false;
  while (bytes.size() >= 8) {
    const std::uint32_t chunk_bytes = io::load_le<std::uint32_t>(bytes, 0);
    const std::uint32_t mark = io::load_le<std::uint32_t>(bytes, 4);
    bytes = bytes.subspan(8);
    if (chunk_bytes > bytes.size()) refuse("has a chunk that is cut off");
    const auto chunk = bytes.first(chunk_bytes);
    bytes = bytes.subspan(chunk_bytes);
    if (!has_json) {
      if (mark != kJsonChunk) refuse("does not begin with its JSON");
      parse_json(chunk);
      has_json = true;
    } else if (mark == kBinaryChunk && binary.empty()) {
      binary = chunk;
    }
  }
  if (!has_json) refuse("has no JSON");
  load_buffers(binary);
}

void Document::refuse(const std::string& what) const {
  input_error(where_, ": ", what, "; export it again as one glTF 2.0 file (.glb)");
}

void Document::parse_json(std::span<const std::uint8_t> text) {
  if (text.size() > kMaxJsonBytes) refuse("has more than 32 MiB of JSON");
  const json::parser_callback_t watch = [this](int depth, json::parse_event_t, json&) {
    if (depth > kMaxDepth) refuse("has JSON that is nested too deeply");
    return true;
  };
  try {
    root_ = json::parse(text.begin(), text.end(), watch);
  } catch (const json::exception&) {
    refuse("is not a glTF file, or is cut off");
  }
  const json& version = member(root_, "asset");
  if (!version.is_object() || !version.contains("version") || !version["version"].is_string() ||
      !version["version"].get_ref<const std::string&>().starts_with("2."))
    refuse("is not glTF version 2");
  for (const json& name : member(root_, "extensionsRequired"))
    if (name != "KHR_materials_unlit" && name != "KHR_texture_transform")
      refuse("requires an extension that is not read here");
}

void Document::load_buffers(std::span<const std::uint8_t> binary) {
  for (const json& buffer : member(root_, "buffers")) {
    if (!buffer.is_object()) refuse("has a malformed list of buffers");
    const std::size_t bytes = number(buffer, "byteLength");
    Bytes& data = buffers_.emplace_back();
    if (!buffer.contains("uri")) {
      if (buffers_.size() > 1 || bytes > binary.size()) refuse("lacks the bytes of a buffer");
      data.assign(binary.begin(), binary.begin() + static_cast<std::ptrdiff_t>(bytes));
      continue;
    }
    if (!buffer["uri"].is_string()) refuse("has a malformed list of buffers");
    data = decode_data_uri(buffer["uri"].get_ref<const std::string&>(), *this);
    if (data.size() < bytes) refuse("lacks the bytes of a buffer");
    data.resize(bytes);
  }
}

const json& Document::member(const json& object, const char* key) const {
  static const json kNone = json::array();
  if (!object.is_object()) refuse("has a value of the wrong kind in its JSON");
  const auto found = object.find(key);
  if (found == object.end()) return kNone;
  if (!found->is_structured()) refuse(text("has a malformed ", key));
  return *found;
}

const json& Document::item(const char* list, std::size_t index) const {
  const json& items = member(root_, list);
  if (!items.is_array() || index >= items.size() || !items[index].is_object())
    refuse(text("has no entry ", index, " in ", list));
  return items[index];
}

std::size_t Document::number(const json& object, const char* key, std::size_t absent) const {
  return object.contains(key) ? number(object, key) : absent;
}

std::size_t Document::number(const json& object, const char* key) const {
  constexpr std::uint64_t kMax = std::uint64_t{1} << 40;  // sums of two cannot overflow
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() > kMax)
    refuse(text("has a missing or malformed ", key));
  return found->get<std::size_t>();
}

std::span<const std::uint8_t> Document::view(std::size_t index) const {
  const json& description = item("bufferViews", index);
  const std::size_t buffer = number(description, "buffer");
  const std::size_t begin = number(description, "byteOffset", 0);
  const std::size_t bytes = number(description, "byteLength");
  if (buffer >= buffers_.size() || begin + bytes > buffers_[buffer].size())
    refuse("has a buffer view outside its buffer");
  return std::span(buffers_[buffer]).subspan(begin, bytes);
}

struct Document::Stored {
  std::span<const std::uint8_t> data;
  std::size_t offset = 0;
  std::size_t stride = 0;
};

Document::Stored Document::stored(const json& place, std::size_t count, std::size_t element) const {
  const std::size_t view_index = number(place, "bufferView");
  Stored out;
  out.data = view(view_index);
  out.offset = number(place, "byteOffset", 0);
  out.stride = number(item("bufferViews", view_index), "byteStride", element);
  // Division, because count times stride could overflow. A stride below the element would let a
  // small file ask for a large list.
  if (out.stride < element || out.offset > out.data.size() || count > kMaxComponents ||
      (count > 0 && (out.data.size() - out.offset < element ||
                     count - 1 > (out.data.size() - out.offset - element) / out.stride)))
    refuse("has an accessor outside its buffer view");
  return out;
}

/// The elements that a sparse accessor replaces.
void Document::add_sparse(const json& description, int type, Values& values) const {
  const json& sparse = member(description, "sparse");
  const std::size_t count = number(sparse, "count");
  const json& indices = member(sparse, "indices");
  const json& replaced = member(sparse, "values");
  const std::size_t index_type = number(indices, "componentType");
  if (count == 0 || count > values.count ||
      (index_type != kUnsignedByte && index_type != kUnsignedShort && index_type != kUnsignedInt))
    refuse("has a malformed sparse accessor");
  const std::size_t width = component_bytes(static_cast<int>(index_type));
  const std::size_t item_width = component_bytes(type);
  const Stored at = stored(indices, count, width);
  const Stored from = stored(replaced, count, item_width * values.components);
  const bool normalised = is_normalised(description);
  double before = -1;
  for (std::size_t i = 0; i < count; ++i) {
    const double row =
        component(at.data, at.offset + i * at.stride, static_cast<int>(index_type), false);
    if (!(row > before && row < static_cast<double>(values.count)))
      refuse("has a sparse accessor whose rows do not ascend within it");
    before = row;
    for (std::size_t c = 0; c < values.components; ++c) {
      const double value =
          component(from.data, from.offset + i * from.stride + c * item_width, type, normalised);
      if (!std::isfinite(value)) refuse("holds a number that is not finite");
      values.number[static_cast<std::size_t>(row) * values.components + c] = value;
    }
  }
}

Values Document::accessor(std::size_t index) const {
  const json& description = item("accessors", index);
  const auto type = description.find("type");
  if (type == description.end() || !type->is_string()) refuse("has an accessor without a type");
  const std::size_t component_type = number(description, "componentType");
  const std::size_t width =
      component_type <= kFloat ? component_bytes(static_cast<int>(component_type)) : 0;
  Values out;
  out.components = components_of(type->get_ref<const std::string&>());
  out.count = number(description, "count");
  if (width == 0 || out.components == 0) refuse("has an accessor of an unknown type");
  if (!description.contains("bufferView")) {  // the format: all zeros
    if (out.count > kMaxZeros / out.components) refuse("has too large an accessor without bytes");
    out.number.assign(out.count * out.components, 0.0);
  } else {
    if (out.count > kMaxComponents / out.components)
      refuse("has an accessor outside its buffer view");
    const Stored at = stored(description, out.count, width * out.components);
    const bool normalised = is_normalised(description);
    out.number.reserve(out.count * out.components);
    for (std::size_t i = 0; i < out.count; ++i) {
      for (std::size_t c = 0; c < out.components; ++c) {
        const double value = component(at.data, at.offset + i * at.stride + c * width,
                                       static_cast<int>(component_type), normalised);
        if (!std::isfinite(value)) refuse("holds a number that is not finite");
        out.number.push_back(value);
      }
    }
  }
  if (description.contains("sparse"))
    add_sparse(description, static_cast<int>(component_type), out);
  return out;
}

Bytes decode_data_uri(const std::string& uri, const Document& document) {
  const std::string_view all(uri);
  const std::size_t comma = all.find(',');
  if (!all.starts_with("data:") || comma == std::string_view::npos ||
      !all.substr(0, comma).ends_with(";base64"))
    document.refuse("keeps its data in another file");
  std::string_view digits = all.substr(comma + 1);
  while (digits.ends_with('=')) digits.remove_suffix(1);
  Bytes out;
  out.reserve(digits.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : digits) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) document.refuse("holds malformed base64 data");
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffffffu;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<std::uint8_t>(bits >> held));
  }
  return out;
}

}  // namespace fgcn::mesh::gltf
