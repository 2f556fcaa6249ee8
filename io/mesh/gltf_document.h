// A glTF file taken apart: its JSON, its buffers, and accessors read as numbers.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"

namespace fgcn::mesh::gltf {

/// `components` numbers for each element, normalised integers already divided by their largest.
struct Values {
  std::size_t count = 0;
  std::size_t components = 0;
  std::vector<double> number;
};

/// Every look-up is checked: InputError names the file and what is wrong.
class Document {
 public:
  Document(std::span<const std::uint8_t> bytes, std::string where);

  const nlohmann::json& root() const { return root_; }

  [[noreturn]] void refuse(const std::string& what) const;
  /// Entry `index` of the root's list `list`, an object.
  const nlohmann::json& item(const char* list, std::size_t index) const;
  /// object[key] as a count; `absent` when it is not there.
  std::size_t number(const nlohmann::json& object, const char* key, std::size_t absent) const;
  std::size_t number(const nlohmann::json& object, const char* key) const;
  /// object[key] when it is there and an object or array, else an empty one.
  const nlohmann::json& member(const nlohmann::json& object, const char* key) const;

  Values accessor(std::size_t index) const;
  std::span<const std::uint8_t> view(std::size_t index) const;

 private:
  void parse_json(std::span<const std::uint8_t> text);
  void load_buffers(std::span<const std::uint8_t> binary);
  /// Where an accessor's elements are stored.
  struct Stored;
  /// `count` elements of `element` bytes, `step` apart, within a view.
  Stored stored(const nlohmann::json& place, std::size_t count, std::size_t element) const;
  void add_sparse(const nlohmann::json& description, int type, Values& values) const;

  std::string where_;
  nlohmann::json root_;
  std::vector<Bytes> buffers_;
};

/// The bytes of a "data:...;base64," address; InputError when it is none.
Bytes decode_data_uri(const std::string& uri, const Document& document);

}  // namespace fgcn::mesh::gltf
