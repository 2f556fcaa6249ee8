#include "io/arrays/hdf5_file.h"

#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#ifdef FGCN_HDF5
#include <hdf5.h>
#endif

#include "io/input_file.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

constexpr std::array<std::uint8_t, 8> kSignature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/// The superblock says where the file ends.
void check_whole(const InputFile& file, const std::string& where) {
  constexpr std::uint64_t kMatHeader = 512;  // before a MAT 7.3 file's
  std::array<std::uint8_t, 48> block{};
  for (const std::uint64_t at : {std::uint64_t{0}, kMatHeader}) {
    if (file.size() < at + block.size()) break;
    file.read(at, block);
    if (std::memcmp(block.data(), kSignature.data(), kSignature.size()) != 0) continue;
    const std::uint8_t version = block[8];
    const std::size_t place = version == 0 ? 40 : version == 1 ? 0 : 28;
    const std::uint8_t offset_size = version < 2 ? block[13] : block[9];
    std::uint64_t end = 0;
    if (place == 0 || offset_size != sizeof end) return;  // for the library to judge
    std::memcpy(&end, block.data() + place, sizeof end);
    if (end > file.size())
      input_error(where, ": has ", file.size(), " bytes, expected ", end,
                  ": its end is missing; copy the file again");
    return;
  }
  input_error(where, ": is not an HDF5 file");
}

}  // namespace

#ifdef FGCN_HDF5

namespace {

constexpr std::uint64_t kMostValues = std::uint64_t{1} << 28;
constexpr std::size_t kMostText = std::size_t{1} << 24;

using Close = herr_t (*)(hid_t);
class Handle {
 public:
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  explicit operator bool() const { return id_ >= 0; }
  hid_t id() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

struct Dataset {
  Handle set, space, type;
  std::vector<hsize_t> shape;
};

/// Groups on the way and the dataset itself, none of them a link into another file.
bool is_there(hid_t file, const std::string& name) {
  for (std::size_t slash = name.find('/', 1);; slash = name.find('/', slash + 1)) {
    const std::string part = name.substr(0, slash);
    H5L_info_t info{};
    if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0 ||
        H5Lget_info(file, part.c_str(), &info, H5P_DEFAULT) < 0 || info.type != H5L_TYPE_HARD)
      return false;
    if (slash == std::string::npos) break;
  }
  const Handle object(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
  return object && H5Iget_type(object.id()) == H5I_DATASET;
}

}  // namespace

struct Hdf5File::Handles {
  hid_t file = -1;

  std::unique_ptr<Dataset> open(const std::string& name, H5T_class_t kind, H5T_class_t other,
                                const std::string& where) const {
    if (!is_there(file, name))
      input_error(where, ": has no dataset ", name, "; give the published file");
    const hid_t set = H5Dopen2(file, name.c_str(), H5P_DEFAULT);
    if (set < 0) input_error(where, ": ", name, " is damaged; copy the file again");
    auto out = std::unique_ptr<Dataset>(new Dataset{
        {set, H5Dclose}, {H5Dget_space(set), H5Sclose}, {H5Dget_type(set), H5Tclose}, {}});
    const Handle creation(H5Dget_create_plist(set), H5Pclose);
    if (!out->space || !out->type || !creation)
      input_error(where, ": ", name, " is damaged; copy the file again");
    if (H5Pget_layout(creation.id()) == H5D_VIRTUAL || H5Pget_external_count(creation.id()) > 0)
      input_error(where, ": ", name, " lies in another file; give the published file");
    const H5T_class_t stored = H5Tget_class(out->type.id());
    if (stored != kind && stored != other)
      input_error(where, ": ", name, " is of another type than the published file's");
    const int rank = H5Sget_simple_extent_ndims(out->space.id());
    if (rank < 0 || rank > 2)
      input_error(where, ": ", name, " has ", rank, " dimensions, expected at most 2");
    out->shape.resize(static_cast<std::size_t>(rank));
    if (rank > 0) H5Sget_simple_extent_dims(out->space.id(), out->shape.data(), nullptr);
    std::uint64_t count = 1;
    for (const hsize_t size : out->shape) {
      if (size > kMostValues || count * size > kMostValues)
        input_error(where, ": ", name, " has too many values for a face model");
      count *= size;
    }
    return out;
  }

  template <class T>
  std::vector<T> numbers(const std::string& name, std::int64_t columns, hid_t type,
                         const std::string& where) const {
    const auto data = open(name, H5T_FLOAT, H5T_INTEGER, where);
    std::vector<hsize_t> part = data->shape;
    const std::vector<hsize_t> start(part.size(), 0);
    if (columns >= 0) {
      if (part.size() != 2 || part[1] < static_cast<hsize_t>(columns))
        input_error(where, ": ", name, " has fewer than ", columns, " columns");
      part[1] = static_cast<hsize_t>(columns);
    }
    std::uint64_t count = 1;
    for (const hsize_t size : part) count *= size;
    std::vector<T> out(count);
    if (count == 0) return out;
    herr_t read = -1;
    if (part.empty()) {
      read = H5Dread(data->set.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data());
    } else {
      const Handle memory(H5Screate_simple(static_cast<int>(part.size()), part.data(), nullptr),
                          H5Sclose);
      if (memory && H5Sselect_hyperslab(data->space.id(), H5S_SELECT_SET, start.data(), nullptr,
                                        part.data(), nullptr) >= 0)
        read =
            H5Dread(data->set.id(), type, memory.id(), data->space.id(), H5P_DEFAULT, out.data());
    }
    if (read < 0) input_error(where, ": ", name, " is damaged; copy the file again");
    for (const T x : out)
      if (!std::isfinite(x))
        input_error(where, ": ", name, " holds a value that is not finite; copy the file again");
    return out;
  }
};

bool Hdf5File::built_in() { return true; }

Hdf5File::Hdf5File(const std::filesystem::path& path)
    : where_(path.string()), handles_(std::make_unique<Handles>()) {
  {
    const InputFile file(path);
    check_whole(file, where_);
  }
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
  handles_->file = H5Fopen(where_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (handles_->file < 0)
    input_error(where_, ": is damaged: the HDF5 library cannot open it; copy the file again");
}

Hdf5File::~Hdf5File() {
  if (handles_->file >= 0) H5Fclose(handles_->file);
}

bool Hdf5File::has(const std::string& name) const { return is_there(handles_->file, name); }

std::vector<std::int64_t> Hdf5File::shape(const std::string& name) const {
  const auto data = handles_->open(name, H5T_FLOAT, H5T_INTEGER, where_);
  return {data->shape.begin(), data->shape.end()};
}

std::vector<float> Hdf5File::floats(const std::string& name, std::int64_t columns) const {
  return handles_->numbers<float>(name, columns, H5T_NATIVE_FLOAT, where_);
}

std::vector<double> Hdf5File::doubles(const std::string& name) const {
  return handles_->numbers<double>(name, -1, H5T_NATIVE_DOUBLE, where_);
}

std::string Hdf5File::first_text(const std::string& name) const {
  const auto data = handles_->open(name, H5T_STRING, H5T_STRING, where_);
  std::uint64_t count = 1;
  for (const hsize_t size : data->shape) count *= size;
  if (count != 1) input_error(where_, ": ", name, " has ", count, " texts, expected 1");
  if (H5Tis_variable_str(data->type.id()) > 0) {
    char* value = nullptr;
    const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory.id(), H5T_VARIABLE);
    H5Tset_cset(memory.id(), H5Tget_cset(data->type.id()));
    if (H5Dread(data->set.id(), memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0)
      input_error(where_, ": ", name, " is damaged; copy the file again");
    std::string out = value == nullptr ? "" : value;
    H5free_memory(value);
    return out;
  }
  const std::size_t size = H5Tget_size(data->type.id());
  if (size == 0 || size > kMostText)
    input_error(where_, ": ", name, " is a text of ", size, " bytes, expected at most ", kMostText);
  std::string out(size, '\0');
  if (H5Dread(data->set.id(), data->type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()) < 0)
    input_error(where_, ": ", name, " is damaged; copy the file again");
  return out.substr(0, out.find('\0'));
}

#else

struct Hdf5File::Handles {};

bool Hdf5File::built_in() { return false; }

Hdf5File::Hdf5File(const std::filesystem::path& path) : where_(path.string()) {
  {
    const InputFile file(path);
    check_whole(file, where_);
  }
  input_error(where_, ": this program was built without the HDF5 library; install libhdf5-dev and ",
              "build it again");
}

Hdf5File::~Hdf5File() = default;

bool Hdf5File::has(const std::string& /*name*/) const { return false; }
std::vector<std::int64_t> Hdf5File::shape(const std::string& /*name*/) const { return {}; }
std::vector<float> Hdf5File::floats(const std::string& /*name*/, std::int64_t /*columns*/) const {
  return {};
}
std::vector<double> Hdf5File::doubles(const std::string& /*name*/) const { return {}; }
std::string Hdf5File::first_text(const std::string& /*name*/) const { return {}; }

#endif

}  // namespace fgcn::io
