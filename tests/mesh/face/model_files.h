// Writes a face model in the files of other programs, for tests and fuzz seeds.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#ifdef FGCN_HDF5
#include <hdf5.h>
#endif
#include <zlib.h>

#include "io/arrays/npz.h"
#include "mesh/face/face_model.h"

namespace fgcn::test {

#ifdef FGCN_HDF5

class H5Writer {
 public:
  explicit H5Writer(const std::filesystem::path& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)),
        links_(H5Pcreate(H5P_LINK_CREATE)) {
    H5Pset_create_intermediate_group(links_, 1);
  }
  H5Writer(const H5Writer&) = delete;
  H5Writer& operator=(const H5Writer&) = delete;
  ~H5Writer() {
    H5Pclose(links_);
    H5Fclose(file_);
  }
  template <class T>
  void add(const std::string& name, const std::vector<hsize_t>& shape,
           const std::vector<T>& values) const {
    const hid_t type =
        sizeof(T) == 8 ? H5T_NATIVE_DOUBLE : (T(0.5) == T(0) ? H5T_NATIVE_INT32 : H5T_NATIVE_FLOAT);
    write(name, shape, type, values.data());
  }
  void add_text(const std::string& name, const std::string& value) const {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, value.size());
    write(name, {1}, type, value.data());
    H5Tclose(type);
  }
  hid_t file() const { return file_; }

 private:
  void write(const std::string& name, const std::vector<hsize_t>& shape, hid_t type,
             const void* values) const {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t set =
        H5Dcreate2(file_, name.c_str(), type, space, links_, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
  }
  hid_t file_, links_;
};

/// The face as BFM 2019 would be: millimetres off centre, unit modes and their variances. The
/// landmarks `named` by their places in iBUG's order.
inline void write_statismo(const std::filesystem::path& path, const mesh::FaceModel& face,
                           const std::vector<std::pair<std::size_t, std::string>>& named) {
  const H5Writer out(path);
  const auto numbers = face.mean_shape.size();
  std::vector<float> mean;
  for (std::size_t i = 0; i < numbers; ++i)
    mean.push_back(100 * face.mean_shape[i] + (i % 3 == 1 ? 40.0F : 0.0F));
  const auto add = [&](const std::string& group, const std::vector<float>& its_mean,
                       const mesh::Modes& modes, float unit) {
    const auto count = static_cast<std::size_t>(modes.count);
    std::vector<float> basis(numbers * count), variance(count);
    for (std::size_t k = 0; k < count; ++k) {
      double square = 0;
      for (std::size_t i = 0; i < numbers; ++i) {
        const double x = static_cast<double>(unit * modes.data[k * numbers + i]);
        square += x * x;
      }
      variance[k] = static_cast<float>(square);
      for (std::size_t i = 0; i < numbers; ++i)
        basis[i * count + k] = static_cast<float>(
            static_cast<double>(unit * modes.data[k * numbers + i]) / std::sqrt(square));
    }
    out.add(group + "/model/mean", {numbers}, its_mean);
    out.add(group + "/model/pcaBasis", {numbers, count}, basis);
    out.add(group + "/model/pcaVariance", {count}, variance);
  };
  add("/shape", mean, face.identity, 100);
  add("/expression", std::vector<float>(numbers, 0.0F), face.expression, 100);
  add("/color", face.mean_albedo, face.albedo, 1);
  std::vector<std::int32_t> cells;
  for (std::size_t k = 0; k < 3; ++k)
    for (const mesh::Triangle& t : face.triangles) cells.push_back(t[k]);
  out.add("/shape/representer/cells", {3, face.triangles.size()}, cells);
  std::string json;
  for (const auto& [place, name] : named) {
    const auto v = static_cast<std::size_t>(face.landmarks[place]);
    json += (json.empty() ? "[" : ", ") + ("{\"id\": \"" + name + "\", \"coordinates\": [") +
            std::to_string(mean[3 * v]) + ", " + std::to_string(mean[3 * v + 1]) + ", " +
            std::to_string(mean[3 * v + 2]) + "]}";
  }
  out.add_text("/metadata/landmarks/json", json + "]");
}

#endif

/// Writes a MAT 5 file when it goes.
class MatWriter {
 public:
  explicit MatWriter(std::filesystem::path path) : path_(std::move(path)), bytes_(128, ' ') {
    const std::string head = "MATLAB 5.0 MAT-file";
    std::copy(head.begin(), head.end(), bytes_.begin());
    const std::string sign("\0\1IM", 4);
    std::copy(sign.begin(), sign.end(), bytes_.begin() + 124);
  }
  MatWriter(const MatWriter&) = delete;
  MatWriter& operator=(const MatWriter&) = delete;
  ~MatWriter() {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes_.data()),
               static_cast<std::streamsize>(bytes_.size()));
  }

  struct Field {
    std::string name;
    std::size_t rows, columns;
    std::vector<double> values;
  };

  /// By columns; packed by zlib where asked.
  template <class T>
  void add(const std::string& name, std::size_t rows, std::size_t columns,
           const std::vector<T>& values, bool packed = true) {
    append(matrix(name, rows, columns, values), packed);
  }
  void add_structure(const std::string& name, const std::vector<Field>& fields) {
    Bytes body = head_of(2, 1, 1, name);
    constexpr std::size_t kWidth = 16;
    word(body, 5 | 4U << 16);
    word(body, kWidth);
    word(body, 1);
    word(body, static_cast<std::uint32_t>(kWidth * fields.size()));
    for (const Field& field : fields) {
      body.insert(body.end(), field.name.begin(), field.name.end());
      body.resize(body.size() + kWidth - field.name.size(), 0);
    }
    for (const Field& field : fields) {
      const Bytes one = matrix("", field.rows, field.columns, field.values);
      body.insert(body.end(), one.begin(), one.end());
    }
    append(closed(body), true);
  }

 private:
  static void word(Bytes& bytes, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  static void fill(Bytes& bytes) { bytes.resize((bytes.size() + 7) / 8 * 8, 0); }
  static Bytes head_of(std::uint32_t kind, std::size_t rows, std::size_t columns,
                       const std::string& name) {
    Bytes out;
    for (const std::uint32_t x : {6U, 8U, kind, 0U, 5U, 8U}) word(out, x);
    word(out, static_cast<std::uint32_t>(rows));
    word(out, static_cast<std::uint32_t>(columns));
    word(out, 1);
    word(out, static_cast<std::uint32_t>(name.size()));
    out.insert(out.end(), name.begin(), name.end());
    fill(out);
    return out;
  }
  static Bytes closed(const Bytes& body) {
    Bytes out;
    word(out, 14);
    word(out, static_cast<std::uint32_t>(body.size()));
    out.insert(out.end(), body.begin(), body.end());
    return out;
  }
  template <class T>
  static Bytes matrix(const std::string& name, std::size_t rows, std::size_t columns,
                      const std::vector<T>& values) {
    constexpr bool kWhole = T(0.5) == T(0);
    const std::uint32_t kind = sizeof(T) == 8 ? 6 : sizeof(T) == 2 ? 11 : kWhole ? 12 : 7;
    const std::uint32_t type = sizeof(T) == 8 ? 9 : sizeof(T) == 2 ? 4 : kWhole ? 5 : 7;
    Bytes body = head_of(kind, rows, columns, name);
    word(body, type);
    word(body, static_cast<std::uint32_t>(values.size() * sizeof(T)));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    body.insert(body.end(), bytes, bytes + values.size() * sizeof(T));
    fill(body);
    return closed(body);
  }
  void append(const Bytes& element, bool packed) {
    if (!packed) {
      bytes_.insert(bytes_.end(), element.begin(), element.end());
      return;
    }
    uLongf size = compressBound(static_cast<uLong>(element.size()));
    Bytes out(size);
    compress2(out.data(), &size, element.data(), static_cast<uLong>(element.size()), 1);
    word(bytes_, 15);
    word(bytes_, static_cast<std::uint32_t>(size));
    bytes_.insert(bytes_.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
  }

  std::filesystem::path path_;
  Bytes bytes_;
};

/// The face as Deep3DFaceReconstruction's BFM_model_front.mat, off centre.
inline void write_composed(const std::filesystem::path& path, const mesh::FaceModel& face) {
  MatWriter out(path);
  const std::size_t numbers = face.mean_shape.size();
  std::vector<float> mean = face.mean_shape, colors = face.mean_albedo;
  for (std::size_t i = 2; i < numbers; i += 3) mean[i] += 0.5F;
  for (float& x : colors) x *= 255;
  std::vector<float> albedo = face.albedo.data;
  for (float& x : albedo) x *= 255;
  out.add("meanshape", 1, numbers, mean);
  out.add("meantex", 1, numbers, colors);
  out.add("idBase", numbers, static_cast<std::size_t>(face.identity.count), face.identity.data);
  out.add("exBase", numbers, static_cast<std::size_t>(face.expression.count),
          std::vector<double>(face.expression.data.begin(), face.expression.data.end()));
  out.add("texBase", numbers, static_cast<std::size_t>(face.albedo.count), albedo);
  std::vector<float> tri, skin(face.skin.begin(), face.skin.end());
  for (std::size_t k = 0; k < 3; ++k)
    for (const mesh::Triangle& t : face.triangles) tri.push_back(static_cast<float>(t[k] + 1));
  std::vector<double> points;
  for (const std::int32_t v : face.landmarks) points.push_back(v + 1);
  out.add("tri", face.triangles.size(), 3, tri);
  out.add("keypoints", 68, 1, points);
  out.add("skinmask", 1, skin.size(), skin);
}

/// The face as FLAME's arrays: identities, then zeros up to 300, then expressions.
inline io::Npz flame_arrays(const mesh::FaceModel& face) {
  constexpr std::size_t kIdentities = 300;
  const std::size_t numbers = face.mean_shape.size(), vertices = numbers / 3;
  const auto identities = static_cast<std::size_t>(face.identity.count);
  const std::size_t modes = kIdentities + static_cast<std::size_t>(face.expression.count);
  std::vector<double> mean, shape(numbers * modes, 0.0);
  for (std::size_t i = 0; i < numbers; ++i) {
    mean.push_back(0.1 * static_cast<double>(face.mean_shape[i]) + (i % 3 == 1 ? 0.03 : 0.0));
    for (std::size_t k = 0; k < std::min(identities, kIdentities); ++k)
      shape[i * modes + k] = 0.1 * static_cast<double>(face.identity.data[k * numbers + i]);
    for (std::size_t k = kIdentities; k < modes; ++k)
      shape[i * modes + k] =
          0.1 * static_cast<double>(face.expression.data[(k - kIdentities) * numbers + i]);
  }
  std::vector<std::int64_t> corners;
  for (const mesh::Triangle& t : face.triangles) corners.insert(corners.end(), t.begin(), t.end());
  const auto v = static_cast<std::int64_t>(vertices);
  io::Npz out;
  const auto array = [](std::vector<std::int64_t> extents, const auto& values) {
    return io::NpyArray::of(std::move(extents), std::span(values));
  };
  out["v_template"] = array({v, 3}, std::as_const(mean));
  out["shapedirs"] = array({v, 3, static_cast<std::int64_t>(modes)}, std::as_const(shape));
  out["f"] = array({static_cast<std::int64_t>(face.triangles.size()), 3}, std::as_const(corners));
  std::vector<double> regressor(5 * vertices, 0.0), weights(5 * vertices, 0.0);
  for (std::size_t j = 0; j < 5; ++j) regressor[j * vertices + 10 * j] = 1;
  for (std::size_t i = 0; i < vertices; ++i) {
    weights[5 * i] = 0.25;
    weights[5 * i + 2] = 0.75;
  }
  out["J_regressor"] = array({5, v}, std::as_const(regressor));
  out["weights"] = array({v, 5}, std::as_const(weights));
  const std::vector<std::int64_t> tree{4294967295, 0, 1, 1, 1, 0, 1, 2, 3, 4};
  out["kintree_table"] = array({2, 5}, tree);
  return out;
}

/// Its landmarks as FLAME's embedding: a corner of a triangle each.
inline io::Npz flame_embedding(const mesh::FaceModel& face) {
  std::vector<std::int64_t> triangles;
  std::vector<double> weights;
  for (const std::int32_t landmark : face.landmarks)
    for (std::size_t t = 0; t < face.triangles.size(); ++t) {
      const auto& corners = face.triangles[t];
      const auto at = std::find(corners.begin(), corners.end(), landmark);
      if (at == corners.end()) continue;
      triangles.push_back(static_cast<std::int64_t>(t));
      for (std::ptrdiff_t k = 0; k < 3; ++k)
        weights.push_back(k == at - corners.begin() ? 0.6 : 0.2);
      break;
    }
  io::Npz out;
  const auto count = static_cast<std::int64_t>(triangles.size());
  out["full_lmk_faces_idx"] =
      io::NpyArray::of({1, count}, std::span<const std::int64_t>(triangles));
  out["full_lmk_bary_coords"] = io::NpyArray::of({1, count, 3}, std::span<const double>(weights));
  return out;
}

/// The largest difference; infinite where sizes differ, nothing is compared or one is no number.
inline double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = a.size() == b.size() && !a.empty() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = d <= worst ? worst : std::isnan(d) ? INFINITY : d;
  }
  return worst;
}

}  // namespace fgcn::test
