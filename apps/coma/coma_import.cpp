// fgcn_coma import
#include "train/coma/coma_import.h"

#include "apps/coma/coma_commands.h"
#include "apps/run_app.h"
#include "io/arrays/read_weights.h"
#include "io/terminal.h"
#include "io/writable.h"

namespace fgcn::coma_app {
namespace {

/// A training ends near 0.2; where the hierarchy is another one, it was seen between 0.55 and 0.85.
constexpr double kFarMean = 0.4;

struct Options : DeviceOptions {
  std::string weights, data, topology, matrices, split = "none", output;
  double millimetres = 1000;
};

int run(const Options& o) {
  check_output(o.output, {o.weights, o.data, o.topology, o.matrices});
  const Context ctx = app_context(o.device, o.threads);
  const io::Safetensors weights = io::read_weights(o.weights);
  const ComaSize size = train::published_size(weights, o.weights);
  const bool authors = size.form == ComaForm::kRelu;
  const train::SequenceData data = read_data(o.data, o.topology);
  const train::SequenceSplit split = train::split_sequences(data, o.split);
  std::vector<std::int64_t> known = split.training;
  known.insert(known.end(), split.validation.begin(), split.validation.end());
  train::ComaParts parts;
  parts.topology = data.topology;
  parts.matrices = train::published_hierarchy(data.topology, size.form, o.matrices);
  parts.statistics =
      train::mesh_statistics(data.positions, 3 * data.vertices(), known,
                             authors ? train::Deviation::kOverCount : train::Deviation::kUnbiased);
  parts.millimetres = o.millimetres;
  parts.split = o.split;
  train::ComaModel model = train::import_coma(ctx, std::move(parts), weights, o.weights);
  const auto width = static_cast<std::size_t>(3 * data.vertices());
  std::vector<float> codes;
  for (const std::int64_t i : known) {
    const std::vector<float> one =
        model.encode(std::span(data.positions).subspan(static_cast<std::size_t>(i) * width, width));
    codes.insert(codes.end(), one.begin(), one.end());
  }
  model.set_codes(train::code_statistics(codes, model.latent()));
  io::write_safetensors(o.output, model.file());
  const double distance = train::mean_mesh_distance(model);
  io::print_text("%s: %s, %lld latent numbers; the mean mesh comes back %.2f deviations off\n",
                 o.output.c_str(), authors ? "the authors' network" : "the re-make's network",
                 static_cast<long long>(model.latent()), distance);
  if (o.matrices.empty())
    io::print_message(
        "fgcn_coma: %s: these weights need the hierarchy of their training, which is not "
        "in the file; this one was made from the template, and rounding alone can make it "
        "another; give the training's matrices with --matrices, or train anew\n",
        o.weights.c_str());
  if (distance > kFarMean)
    io::print_message(
        "fgcn_coma: %s: the mean mesh comes back %.2f deviations off, about 0.2 after a "
        "training: the hierarchy or the meshes are not those of the weights\n",
        o.weights.c_str(), distance);
  return 0;
}

}  // namespace

Command add_import(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "import", "Make a model of published weights: a TensorFlow checkpoint, or torch's file.");
  command->add_option("weights", o->weights, "NAME.index of a checkpoint, a .pt or a .pth")
      ->required();
  command->add_option("--data", o->data, "the meshes that it was trained on, as for train")
      ->required();
  command->add_option("--template", o->topology, "as for train");
  command->add_option("--split", o->split, "that it was trained on, as for train")
      ->capture_default_str();
  command->add_option("--matrices", o->matrices,
                      "folder of the training's adjacency*.npz, laplacians*.npz, "
                      "downsamp_trans*.npz, upsamp_trans*.npz");
  command->add_option("--millimetres", o->millimetres, "as for train")
      ->check(CLI::Range(1e-6, 1e6))
      ->capture_default_str();
  command->add_option("-o,--output", o->output, "model to write")->required();
  add_device(*command, *o);
  command->footer(
      "Example:\n"
      "  fgcn_coma import checkpoints/sliced/model-315600.index --data train.npy "
      "--template template.obj -o sliced.safetensors");
  return [command, o] { return command->parsed() ? run(*o) : 0; };
}

}  // namespace fgcn::coma_app
