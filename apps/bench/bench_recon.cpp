#include "apps/bench/bench_recon.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "io/mesh/normals.h"
#include "io/resources.h"
#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/triangle_list.h"
#include "recon/recon_output.h"
#include "recon/reconstruct.h"
#include "render/views.h"

namespace fgcn::bench {
namespace {

namespace fs = std::filesystem;
using recon::StageTimes;

/// The model's mean face before a grey wall, lit from ahead and above. The detector takes it for a
/// person (tests/train/synthetic/embedded_detection_test.cpp).
Image8 portrait(const mesh::FaceModel& model) {
  constexpr std::int64_t kPixels = 640;
  mesh::TriangleMesh surface{{}, model.triangles};
  for (std::size_t v = 0; v + 2 < model.mean_shape.size(); v += 3)
    surface.vertices.push_back(
        {model.mean_shape[v], model.mean_shape[v + 1], model.mean_shape[v + 2]});
  const std::vector<mesh::Vec3> normals = mesh::vertex_normals(surface);
  std::vector<float> lit = model.mean_albedo;
  for (std::size_t v = 0; v < normals.size(); ++v) {
    const double facing = std::max(0.0, 0.37 * normals[v][1] + 0.93 * normals[v][2]);
    const auto light = static_cast<float>(0.35 + 0.75 * facing);
    for (std::size_t c = 0; c < 3; ++c) lit[3 * v + c] = std::min(1.0F, lit[3 * v + c] * light);
  }
  Camera camera;
  camera.height = camera.width = kPixels;
  const std::vector<std::int32_t> faces = recon::flat(model.triangles);
  const Image drawn = render_colors({model.mean_shape, faces}, lit, Pose{}, camera);
  return to_bytes(lay_over(drawn, std::array<float, 3>{0.5F, 0.55F, 0.6F}));
}

struct Stage {
  const char* name;
  double StageTimes::*time;
};
constexpr Stage kStages[] = {{"decode", &StageTimes::decode}, {"detect", &StageTimes::detect},
                             {"fit", &StageTimes::fit},       {"refine", &StageTimes::refine},
                             {"render", &StageTimes::render}, {"write", &StageTimes::write}};

}  // namespace

void time_reconstruction(const Context& ctx, const fs::path& photo, Report& report) {
  const TemporaryFolder folder;
  mesh::FaceModel model = mesh::make_embedded_face();
  fs::path file = photo;
  if (file.empty()) {
    file = folder / "portrait.png";
    write_png(file, portrait(model));
  }
  recon::ReconstructOptions options;
  options.weights = find_resource("default_weights.safetensors");
  if (!options.weights)
    input_error("fgcn_bench: default_weights.safetensors is not beside the program; reinstall");
  const recon::Reconstructor reconstructor(ctx, std::move(model), options);
  const recon::OutputOptions output{
      .texture_size = 1024, .face_model = "embedded", .weights = "default"};

  std::vector<StageTimes> samples;
  const Timing whole = measure(
      report.repeats(), [] {},
      [&] {
        recon::Reconstruction result = reconstructor.run(file, std::nullopt);
        recon::write_reconstruction(folder.path(), "face", reconstructor.model(), result, output);
        samples.push_back(result.times);
      });
  samples.erase(samples.begin());  // the one that warms up
  for (const Stage& stage : kStages) {
    std::vector<double> wall;
    wall.reserve(samples.size());
    for (const StageTimes& s : samples) wall.push_back(s.*stage.time);
    report.add({{"recon", {}, stage.name}, timing(std::move(wall), {})});
  }
  report.add({{"recon", {}, "all stages"}, whole});
}

}  // namespace fgcn::bench
