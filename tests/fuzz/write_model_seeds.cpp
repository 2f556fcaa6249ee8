#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/temporary_folder.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/tiny_face.h"
#include "tests/mesh/face/gnm_files.h"
#include "tests/mesh/face/model_files.h"

namespace fgcn::fuzz {

namespace {

/// `first`, then the bytes.
template <class T>
Bytes behind(std::uint8_t first, const T& bytes) {
  Bytes out{first};
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

void write_gnm_seeds(const Seeds& seeds) {
  mesh::FaceModel face = tiny_face();
  for (std::int32_t v = 0; v + 2 < 68; ++v) face.triangles.push_back({v, v + 1, v + 2});
  seeds.add("gnm_fuzz", "archive",
            behind(1, encode_npz(test::gnm_head(face), io::ZipMethod::kStored)));
  seeds.add("gnm_fuzz", "landmarks", behind(2, test::gnm_landmarks(face)));
  for (std::uint8_t kind = 0; kind <= 10; ++kind) {
    Bytes script{0};
    if (kind < 10) script.insert(script.end(), {kind, kind, 3, 0, 2, 0, 1});
    seeds.add("gnm_fuzz", ("change" + std::to_string(kind)).c_str(), script);
  }
}

}  // namespace

void write_model_seeds(const Seeds& seeds) {
  write_gnm_seeds(seeds);
  const TemporaryFolder folder;
  const mesh::FaceModel face = tiny_face();
  const auto add_file = [&](const char* name) {
    Bytes seed{0};
    const Bytes file = read_file(folder / name);
    seed.insert(seed.end(), file.begin(), file.end());
    seeds.add("morphable_fuzz", name, seed);
  };
  test::write_composed(folder / "composed.mat", face);
  add_file("composed.mat");
  {
    test::MatWriter out(folder / "plain.mat");
    out.add("shapePC", 3, 2, std::vector<float>(6, 0.5F), false);
    out.add("shapeEV", 2, 1, std::vector<std::uint16_t>{1, 2}, false);
    out.add("trimIndex", 1, 2, std::vector<double>{1, 2}, false);
  }
  add_file("plain.mat");
#ifdef FGCN_HDF5
  test::write_statismo(folder / "statismo.h5", face,
                       {{8, "center.chin.tip"},
                        {30, "center.nose.tip"},
                        {36, "right.eye.corner_outer"},
                        {45, "left.eye.corner_outer"},
                        {48, "right.lips.corner"},
                        {54, "left.lips.corner"}});
  add_file("statismo.h5");
#endif
  for (std::uint8_t how = 1; how < 3; ++how)
    for (std::uint8_t kind = 0; kind <= 10; ++kind) {
      Bytes script{how};
      if (kind < 10) script.insert(script.end(), {kind, kind, 3, 0, 2, 0, 1});
      seeds.add("morphable_fuzz",
                ("change" + std::to_string(how) + "-" + std::to_string(kind)).c_str(), script);
    }
}

}  // namespace fgcn::fuzz
