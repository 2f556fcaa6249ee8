// The wire format of protocol buffers, as far as TensorFlow's files use it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fgcn::io {

/// The fields of one message, one after the other. A message is no more than its fields' numbers
/// and bytes; who reads it knows their meaning. Borrows the bytes.
///
/// Errors   InputError naming `where` when a field does not fit the message, or is a group.
/// Source   the encoding as protobuf.dev documents it.
class ProtoReader {
 public:
  ProtoReader(std::span<const std::uint8_t> bytes, const std::string& where)
      : rest_(bytes), where_(&where) {}

  /// Goes to the next field; false at the end.
  bool next();
  int field() const { return field_; }
  /// Whether the field is a message, a text or packed numbers.
  bool has_bytes() const { return has_bytes_; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  /// Of a number: an integer, or the bits of a fixed one.
  std::uint64_t number() const { return number_; }
  ProtoReader message() const { return {bytes_, *where_}; }

 private:
  [[noreturn]] void refuse() const;
  std::uint64_t varint();

  std::span<const std::uint8_t> rest_;
  const std::string* where_;
  int field_ = 0;
  bool has_bytes_ = false;
  std::uint64_t number_ = 0;
  std::span<const std::uint8_t> bytes_;
};

/// Cuts a number of seven bits a byte off the front; false when the bytes end first or it is longer
/// than 64 bits.
bool take_varint(std::span<const std::uint8_t>& rest, std::uint64_t& value);

}  // namespace fgcn::io
