// Numeric matrices of MATLAB's files, version 5.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fgcn::io {

/// The two-dimensional real numeric variables of a MAT 5 file, packed or not. A field of a 1 x 1
/// structure is named "structure.field". A variable is read when it is asked for; its first columns
/// alone cost the memory of those. Cells, objects, sparse matrices and structures within structures
/// are passed over.
///
/// Errors   InputError naming the file, the variable and the size that is expected: a file that is
///          no little-endian MAT 5 file or is cut short, a variable that is missing, of another
///          size or damaged.
/// Source   MATLAB, "MAT-File Format", version 5.
class MatFile {
 public:
  struct Size {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t count() const { return rows * columns; }
  };

  explicit MatFile(const std::filesystem::path& path);

  bool has(const std::string& name) const { return variables_.contains(name); }
  Size size(const std::string& name) const { return variable(name).size; }
  /// By columns, [columns][rows]: the first `columns` of a variable of `rows` rows, or all of them
  /// with -1.
  std::vector<float> floats(const std::string& name, std::int64_t rows, std::int64_t columns) const;
  std::vector<double> doubles(const std::string& name, std::int64_t rows,
                              std::int64_t columns) const;
  /// A row or a column of `count` values (-1: any number).
  std::vector<double> list(const std::string& name, std::int64_t count) const;

 private:
  friend class MatWalk;
  struct Variable {
    Size size;
    std::uint64_t begin = 0, end = 0;  // of the top element, in the file
    bool packed = false;
    std::uint64_t data = 0;  // where its values begin, in the element's unpacked bytes
  };
  const Variable& variable(const std::string& name) const;
  template <class T>
  std::vector<T> read(const std::string& name, std::int64_t columns) const;

  std::filesystem::path path_;
  std::string where_;
  std::map<std::string, Variable> variables_;
};

}  // namespace fgcn::io
