// Morphable models of true names, types and sizes without anybody's face, against their expected
// shapes and colors.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "io/arrays/hdf5_file.h"
#include "io/arrays/npz.h"
#include "io/mesh/obj.h"
#include "io/temporary_folder.h"
#include "mesh/face/morphable/flame.h"
#include "mesh/face/morphable/formats.h"
#include "mesh/face/morphable/morphable_import.h"
#include "tests/mesh/face/model_files.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;
using morphable::Kind;

std::vector<double> sum(std::vector<double> out, const Modes& modes,
                        const std::vector<double>& weights) {
  REQUIRE(modes.count >= static_cast<std::int64_t>(weights.size()));
  REQUIRE(modes.data.size() == static_cast<std::size_t>(modes.count) * out.size());
  for (std::size_t k = 0; k < weights.size(); ++k)
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] += weights[k] * static_cast<double>(modes.data[k * out.size() + i]);
  return out;
}

std::vector<double> wide(const std::vector<float>& x) { return {x.begin(), x.end()}; }

/// The largest difference; NaN and differing sizes count as infinite.
double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = a.size() == b.size() && !a.empty() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double d = std::abs(a[i] - b[i]);
    worst = d <= worst ? worst : std::isnan(d) ? INFINITY : d;
  }
  return worst;
}

/// The vertices that a golden file lists.
std::vector<double> rows(const std::vector<double>& xyz, const std::vector<std::int64_t>& which) {
  std::vector<double> out;
  for (const std::int64_t v : which)
    for (std::size_t c = 0; c < 3; ++c) out.push_back(xyz.at(3 * static_cast<std::size_t>(v) + c));
  return out;
}

std::vector<double> scaled(std::vector<double> x, double by) {
  for (double& one : x) one *= by;
  return x;
}

/// A folder with the six files of BFM 2009; nothing where one is missing.
class Basel2009 {
 public:
  Basel2009() {
    const auto standin = test::shared_data("golden/bfm_standin");
    const auto index = test::shared_data("meshes/deep3d_bfm_index");
    if (!standin || !index) return;
    const std::string packed = (*standin / "Exp_Pca.bin.xz").string();
    const std::string unpack = "xz -dc '" + packed + "' > '" + (folder / "modes").string() + "'";
    if (std::system(unpack.c_str()) != 0) {
      MESSAGE("skipped: xz cannot unpack " << packed);
      return;
    }
    for (const char* name : {"BFM_front_idx.mat", "BFM_exp_idx.mat", "facemodel_info.mat",
                             "std_exp.txt", "LICENSE", "select_vertex_id.mat"})
      fs::copy_file(*index / name, folder / name);
    // By content: the name says nothing.
    fs::copy_file(*standin / "01_MorphableModel.mat", folder / "basel.data");
    here = true;
  }
  TemporaryFolder folder;
  bool here = false;
};

void check_basel(const FaceModel& model, const io::Npz& golden) {
  const std::string where = "expected.npz";
  const auto numbers = [&](const char* name) { return io::at(golden, name, where).doubles(); };
  const std::vector<std::int64_t> some = io::at(golden, "rows", where).longs();
  CHECK(model.vertices() == 35709);
  CHECK(model.triangles.size() == 70789);
  const std::vector<double> shape =
      sum(sum(wide(model.mean_shape), model.identity, numbers("identity")), model.expression,
          numbers("expression"));
  const double shape_error = difference(rows(shape, some), numbers("shape_dm_f64"));
  // The sum of a few numbers of up to 1 dm, each rounded to single precision.
  CHECK(shape_error <= 2e-7);
  CHECK(difference(shape, numbers("shape_dm")) <= 2e-7);
  const std::vector<double> colors =
      scaled(sum(wide(model.mean_albedo), model.albedo, numbers("albedo")), 255);
  const double color_error = difference(rows(colors, some), numbers("albedo_255_f64"));
  CHECK(color_error <= 3e-5);
  CHECK(difference(colors, numbers("albedo_255")) <= 3e-5);
  CHECK(model.landmarks == io::at(golden, "landmarks", where).ints());
  CHECK(std::count(model.skin.begin(), model.skin.end(), 1) == 9642);
  MESSAGE("largest errors: shape " << shape_error << " dm, albedo " << color_error << " of 255");
}

}  // namespace

TEST_CASE("BFM 2009: its parts, told apart by content, give the golden faces") {
  const Basel2009 basel;
  if (!basel.here) return;
  const io::Npz golden = io::read_npz(*test::shared_data("golden/bfm_standin/expected.npz"));
  const fs::path source = basel.folder.path();
  const ImportedModel imported = import_bfm(std::vector<fs::path>{source}, {});
  CHECK(imported.read == (basel.folder / "basel.data").string());
  check_basel(imported.model, golden);
  CHECK(imported.model.identity.count == 80);
  CHECK(imported.model.expression.count == 64);
  CHECK(imported.model.albedo.count == 80);
  CHECK(imported.model.expression_low.at(63) == -3.0f);
  CHECK(imported.model.expression_high.at(63) == 3.0f);
}

TEST_CASE("BFM 2009: more modes are there to be had, and fewer") {
  const Basel2009 basel;
  if (!basel.here) return;
  morphable::Sources sources = morphable::find_sources(std::vector<fs::path>{basel.folder.path()});
  REQUIRE(sources.size() == 6);
  const morphable::RawModel raw = morphable::read_basel_2009(sources, {5, 500, 0});
  CHECK(raw.identity.count == 5);
  CHECK(raw.expression.count == 79);
  CHECK(raw.expression_high.size() == 79);
  CHECK(raw.albedo.count == 0);
}

TEST_CASE("BFM 2009 as Deep3DFaceReconstruction composes it gives the golden faces") {
  const auto file = test::shared_data("golden/bfm_standin/BFM_model_front.mat");
  if (!file) return;
  const io::Npz golden = io::read_npz(*test::shared_data("golden/bfm_standin/expected.npz"));
  check_basel(import_bfm(std::vector<fs::path>{*file}, {}).model, golden);
}

TEST_CASE("BFM 2017 and 2019: both ways of storing give the golden shapes, colors and triangles") {
  const auto folder = test::shared_data("golden/bfm_standin");
  if (!folder || !io::Hdf5File::built_in()) return;
  const std::string where = "bfm2019_expected.npz";
  const io::Npz golden = io::read_npz(*folder / where);
  const auto numbers = [&](const char* name) { return io::at(golden, name, where).doubles(); };
  const std::vector<std::int64_t> some = io::at(golden, "rows", where).longs();
  for (const char* name : {"bfm2019_small.h5", "bfm2019_small_chunked_f64.h5"}) {
    CAPTURE(name);
    REQUIRE(morphable::kind_of(*folder / name) == Kind::kStatismo);
    const morphable::RawModel raw = morphable::read_statismo(*folder / name, {});
    REQUIRE(raw.identity.count == 10);
    REQUIRE(raw.expression.count == 7);
    CHECK(raw.expression.names.back() == "mean_expression");
    CHECK(raw.expression_low.back() == 0.0f);
    CHECK(raw.expression_high.back() == 1.0f);
    CHECK(raw.expression_low.front() == -3.0f);
    const std::vector<double> neutral = sum(raw.mean, raw.identity, numbers("identity"));
    const double neutral_error =
        difference(scaled(rows(neutral, some), 100), numbers("neutral_mm"));
    CHECK(neutral_error <= 2e-5);
    std::vector<double> weights = numbers("expression");
    weights.push_back(1);  // of the mean expression
    const std::vector<double> full = sum(neutral, raw.expression, weights);
    CHECK(difference(scaled(rows(full, some), 100), numbers("full_mm")) <= 3e-5);
    const std::vector<double> colors = sum(wide(raw.mean_albedo), raw.albedo, numbers("albedo"));
    CHECK(difference(rows(colors, some), numbers("colour")) <= 1e-6);
    std::vector<std::int32_t> corners;
    for (const Triangle& t : raw.triangles) corners.insert(corners.end(), t.begin(), t.end());
    CHECK(corners == io::at(golden, "triangles", where).ints());
    // The last of the thirteen names is of no iBUG point.
    const std::vector<std::int32_t> vertices = io::at(golden, "landmark_vertices", where).ints();
    const std::size_t points[] = {8, 30, 36, 39, 42, 45, 48, 51, 54, 57, 62, 66};
    std::vector<std::int32_t> expected(68, -1);
    for (std::size_t i = 0; i < std::size(points); ++i) expected[points[i]] = vertices.at(i);
    CHECK(raw.landmarks == expected);
    MESSAGE("largest error of the neutral shape: " << neutral_error << " mm");
  }
}

TEST_CASE("LSFM: its bases as they are, its mean expression as a mode") {
  const auto folder = test::shared_data("golden/bfm_standin");
  const auto sphere = test::shared_data("meshes/jitter_sphere/jitter_sphere.obj");
  if (!folder || !sphere) return;
  const std::string where = "LSFM_expected.npz";
  const io::Npz golden = io::read_npz(*folder / where);
  const auto numbers = [&](const char* name) { return io::at(golden, name, where).doubles(); };
  const std::vector<std::int64_t> some = io::at(golden, "rows", where).longs();
  const morphable::Sources sources =
      morphable::find_sources(std::vector<fs::path>{*folder / "LSFM_small.mat"});
  REQUIRE(sources.count(Kind::kLsfm) == 1);
  const std::vector<std::int32_t> landmarks(68, 7);
  const morphable::RawModel raw = morphable::read_lsfm(sources, *sphere, landmarks, {});
  REQUIRE(raw.expression.count == 5);
  std::vector<double> weights = numbers("expression");
  weights.push_back(1);
  const std::vector<double> shape =
      sum(sum(raw.mean, raw.identity, numbers("identity")), raw.expression, weights);
  // Micrometres; single precision of 0.8 dm.
  const double error = difference(scaled(rows(shape, some), 1e5), numbers("shape"));
  CHECK(error <= 0.01);
  const std::vector<double> colors = sum(wide(raw.mean_albedo), raw.albedo, numbers("albedo"));
  CHECK(difference(scaled(rows(colors, some), 255), numbers("texture")) <= 1e-4);
  CHECK(raw.triangles == triangle_mesh(read_obj(*sphere)).triangles);
  CHECK(raw.landmarks == landmarks);
  MESSAGE("largest error: " << error << " micrometres");
}

TEST_CASE("LSFM of 53,215 vertices: the front by the index files of BFM 2009") {
  const auto index = test::shared_data("meshes/deep3d_bfm_index");
  const auto golden = test::shared_data("golden/bfm_standin/expected.npz");
  if (!index || !golden) return;
  const TemporaryFolder folder;
  constexpr std::size_t kVertices = 53215;
  std::vector<double> mean(3 * kVertices), modes(6 * kVertices);
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = 4.0 * static_cast<double>(i / 3);
  for (std::size_t i = 0; i < modes.size(); ++i) modes[i] = 1e5 * static_cast<double>(i);
  {
    test::MatWriter out(folder / "lsfm.mat");
    out.add_structure("model",
                      {{"shapeMU", 3 * kVertices, 1, mean}, {"shapePC", 3 * kVertices, 2, modes}});
  }
  const morphable::Sources sources = morphable::find_sources(std::vector<fs::path>{
      folder / "lsfm.mat", *index / "BFM_front_idx.mat", *index / "facemodel_info.mat"});
  const morphable::RawModel raw = morphable::read_lsfm(sources, {}, {}, {});
  CHECK(raw.triangles.size() == 70789);
  const io::Npz expected = io::read_npz(*golden);
  CHECK(raw.landmarks == io::at(expected, "landmarks", "expected.npz").ints());
  const std::vector<std::int32_t> front = io::at(expected, "exp_index", "expected.npz").ints();
  REQUIRE(raw.mean.size() == 3 * front.size());
  REQUIRE(raw.identity.count == 2);
  for (const std::size_t v : {std::size_t{0}, std::size_t{777}, front.size() - 1}) {
    CHECK(raw.mean[3 * v + 1] == doctest::Approx(4e-5 * front[v]));
    CHECK(raw.identity.data[3 * (front.size() + v) + 2] ==
          doctest::Approx(
              3.0 * static_cast<double>(kVertices + static_cast<std::size_t>(front[v])) + 2));
  }
}

TEST_CASE("FLAME's arrays are read as they are, of pickles as of an archive") {
  const auto folder = test::shared_data("golden/bfm_standin");
  if (!folder) return;
  const io::Npz golden = io::read_npz(*folder / "flame_small.npz");
  for (const char* name : {"flame_small.npz", "flame_small.pkl", "flame_small_chumpy.pkl"}) {
    CAPTURE(name);
    const morphable::FlameFile file = morphable::read_flame(*folder / name);
    CHECK(file.modes == 400);
    CHECK(file.joints == 5);
    CHECK(file.mean == golden.at("v_template").doubles());
    CHECK(file.shape == golden.at("shapedirs").doubles());
    CHECK(file.regressor == golden.at("J_regressor").doubles());
    CHECK(file.weights == golden.at("weights").doubles());
    const std::vector<std::int64_t> corners = golden.at("f").longs();
    REQUIRE(file.triangles.size() == 80);
    CHECK(file.triangles[0][0] == corners[0]);
    CHECK(file.triangles[79][2] == corners[239]);
    CHECK(file.parents.front() == -1);
    const morphable::RawModel raw = morphable::flame_model(file, {});
    CHECK(raw.identity.count == 80);
    CHECK(raw.expression.count == 64);
    // Mode k of vertex v: metres become decimetres, mode 300 is the first expression.
    const std::size_t v = 11, c = 2;
    CHECK(raw.identity.data[7 * 180 + 3 * v + c] ==
          doctest::Approx(10 * file.shape[(3 * v + c) * 400 + 7]));
    CHECK(raw.expression.data[5 * 180 + 3 * v + c] ==
          doctest::Approx(10 * file.shape[(3 * v + c) * 400 + 305]));
  }
}

}  // namespace fgcn::mesh
