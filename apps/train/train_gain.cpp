// fgcn_train fit-gain WEIGHTS --out FILE [--faces N] [--seed N]
#include <memory>

#include "apps/train/train_sub_command.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "train/gain_fit.h"

namespace fgcn {
namespace {

struct Options {
  FaceAndDevice on;
  std::filesystem::path weights, out;
  train::GainFitOptions fit;
};

int run(const Options& options, const std::atomic<bool>& stop) {
  check_writable(options.out);
  const mesh::FaceModel face = options.on.face(
      [&](const mesh::FaceModel& model) { return weights_want(model, options.weights); });
  const Context ctx = app_context(options.on.device, options.on.threads);
  const train::GainFile file{options.weights, options.out};
  const auto fits = train::fit_gain_files(ctx, face, {&file, 1}, options.fit, stop);
  if (!fits) {
    io::print_message("interrupted: nothing is written\n");
    return kStoppedEarly;
  }
  const train::GainFit& fit = fits->front();
  io::print_text(
      "albedo gain, root mean square of its logarithm's error, %lld of %lld faces\n"
      "  %-34s %8s %8s %8s\n",
      static_cast<long long>(fit.faces), static_cast<long long>(options.fit.faces), "", "red",
      "green", "blue");
  const auto row = [](const char* name, const std::array<double, 3>& error) {
    io::print_text("  %-34s %8.4f %8.4f %8.4f\n", name, error[0], error[1], error[2]);
  };
  row("without a gain", fit.none);
  row("with the gain of the weights", fit.before);
  row("with the new gain, faces left out", fit.after);
  io::print_message("done: %s\n", options.out.c_str());
  return 0;
}

}  // namespace

SubCommand add_fit_gain_command(CLI::App& app, const std::atomic<bool>& stop) {
  const auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand(
      "fit-gain", "writes a copy of weights, the gain of their albedo fitted anew");
  sub->add_option("WEIGHTS", options->weights, "weights.safetensors or best.safetensors of a run")
      ->required();
  sub->add_option("--out", options->out, "where the copy goes; may be WEIGHTS")
      ->type_name("FILE")
      ->required();
  sub->add_option("--faces", options->fit.faces, "synthetic faces that the gain is fitted to")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000}))
      ->capture_default_str();
  sub->add_option("--seed", options->fit.seed, "of the faces")->capture_default_str();
  sub->add_option("--workers", options->fit.workers, "threads that render faces")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  options->on.add_to(*sub);
  sub->footer(
      "Example:\n"
      "  fgcn_train fit-gain run/best.safetensors --out gained.safetensors --workers 4");
  return {sub, [options, &stop] { return run(*options, stop); }};
}

}  // namespace fgcn
