#include "apps/train_gain.h"

#include <cstdio>

#include "kernels/core/error.h"

namespace fgcn {

int fit_gain_of(const Context& ctx, const mesh::FaceModel& face, const GainCommand& command,
                const std::atomic<bool>& stop) {
  if (command.out.empty())
    input_error("--fit-gain: give --out FILE.safetensors, where the weights go with their gain");
  if (std::filesystem::is_directory(command.out))
    input_error("--out ", command.out.string(), ": is a folder; give a file's name");
  if (command.options.faces == 0) input_error("--gain-faces 0: give some to fit the gain to");
  const train::GainFile file{command.weights, command.out};
  const auto fits = train::fit_gain_files(ctx, face, {&file, 1}, command.options, stop);
  if (!fits) {
    std::fprintf(stderr, "interrupted: nothing is written\n");
    return 3;
  }
  const train::GainFit& fit = fits->front();
  std::printf(
      "gain of the albedo, root mean square of its logarithm's error, %lld of %lld faces\n"
      "  %-34s %8s %8s %8s\n",
      static_cast<long long>(fit.faces), static_cast<long long>(command.options.faces), "", "red",
      "green", "blue");
  const auto row = [](const char* name, const std::array<double, 3>& error) {
    std::printf("  %-34s %8.4f %8.4f %8.4f\n", name, error[0], error[1], error[2]);
  };
  row("without a correction", fit.none);
  row("with the one that was there", fit.before);
  row("with the new one, faces left out", fit.after);
  std::fprintf(stderr, "done: %s\n", command.out.c_str());
  return 0;
}

}  // namespace fgcn
