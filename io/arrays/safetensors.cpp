#include "io/arrays/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "io/arrays/safetensors_types.h"
#include "io/crc32c.h"
#include "io/input_file.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

using nlohmann::json;

// The format allows 100 MB; 16 MiB is room for 100,000 arrays and keeps the JSON tree small.
constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxDataBytes = std::uint64_t{4} << 30;
constexpr const char* kMetadata = "__metadata__";
// A field of an array beside its type, shape and offsets. Other readers pass it over, and a program
// that writes changed arrays leaves it out.
constexpr const char* kChecksum = "crc32c";

/// One array of a header, before its bytes are copied.
struct Entry {
  std::string name;
  StoredTensor tensor;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::optional<std::uint32_t> checksum;
};

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The checksum goes on over the metadata, what the header says of an array, and the array.
std::uint32_t checksum_of(const std::map<std::string, std::string>& metadata) {
  return crc32c(bytes_of(json(metadata).dump()));
}
std::uint32_t checksum_of(std::uint32_t metadata, const std::string& name,
                          const StoredTensor& tensor) {
  const std::string head = json({name, info(tensor.dtype).name, tensor.shape}).dump();
  return crc32c(tensor.data, crc32c(bytes_of(head), metadata));
}

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

  Entry entry{name, {}, offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>(), {}};
  if (value.contains(kChecksum)) {
    const json& checksum = value[kChecksum];
    if (!checksum.is_number_unsigned() ||
        checksum.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
      refuse("has a malformed checksum");
    entry.checksum = checksum.get<std::uint32_t>();
  }
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
  const std::int64_t elements = elements_of(entry.tensor.shape);
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

/// A file's header: arrays without their data, in the order of their data.
struct Layout {
  Safetensors header;
  std::vector<Entry> entries;
};

std::uint64_t header_size(std::span<const std::uint8_t> start, std::uint64_t file_bytes,
                          const std::string& where) {
  std::uint64_t header_bytes = 0;
  if (start.size() < sizeof(header_bytes))
    input_error(where, ": is too short for a safetensors file; it may be cut off");
  std::memcpy(&header_bytes, start.data(), sizeof(header_bytes));
  if (header_bytes > file_bytes - sizeof(header_bytes) || header_bytes > kMaxHeaderBytes)
    input_error(where, ": gives its header ", header_bytes,
                " bytes, more than it may have; it is not a safetensors file or is cut off");
  return header_bytes;
}

Layout parse_layout(std::span<const std::uint8_t> text, std::uint64_t data_bytes,
                    const std::string& where) {
  const json header = parse_header(text, where);
  if (!header.is_object()) input_error(where, ": its header is no JSON object; it is damaged");
  Layout out;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadata) {
      out.header.metadata = parse_metadata(value, where);
    } else {
      out.entries.push_back(parse_entry(name, value, data_bytes, where));
      out.header.tensors.emplace(name, out.entries.back().tensor);
    }
  }
  // Arrays follow one another without gaps or overlaps: so the copies together are no larger than
  // the file, and no byte of it goes unread.
  std::sort(out.entries.begin(), out.entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t next = 0;
  std::size_t checked = 0;
  for (const Entry& entry : out.entries) {
    if (entry.begin != next)
      input_error(where, ": array ", json(entry.name).dump(), " does not begin where the one ",
                  "before ends; the file is damaged");
    next = entry.end;
    checked += entry.checksum ? 1 : 0;
  }
  if (next != data_bytes)
    input_error(where, ": has ", data_bytes - next,
                " bytes after its last array; the file is damaged");
  if (checked != 0 && checked != out.entries.size())
    input_error(where, ": has checksums for some arrays alone; the file is damaged");
  return out;
}

/// Takes the data of every array: copy(offset, room) fills the room.
template <class Copy>
Safetensors filled(Layout layout, const std::string& where, const Copy& copy) {
  const std::uint32_t metadata = checksum_of(layout.header.metadata);
  for (Entry& entry : layout.entries) {
    entry.tensor.data.resize(entry.end - entry.begin);
    copy(entry.begin, std::span(entry.tensor.data));
    if (entry.checksum && checksum_of(metadata, entry.name, entry.tensor) != *entry.checksum)
      input_error(where, ": array ", json(entry.name).dump(),
                  " does not fit its checksum; the file is damaged, get it anew");
    layout.header.tensors[entry.name] = std::move(entry.tensor);
  }
  return std::move(layout.header);
}

}  // namespace

Safetensors parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& where) {
  const std::uint64_t header_bytes = header_size(bytes, bytes.size(), where);
  bytes = bytes.subspan(sizeof(header_bytes));
  const std::span<const std::uint8_t> data = bytes.subspan(header_bytes);
  return filled(parse_layout(bytes.first(header_bytes), data.size(), where), where,
                [&](std::uint64_t offset, std::span<std::uint8_t> room) {
                  std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(offset), room.size(),
                              room.begin());
                });
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
    const std::uint32_t metadata = checksum_of(file.metadata);
    for (const auto& [name, tensor] : order)
      header[name][kChecksum] = checksum_of(metadata, name, *tensor);
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

Safetensors read_safetensors(const std::filesystem::path& path, const HeaderJudge& judge) {
  const std::string where = path.string();
  const InputFile file(path);
  std::array<std::uint8_t, sizeof(std::uint64_t)> start;
  const std::size_t begun = std::min<std::uint64_t>(file.size(), start.size());
  file.read(0, std::span(start).first(begun));
  const std::uint64_t header_bytes = header_size(std::span(start).first(begun), file.size(), where);
  Bytes header(header_bytes);
  file.read(start.size(), header);
  const std::uint64_t data_begin = start.size() + header_bytes;
  const std::uint64_t data_bytes = file.size() - data_begin;
  Layout layout = parse_layout(header, data_bytes, where);
  if (judge) judge(layout.header);
  if (data_bytes > kMaxDataBytes)
    input_error(where, ": holds ", data_bytes, " bytes of arrays, more than the ", kMaxDataBytes,
                " accepted here");
  return filled(std::move(layout), where, [&](std::uint64_t offset, std::span<std::uint8_t> room) {
    file.read(data_begin + offset, room);
  });
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& file) {
  write_file(path, encode_safetensors(file));
}

}  // namespace fgcn::io
