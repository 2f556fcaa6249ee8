// MATLAB's files: what is stored otherwise than it is typed, small elements, structures, hostile
// sizes.
#include "io/arrays/mat_file.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/mesh/face/model_files.h"

namespace fgcn::io {
namespace {

/// A file of elements that are written here byte by byte.
class Elements {
 public:
  Elements() : bytes_(128, ' ') {
    std::memcpy(bytes_.data(), "MATLAB 5.0 MAT-file", 19);
    std::memcpy(bytes_.data() + 124, "\0\1IM", 4);
  }
  void word(std::uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void text(const std::string& value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }
  /// Opens a matrix of a class; `close` puts its size in.
  std::size_t open(std::uint32_t kind, std::int32_t rows, std::int32_t columns,
                   const std::string& name) {
    word(14);
    const std::size_t at = bytes_.size();
    word(0);
    for (const std::uint32_t x : {6U, 8U, kind, 0U, 5U, 8U}) word(x);
    word(static_cast<std::uint32_t>(rows));
    word(static_cast<std::uint32_t>(columns));
    word(1 | static_cast<std::uint32_t>(name.size()) << 16);  // packed: at most four letters
    std::string padded = name;
    padded.resize(4, '\0');
    text(padded);
    return at;
  }
  void close(std::size_t at) {
    const auto size = static_cast<std::uint32_t>(bytes_.size() - at - 4);
    std::memcpy(bytes_.data() + at, &size, sizeof size);
  }
  Bytes bytes_;
};

constexpr std::uint32_t kDouble = 6, kStruct = 2, kCell = 1;

MatFile read(const TemporaryFolder& folder, const Bytes& bytes) {
  write_file(folder / "x.mat", bytes);
  return MatFile(folder / "x.mat");
}

}  // namespace

TEST_CASE("mat: doubles stored as small integers, packed in their tag, are doubles") {
  const TemporaryFolder folder;
  Elements file;
  const std::size_t at = file.open(kDouble, 2, 1, "a");
  file.word(4 | 4U << 16);  // two uint16 in four bytes, in the tag
  file.word(7 | 300U << 16);
  file.close(at);
  const MatFile mat = read(folder, file.bytes_);
  CHECK(mat.size("a").rows == 2);
  CHECK(mat.list("a", 2) == std::vector<double>{7, 300});
}

TEST_CASE(
    "mat: rows and columns, integers and single precision, packed or not, the first columns") {
  const TemporaryFolder folder;
  for (const bool packed : {true, false}) {
    CAPTURE(packed);
    {
      test::MatWriter out(folder / "x.mat");
      out.add("single", 3, 2, std::vector<float>{1, 2, 3, 4, 5, 6}, packed);
      out.add("double", 1, 4, std::vector<double>{0.5, -1, 2, 1e9}, packed);
      out.add("short", 4, 1, std::vector<std::uint16_t>{1, 2, 3, 65535}, packed);
      out.add("empty", 0, 3, std::vector<float>{}, packed);
    }
    const MatFile mat(folder / "x.mat");
    CHECK(mat.floats("single", 3, -1) == std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(mat.floats("single", 3, 1) == std::vector<float>{1, 2, 3});
    CHECK(mat.doubles("single", 3, 2) == std::vector<double>{1, 2, 3, 4, 5, 6});
    CHECK(mat.floats("single", 3, 0).empty());
    CHECK(mat.list("double", 4) == std::vector<double>{0.5, -1, 2, 1e9});
    CHECK(mat.list("double", -1).size() == 4);
    CHECK(mat.list("short", 4).back() == 65535);
    CHECK(mat.floats("empty", 0, -1).empty());
    CHECK_FALSE(mat.has("other"));
    CHECK_THROWS_WITH_AS(mat.list("other", 1), doctest::Contains("x.mat: has no numeric matrix"),
                         InputError);
    CHECK_THROWS_WITH_AS(mat.list("single", 6),
                         doctest::Contains("single is 3 by 2, expected 6 values"), InputError);
    CHECK_THROWS_WITH_AS(mat.floats("single", 4, 2),
                         doctest::Contains("single is 3 by 2, expected 4 by 2 or more"),
                         InputError);
    CHECK_THROWS_WITH_AS(mat.floats("single", 3, 3), doctest::Contains("expected 3 by 3 or more"),
                         InputError);
  }
}

TEST_CASE("mat: damaged values are refused, not half read") {
  const TemporaryFolder folder;
  {
    test::MatWriter out(folder / "x.mat");
    std::vector<float> values(4999);  // filled up to a multiple of eight bytes
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1 / (1 + static_cast<float>(i));
    out.add("a", 4999, 1, values);
  }
  Bytes bytes = read_file(folder / "x.mat");
  Bytes other = bytes;
  other.back() ^= 1;  // of the checksum
  CHECK_THROWS_WITH_AS(read(folder, other).list("a", 4999), doctest::Contains("is damaged"),
                       InputError);
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 64; ++i) bytes[i] ^= 0xff;
  CHECK_THROWS_AS(read(folder, bytes).list("a", 4999), InputError);
  {
    test::MatWriter out(folder / "x.mat");
    out.add("a", 2, 1, std::vector<float>{1, INFINITY});
  }
  CHECK_THROWS_WITH_AS(MatFile(folder / "x.mat").list("a", 2),
                       doctest::Contains("a holds a value that is not finite"), InputError);
  // A size of 0 beside values: not a model without modes.
  for (const bool packed : {true, false}) {
    {
      test::MatWriter out(folder / "x.mat");
      out.add("damaged", 5, 0, std::vector<float>{1, 2, 3, 4, 5}, packed);
      out.add("empty", 5, 0, std::vector<float>{}, packed);
    }
    const MatFile file(folder / "x.mat");
    CHECK_THROWS_WITH_AS(file.floats("damaged", 5, 0),
                         doctest::Contains("the values of damaged are damaged"), InputError);
    CHECK(file.floats("empty", 5, 0).empty());
  }
}

TEST_CASE("mat: hostile files are refused, or pass without their variable") {
  const TemporaryFolder folder;
  {  // more values than there are bytes
    Elements file;
    const std::size_t at = file.open(kDouble, 20'000, 10'000, "a");
    file.word(9);
    file.word(1'600'000'000U);
    file.word(0);
    file.word(0);
    file.close(at);
    CHECK_THROWS_AS(read(folder, file.bytes_).floats("a", 20'000, 10), InputError);
  }
  for (const auto& [rows, columns] : {std::pair(-1, 5), std::pair(2'000'000'000, 2'000'000'000)}) {
    CAPTURE(rows);
    Elements file;
    const std::size_t at = file.open(kDouble, rows, columns, "a");
    file.word(9);
    file.word(8);
    file.word(0);
    file.word(0);
    file.close(at);
    CHECK_FALSE(read(folder, file.bytes_).has("a"));
  }
  {  // cells within cells are passed over, however deep
    Elements file;
    std::vector<std::size_t> open;
    for (int depth = 0; depth < 100'000; ++depth) open.push_back(file.open(kCell, 1, 1, "a"));
    for (auto at = open.rbegin(); at != open.rend(); ++at) file.close(*at);
    CHECK_FALSE(read(folder, file.bytes_).has("a"));
  }
  {  // a cell and a matrix in a structure
    Elements file;
    const std::size_t at = file.open(kStruct, 1, 1, "a");
    file.word(5 | 4U << 16);  // two bytes for the name of each field
    file.word(2);
    file.word(1 | 4U << 16);
    file.text(std::string("b\0c\0", 4));
    file.close(file.open(kCell, 1, 1, ""));
    const std::size_t field = file.open(kDouble, 1, 2, "");
    file.word(2 | 2U << 16);
    file.word(0x0907);
    file.close(field);
    file.close(at);
    const MatFile mat = read(folder, file.bytes_);
    CHECK_FALSE(mat.has("a.b"));
    CHECK(mat.list("a.c", 2) == std::vector<double>{7, 9});
  }
  {  // an element that is longer than the file
    Elements file;
    file.word(14);
    file.word(0xffffffffU);
    CHECK_THROWS_WITH_AS(read(folder, file.bytes_),
                         doctest::Contains("has 136 bytes, expected at least 4294967431"),
                         InputError);
  }
  CHECK_THROWS_WITH_AS(read(folder, {}), doctest::Contains("is not a little-endian MAT 5 file"),
                       InputError);
}

}  // namespace fgcn::io
