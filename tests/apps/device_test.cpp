// The programs with --device, from training to a face, on simulated devices.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/image.h"
#include "io/temporary_folder.h"
#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "render/views.h"
#include "tests/device/small_face.h"
#include "tests/support/emulated_libraries.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;

/// A picture of the mean face and its landmarks, for --landmarks.
void write_portrait(const mesh::FaceModel& model, const fs::path& picture, const fs::path& points) {
  Camera camera;
  camera.height = camera.width = 320;
  std::vector<std::int32_t> faces;
  for (const mesh::Triangle& t : model.triangles) faces.insert(faces.end(), t.begin(), t.end());
  std::vector<float> lit = model.mean_albedo;
  for (float& c : lit) c *= 0.85F;
  const Image drawn = render_colors({model.mean_shape, faces}, lit, Pose{}, camera);
  write_png(picture, to_bytes(lay_over(drawn, std::array<float, 3>{0.5F, 0.55F, 0.6F})));
  std::string lines;
  for (const std::int32_t v : model.landmarks) {
    const float* p = &model.mean_shape[3 * static_cast<std::size_t>(v)];
    const auto at = to_screen(camera, {p[0], p[1], p[2]});
    lines += text(at[0], ",", at[1], "\n");
  }
  write_file(points, lines);
}

nlohmann::json check_done(const Outcome& outcome) {
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return nlohmann::json::parse(outcome.out).at(0);
}

TEST_CASE("a device that is not there is refused by every program in one sentence") {
  const TemporaryFolder folder;
  std::vector<std::string> names{"emulated", "gpu"};
  if (!available(Device::kCuda)) names.push_back("cuda");
  for (const std::string& name : names) {
    for (const std::string& call :
         {std::string("fgcn_recon"), std::string("fgcn_train"), std::string("fgcn_bench")}) {
      CAPTURE(call);
      CAPTURE(name);
      const std::string out = quoted(folder / "out");
      const Outcome outcome =
          test::run_program(call, (call == "fgcn_train" ? "train --device " : "--device ") + name +
                                      (call == "fgcn_recon"   ? " none.jpg -o " + out
                                       : call == "fgcn_train" ? " --out " + out
                                                              : " --tiny --only spmm"));
      CAPTURE(outcome.err);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.err.find("--device " + name) != std::string::npos);
      CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
      CHECK_FALSE(fs::exists(folder / "out"));
    }
  }
}

/// Programs of which a device is simulated.
struct Simulated {
  std::string programs;  // what their names end with
  std::string device;
  std::string settings;  // of the environment
};

std::vector<Simulated> simulated() {
  std::vector<Simulated> out;
  if (test::emulated_library("cublas")) out.push_back({"_emulated", "emulated", ""});
#ifdef FGCN_PTX_REPORTS
  // The kernels' PTX (tests/ptx); two graphs per step.
  if (!test::emulated_library("cublas")) return out;
  for (const char* settings : {"FGCN_PTX_ARCH=75", "FGCN_PTX_ARCH=120 FGCN_PTX_LAZY=1"})
    out.push_back({"_ptx", "cuda",
                   text("mkdir -p ", FGCN_PTX_REPORTS, " && FGCN_PTX_REPORT=", FGCN_PTX_REPORTS,
                        "/programs.txt ", settings)});
#endif
  return out;
}

/// All real numbers of a file of weights, one after another.
std::vector<float> all_weights(const fs::path& path) {
  std::vector<float> out;
  for (const auto& [name, tensor] : io::read_safetensors(path).tensors) {
    if (tensor.dtype != io::Dtype::kF32) continue;  // the meshes' indices
    const std::vector<float> values = tensor.floats();
    out.insert(out.end(), values.begin(), values.end());
  }
  return out;
}

TEST_CASE("training and reconstruction on simulated devices agree with the CPU") {
  const TemporaryFolder folder;
  const mesh::FaceModel model = test::small_face(3, 2);
  mesh::write_face_model(folder / "face.safetensors", model);
  write_portrait(model, folder / "photo.png", folder / "points.csv");
  const std::string face = " --face-model " + quoted(folder / "face.safetensors");
  const auto train = [&](const Simulated& on, const std::string& device, const fs::path& to) {
    const Outcome outcome =
        test::run_program("fgcn_train" + on.programs,
                          "train --device " + device +
                              " --steps 2 --batch 1 --gain-faces 0 --out " + quoted(to) + face,
                          on.settings);
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return all_weights(to / "weights.safetensors");
  };
  const auto reconstruct = [&](const Simulated& on, const std::string& device,
                               const fs::path& weights, const fs::path& to) {
    return check_done(test::run_program(
        "fgcn_recon" + on.programs,
        quoted(folder / "photo.png") + " --json --size 64 --texture-size 256 --landmarks " +
            quoted(folder / "points.csv") + " --weights " + quoted(weights) + " -o " + quoted(to) +
            " --device " + device + face,
        on.settings));
  };
  for (const Simulated& on : simulated()) {
    CAPTURE(on.settings + " " + on.programs);
    const fs::path here = folder / (on.programs + std::to_string(on.settings.size()));
    const std::vector<float> on_cpu = train(on, "cpu", here / "cpu");
    const std::vector<float> there = train(on, on.device, here / "there");
    REQUIRE(there.size() == on_cpu.size());
    REQUIRE(on_cpu.size() > 10000);
    // Two of Adam's steps, of at most 1e-3 each, whatever the gradient's size: where that nearly
    // vanishes rounding decides on the sign, of few weights.
    std::size_t other = 0;
    for (std::size_t i = 0; i < on_cpu.size(); ++i) {
      const double off = std::abs(double{there[i]} - double{on_cpu[i]});
      if (!(off <= 4.1e-3)) REQUIRE(off <= 4.1e-3);
      other += !(off <= 2e-5) ? 1 : 0;
    }
    CAPTURE(other);
    CHECK(100 * other <= on_cpu.size());

    const fs::path weights = here / "cpu" / "weights.safetensors";
    const nlohmann::json cpu = reconstruct(on, "cpu", weights, here / "cpu_face");
    const nlohmann::json gpu = reconstruct(on, on.device, weights, here / "face");
    const auto identity = [](const nlohmann::json& result) {
      return result.at("coefficients").at("identity").get<std::vector<double>>();
    };
    const std::vector<double> expected = identity(cpu), actual = identity(gpu);
    REQUIRE(actual.size() == expected.size());
    // Forty of Adam's steps, 0.04 standard deviations each at first.
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(std::abs(actual[i] - expected[i]) <= 2e-3);
    for (const char* stage : {"coarse", "projected", "refined"}) {
      CAPTURE(stage);
      const double psnr = cpu.at(stage).at("psnr"), psnr_there = gpu.at(stage).at("psnr");
      CHECK(std::abs(psnr_there - psnr) <= 0.01);
    }
  }
}

TEST_CASE("a program whose library refuses a call goes on without it, or ends with one sentence") {
  if (!test::emulated_library("cublas") || !test::emulated_library("cudnn")) return;
  const TemporaryFolder folder;
  mesh::write_face_model(folder / "face.safetensors", test::small_face(3, 2));
  const auto train = [&](const std::string& refused) {
    return test::run_program("fgcn_train_emulated",
                             "train --device emulated --steps 1 --batch 1 --gain-faces 0 --out " +
                                 quoted(folder / ("without_" + refused)) + " --face-model " +
                                 quoted(folder / "face.safetensors"),
                             "FGCN_REFUSE=" + refused);
  };
  // Convolutions have kernels of their own; tests/device compares the results.
  for (const std::string refused :
       {"cudnnCreate", "cudnnConvolutionForward:1", "cudnnConvolutionBackwardFilter",
        "cudnnGetConvolutionForwardWorkspaceSize:workspace"}) {
    CAPTURE(refused);
    const Outcome outcome = test::run_program("fgcn_bench_emulated",
                                              "--device emulated --tiny --repeats 1 --only conv2d",
                                              "FGCN_REFUSE=" + refused);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.err.find("own kernels") != std::string::npos);
    CHECK(outcome.out.find("backward") != std::string::npos);
  }
  for (const std::string refused : {"cublasCreate", "cublasSgemm:2"}) {
    CAPTURE(refused);
    const Outcome outcome = train(refused);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code != 0);
    CHECK(outcome.err.find(refused.substr(0, refused.find(':'))) != std::string::npos);
    CHECK(outcome.err.find("CUBLAS_STATUS_NOT_") != std::string::npos);
    CHECK_FALSE(fs::exists(folder / ("without_" + refused) / "weights.safetensors"));
  }
}

}  // namespace
}  // namespace fgcn
