// fgcn_train evaluate WEIGHTS [--faces N] [--seed N] [--json]
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/train/train_sub_command.h"
#include "io/terminal.h"
#include "train/evaluate/evaluation.h"
#include "train/run/progress.h"

namespace fgcn {
namespace {

struct Options {
  FaceAndDevice on;
  std::string weights;
  std::int64_t faces = 200;
  std::uint64_t seed = 1;
  bool json = false;
};

void print_evaluation(const train::Evaluation& e) {
  io::print_text("albedo error, mean absolute, sRGB-encoded [0, 1], %lld faces\n",
                 static_cast<long long>(e.faces));
  io::print_text("  %-10s %8s %8s %8s\n", "", "visible", "hidden", "all");
  const auto row = [](const char* name, const train::AlbedoError& error) {
    io::print_text("  %-10s %8.4f %8.4f %8.4f\n", name, error.visible, error.hidden, error.all);
  };
  row("coarse", e.coarse);
  row("projected", e.projected);
  row("refined", e.refined);
  io::print_text("lit color against the photo, median PSNR: coarse %.2f dB, refined %.2f dB\n",
                 e.coarse_psnr, e.refined_psnr);
}

nlohmann::json to_json(const train::Evaluation& e) {
  const auto error = [](const train::AlbedoError& a) {
    return nlohmann::json{{"visible", a.visible}, {"hidden", a.hidden}, {"all", a.all}};
  };
  return {{"faces", e.faces},
          {"albedo_error",
           {{"coarse", error(e.coarse)},
            {"projected", error(e.projected)},
            {"refined", error(e.refined)}}},
          {"psnr_db", {{"coarse", e.coarse_psnr}, {"refined", e.refined_psnr}}}};
}

int run(const Options& options) {
  const mesh::FaceModel face = options.on.face(
      [&](const mesh::FaceModel& model) { return weights_want(model, options.weights); });
  const Context ctx = app_context(options.on.device, options.on.threads);
  const auto model = recon::RefinementModel::load(ctx, face, options.weights);
  ProgressBar bar("evaluating", options.faces);
  const train::Evaluation result =
      train::evaluate(model, face, train::kEvaluationSeed + options.seed, options.faces,
                      [&bar](std::int64_t done) { bar.update(done); });
  if (options.json) {
    io::print_json(to_json(result).dump(2));
  } else {
    print_evaluation(result);
  }
  return 0;
}

}  // namespace

SubCommand add_evaluate_command(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* sub =
      app.add_subcommand("evaluate", "measures weights on synthetic faces, whose albedo is known");
  sub->add_option("WEIGHTS", options->weights, "weights file")->required();
  sub->add_option("--faces", options->faces, "to evaluate on")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10000000}))
      ->capture_default_str();
  sub->add_option("--seed", options->seed, "of the faces, none of which training sees")
      ->capture_default_str();
  sub->add_flag("--json", options->json, "print the evaluation as JSON");
  options->on.add_to(*sub);
  sub->footer(
      "Examples:\n"
      "  fgcn_train evaluate run/weights.safetensors\n"
      "  fgcn_train evaluate run/best.safetensors --faces 1000 --json > albedo.json");
  return {sub, [options] { return run(*options); }};
}

}  // namespace fgcn
