// Numeric arrays of HDF5 files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace fgcn::io {

/// Datasets are named by their path, "/shape/model/mean". One is read when it is asked for. Filters
/// other than the library's own, external files and virtual datasets are refused: no other file is
/// opened and no plug-in loaded.
///
/// Errors   InputError naming the file and the dataset: a file that is no HDF5 file or is cut
///          short (with the size it should have), a dataset that is missing, of another type or
///          rank, too large or damaged; and where the program was built without HDF5.
class Hdf5File {
 public:
  explicit Hdf5File(const std::filesystem::path& path);
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;
  ~Hdf5File();

  /// In the program at hand.
  static bool built_in();

  bool has(const std::string& name) const;
  std::vector<std::int64_t> shape(const std::string& name) const;
  /// Row-major; of rank 2 only the first `columns` columns, of any rank all with -1.
  std::vector<float> floats(const std::string& name, std::int64_t columns = -1) const;
  std::vector<double> doubles(const std::string& name) const;
  /// The first string of a dataset of strings, of fixed or variable length.
  std::string first_text(const std::string& name) const;

 private:
  struct Handles;
  std::string where_;
  std::unique_ptr<Handles> handles_;
};

}  // namespace fgcn::io
