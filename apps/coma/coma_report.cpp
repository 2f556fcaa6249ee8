// fgcn_coma errors, latent; and what all commands share
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <system_error>

#include "apps/coma/coma_commands.h"
#include "apps/run_app.h"
#include "io/mesh/gltf.h"
#include "io/output_folder.h"
#include "io/terminal.h"
#include "train/coma/coma_errors.h"
#include "train/coma/latent_directions.h"
#include "train/run/progress.h"

namespace fgcn::coma_app {
namespace {

namespace fs = std::filesystem;
using train::ComaModel;
using train::VertexErrors;

struct ErrorOptions : ModelOptions {
  std::string data, topology, split, output, name = "test";
  bool json = false;
};

std::vector<float> rows_of(const std::vector<float>& all, std::int64_t width,
                           const std::vector<std::int64_t>& which) {
  std::vector<float> out;
  out.reserve(which.size() * static_cast<std::size_t>(width));
  for (const std::int64_t i : which)
    out.insert(out.end(), all.begin() + i * width, all.begin() + (i + 1) * width);
  return out;
}

nlohmann::ordered_json json_of(const VertexErrors& e) {
  return {{"mean_mm", e.mean}, {"std_mm", e.deviation}, {"median_mm", e.median}};
}

int errors(const ErrorOptions& o) {
  const OutputFolder folder("--output", o.output);
  const ComaModel model = o.read();
  const train::SequenceData data = read_data(o.data, o.topology);
  if (data.vertices() != model.vertices())
    input_error(o.data, ": has meshes of ", data.vertices(), " vertices, the model's have ",
                model.vertices(), "; give meshes of its topology");
  const std::string rule = o.split.empty() ? model.parts().split : o.split;
  const train::SequenceSplit split = train::split_sequences(data, rule);
  if (split.test.empty()) input_error("--split ", rule, ": leaves no mesh to test on");

  const std::int64_t width = 3 * model.vertices();
  std::vector<std::int64_t> known = split.training;
  known.insert(known.end(), split.validation.begin(), split.validation.end());
  const std::vector<float> truth = rows_of(data.positions, width, split.test);
  const std::vector<float> known_rows = model.normalised(rows_of(data.positions, width, known));
  std::vector<std::int64_t> all(known.size());
  std::iota(all.begin(), all.end(), 0);
  const auto components =
      std::min<std::int64_t>({model.latent(), width, static_cast<std::int64_t>(all.size())});
  const train::Components linear = train::principal_components(known_rows, width, all, components);
  const std::vector<float> test_rows = model.normalised(truth);
  const double millimetres = model.parts().millimetres;
  const VertexErrors of_linear = train::vertex_errors(
      model.denormalised(train::through(linear, test_rows)), truth, millimetres);
  const VertexErrors of_model = train::vertex_errors(model.through(truth), truth, millimetres);
  const VertexErrors of_mean = train::vertex_errors(
      model.denormalised(std::vector<float>(test_rows.size())), truth, millimetres);

  const std::vector<train::NamedErrors> curves{
      {"CoMA", of_model}, {"PCA", of_linear}, {"mean mesh", of_mean}};
  write_file(fs::path(o.output) / "errors.csv", std::string_view(train::curve_table(curves)));
  write_png(fs::path(o.output) / "errors.png", train::curve_picture(curves));
  const nlohmann::ordered_json json{{"split", rule},
                                    {"meshes", split.test.size()},
                                    {"latent", model.latent()},
                                    {"coma", json_of(of_model)},
                                    {"pca", json_of(of_linear)},
                                    {"mean_mesh", json_of(of_mean)}};
  const std::string text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  write_file(fs::path(o.output) / "errors.json", std::string_view(text + "\n"));
  if (o.json)
    io::print_json(text);
  else
    io::print_text("%s\nmean mesh: %.3f+%.3f | %.3f, in mm over %zu meshes\n",
                   train::error_line(o.name, of_linear, of_model).c_str(), of_mean.mean,
                   of_mean.deviation, of_mean.median, split.test.size());
  return 0;
}

struct LatentOptions : ModelOptions {
  std::string output;
};

int latent(const LatentOptions& o) {
  const ComaModel model = o.read();
  const OutputFolder folder("--output", o.output);
  write_png(fs::path(o.output) / "latent.png", train::latent_sheet(model));
  write_file(fs::path(o.output) / "latent.glb",
             mesh::encode_glb(train::latent_targets(model), mesh::GlbOptions{.name = "latent"}));
  io::print_text("%s: latent.png, latent.glb\n", o.output.c_str());
  return 0;
}

}  // namespace

void add_device(CLI::App& command, DeviceOptions& options) {
  command.add_option("--device", options.device, "auto, cpu or cuda")->capture_default_str();
  command.add_option("--threads", options.threads, "CPU threads; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

void add_model(CLI::App& command, ModelOptions& options) {
  command.add_option("model", options.model, "coma.safetensors, or a checkpoint")->required();
  add_device(command, options);
}

ComaModel ModelOptions::read() const {
  return ComaModel::read(app_context(device, threads), model);
}

train::SequenceData read_data(const std::string& data, const std::string& topology) {
  train::SequenceSource source{data, std::nullopt};
  if (!topology.empty()) source.topology = topology;
  std::optional<ProgressBar> bar;
  train::SequenceData out = train::read_sequences(source, [&](std::int64_t n, std::int64_t of) {
    if (!bar) bar.emplace("reading", of);
    bar->update(n);
  });
  bar.reset();
  if (!out.left_out.empty())
    io::print_message("%zu meshes are left out, of another number of vertices; the first: %s\n",
                      out.left_out.size(), out.left_out.front().c_str());
  return out;
}

Command add_errors(CLI::App& app) {
  const auto o = std::make_shared<ErrorOptions>();
  CLI::App* command = app.add_subcommand(
      "errors", "Measure a model on held-out meshes, beside PCA of its size and the mean mesh.");
  add_model(*command, *o);
  command->add_option("--data", o->data, "as for train")->required();
  command->add_option("--template", o->topology, "as for train");
  command->add_option("--split", o->split, "as for train (default: that of the training)");
  command->add_option("--name", o->name, "begins the printed line")->capture_default_str();
  command->add_option("-o,--output", o->output, "folder for errors.csv, errors.png, errors.json")
      ->required();
  command->add_flag("--json", o->json, "print the figures as JSON");
  command->footer(
      "Example:\n"
      "  fgcn_coma errors run/coma.safetensors --data sequences -o errors");
  return [command, o] { return command->parsed() ? errors(*o) : 0; };
}

Command add_latent(CLI::App& app) {
  const auto o = std::make_shared<LatentOptions>();
  CLI::App* command = app.add_subcommand(
      "latent", "Show what the latent numbers do: a sheet, and a GLB with morph targets.");
  add_model(*command, *o);
  command->add_option("-o,--output", o->output, "folder for latent.png and latent.glb")->required();
  command->footer("Example:\n  fgcn_coma latent run/coma.safetensors -o latent");
  return [command, o] { return command->parsed() ? latent(*o) : 0; };
}

}  // namespace fgcn::coma_app
