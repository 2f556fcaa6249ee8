#include "apps/bench/bench_recon.h"

#include <optional>
#include <vector>

#include "apps/bench/lit_portrait.h"
#include "io/resources.h"
#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/recon_output.h"
#include "recon/reconstruct.h"

namespace fgcn::bench {
namespace {

namespace fs = std::filesystem;
using recon::StageTimes;

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
    write_png(file, lit_portrait(model, 1.0F, 640));
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
