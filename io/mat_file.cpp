#include "io/mat_file.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#ifdef FGCN_MATIO
#include <matio.h>
#endif

#include "io/input_file.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::uint64_t kHeader = 128;
constexpr std::uint64_t kTag = 8;
constexpr std::int64_t kMostValues = std::int64_t{1} << 28;  // of a variable; BFM 2009 has 3.2e7
constexpr std::size_t kMostVariables = 1000;

std::uint32_t word(const std::uint8_t* at) {
  std::uint32_t out = 0;
  std::memcpy(&out, at, sizeof out);
  return out;
}

/// Follows the sizes of the variables to the end of the file: a file that is cut short is named so
/// before any of it is read.
void check_whole(const InputFile& file, const std::string& where) {
  std::uint64_t at = kHeader;
  for (std::size_t variables = 0; at < file.size(); ++variables) {
    std::array<std::uint8_t, kTag> tag{};
    const std::uint64_t left = file.size() - at;
    if (left >= kTag) file.read(at, tag);
    const std::uint64_t size = left < kTag ? kTag : kTag + word(tag.data() + 4);
    if (size > left)
      input_error(where, ": has ", file.size(), " bytes, expected at least ", at + size,
                  ": its end is missing; copy the file again");
    if (variables == kMostVariables)
      input_error(where, ": has more than ", kMostVariables,
                  " variables, no face model has so many");
    at += size;
  }
}

void check_head(const InputFile& file, const std::string& where) {
  std::array<std::uint8_t, kHeader> head{};
  if (file.size() >= kHeader) file.read(0, head);
  if (std::memcmp(head.data(), "MATL", 4) != 0 || std::memcmp(head.data() + 124, "\0\1IM", 4) != 0)
    input_error(where, ": is not a little-endian MAT 5 file; save it again from MATLAB with -v7");
}

#ifdef FGCN_MATIO

struct CloseFile {
  void operator()(mat_t* file) const { Mat_Close(file); }
};
struct FreeVariable {
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using File = std::unique_ptr<mat_t, CloseFile>;
using Variable = std::unique_ptr<matvar_t, FreeVariable>;

File open(const std::string& where) {
  File file(Mat_Open(where.c_str(), MAT_ACC_RDONLY));
  if (!file) input_error(where, ": is damaged: no MAT 5 file can be read from it; copy it again");
  return file;
}

bool numeric(const matvar_t& variable) {
  return variable.class_type >= MAT_C_DOUBLE && variable.class_type <= MAT_C_UINT64 &&
         variable.isComplex == 0 && variable.rank == 2 && variable.dims != nullptr;
}

void note(const matvar_t* variable, const std::string& name,
          std::map<std::string, MatFile::Size>& sizes) {
  if (variable == nullptr || !numeric(*variable)) return;
  const std::uint64_t rows = variable->dims[0], columns = variable->dims[1];
  constexpr auto kMost = static_cast<std::uint64_t>(kMostValues);
  if (rows > kMost || columns > kMost || rows * columns > kMost) return;
  sizes[name] = {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)};
}

/// The fields of a 1 x 1 structure.
void note_fields(matvar_t* variable, std::map<std::string, MatFile::Size>& sizes) {
  if (variable->rank != 2 || variable->dims == nullptr || variable->dims[0] != 1 ||
      variable->dims[1] != 1)
    return;
  const unsigned count = Mat_VarGetNumberOfFields(variable);
  char* const* names = Mat_VarGetStructFieldnames(variable);
  for (unsigned i = 0; names != nullptr && i < count && i < kMostVariables; ++i)
    if (names[i] != nullptr)
      note(Mat_VarGetStructFieldByIndex(variable, i, 0), text(variable->name, ".", names[i]),
           sizes);
}

template <class From, class To>
std::vector<To> converted(mat_t* file, matvar_t* variable, std::int64_t columns) {
  const auto rows = static_cast<std::size_t>(variable->dims[0]);
  std::vector<From> values(rows * static_cast<std::size_t>(columns));
  int start[2] = {0, 0}, stride[2] = {1, 1};
  int edge[2] = {static_cast<int>(rows), static_cast<int>(columns)};
  if (Mat_VarReadData(file, variable, values.data(), start, stride, edge) != 0) return {};
  if constexpr (std::is_same_v<From, To>) return values;
  return std::vector<To>(values.begin(), values.end());
}

/// Empty when the data are damaged.
template <class To>
std::vector<To> values_of(mat_t* file, matvar_t* variable, std::int64_t columns) {
  switch (variable->class_type) {
    case MAT_C_DOUBLE:
      return converted<double, To>(file, variable, columns);
    case MAT_C_SINGLE:
      return converted<float, To>(file, variable, columns);
    case MAT_C_INT8:
      return converted<std::int8_t, To>(file, variable, columns);
    case MAT_C_UINT8:
      return converted<std::uint8_t, To>(file, variable, columns);
    case MAT_C_INT16:
      return converted<std::int16_t, To>(file, variable, columns);
    case MAT_C_UINT16:
      return converted<std::uint16_t, To>(file, variable, columns);
    case MAT_C_INT32:
      return converted<std::int32_t, To>(file, variable, columns);
    case MAT_C_UINT32:
      return converted<std::uint32_t, To>(file, variable, columns);
    case MAT_C_INT64:
      return converted<std::int64_t, To>(file, variable, columns);
    case MAT_C_UINT64:
      return converted<std::uint64_t, To>(file, variable, columns);
    default:
      return {};
  }
}

#endif

}  // namespace

bool MatFile::built_in() {
#ifdef FGCN_MATIO
  return true;
#else
  return false;
#endif
}

MatFile::MatFile(const std::filesystem::path& path) : where_(path.string()) {
  {
    const InputFile file(path);
    check_head(file, where_);
    check_whole(file, where_);
  }
#ifdef FGCN_MATIO
  const File file = open(where_);
  for (std::size_t i = 0; i < kMostVariables; ++i) {
    const Variable variable(Mat_VarReadNextInfo(file.get()));
    if (!variable) break;
    if (variable->name == nullptr) continue;
    if (variable->class_type == MAT_C_STRUCT)
      note_fields(variable.get(), sizes_);
    else
      note(variable.get(), variable->name, sizes_);
  }
#else
  input_error(where_,
              ": this program was built without matio, which reads MATLAB's files; install ",
              "libmatio-dev and build it again");
#endif
}

MatFile::Size MatFile::size(const std::string& name) const {
  const auto found = sizes_.find(name);
  if (found == sizes_.end())
    input_error(where_, ": has no numeric matrix ", name, "; copy the file again");
  return found->second;
}

template <class T>
std::vector<T> MatFile::read(const std::string& name, std::int64_t columns) const {
  const Size expected = size(name);
  std::vector<T> out;
#ifdef FGCN_MATIO
  const File file = open(where_);
  const std::size_t dot = name.find('.');
  const Variable variable(Mat_VarReadInfo(file.get(), name.substr(0, dot).c_str()));
  matvar_t* matrix = variable.get();
  if (matrix != nullptr && dot != std::string::npos)
    matrix = Mat_VarGetStructFieldByName(matrix, name.c_str() + dot + 1, 0);
  if (expected.rows * columns == 0) return {};
  if (matrix != nullptr && numeric(*matrix) &&
      static_cast<std::int64_t>(matrix->dims[0]) == expected.rows &&
      static_cast<std::int64_t>(matrix->dims[1]) == expected.columns)
    out = values_of<T>(file.get(), matrix, columns);
#endif
  if (out.size() != static_cast<std::size_t>(expected.rows * columns))
    input_error(where_, ": the values of ", name, " are damaged; copy the file again");
  for (const T x : out)
    if (!std::isfinite(x))
      input_error(where_, ": ", name, " holds a value that is not finite; copy the file again");
  return out;
}

namespace {

std::int64_t fitting(const MatFile::Size& size, const std::string& name, std::int64_t rows,
                     std::int64_t columns, const std::string& where) {
  if (size.rows != rows || size.columns < (columns < 0 ? 0 : columns))
    input_error(where, ": ", name, " is ", size.rows, " by ", size.columns, ", expected ", rows,
                " by ", columns < 0 ? std::string("any number") : text(columns, " or more"),
                "; give the published file");
  return columns < 0 ? size.columns : columns;
}

}  // namespace

std::vector<float> MatFile::floats(const std::string& name, std::int64_t rows,
                                   std::int64_t columns) const {
  return read<float>(name, fitting(size(name), name, rows, columns, where_));
}

std::vector<double> MatFile::doubles(const std::string& name, std::int64_t rows,
                                     std::int64_t columns) const {
  return read<double>(name, fitting(size(name), name, rows, columns, where_));
}

std::vector<double> MatFile::list(const std::string& name, std::int64_t count) const {
  const Size found = size(name);
  if ((found.rows != 1 && found.columns != 1) || (count >= 0 && found.count() != count))
    input_error(where_, ": ", name, " is ", found.rows, " by ", found.columns, ", expected ",
                count < 0 ? std::string("a row or column") : text(count, " values"),
                "; give the published file");
  return read<double>(name, found.columns);
}

}  // namespace fgcn::io
