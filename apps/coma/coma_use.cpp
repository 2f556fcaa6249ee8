// fgcn_coma encode, decode, sample, interpolate
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "apps/coma/coma_commands.h"
#include "apps/run_app.h"
#include "io/arrays/npz.h"
#include "io/mesh/ply.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "train/coma/latent_directions.h"
#include "train/run/progress.h"

namespace fgcn::coma_app {
namespace {

namespace fs = std::filesystem;
using train::ComaModel;

struct Options : ModelOptions {
  std::vector<std::string> inputs;
  std::string output, from, to;
  std::int64_t count = 9;
  std::uint64_t seed = 1;
  bool json = false;
};

/// Positions of a mesh file or of an array [n, V, 3].
std::vector<float> positions_of(const ComaModel& model, const fs::path& path) {
  const std::string where = path.string();
  std::vector<float> out;
  std::int64_t vertices = 0;
  if (path.extension() == ".npy") {
    const io::NpyArray array = io::parse_npy(read_file(path), where);
    if (array.shape.size() != 3 || array.shape[2] != 3)
      input_error(where, ": is no array [n, V, 3] of meshes");
    vertices = array.shape[1];
    const std::vector<double> values = array.doubles();
    out.assign(values.begin(), values.end());
  } else {
    const mesh::TriangleMesh mesh = train::read_mesh_file(path);
    vertices = static_cast<std::int64_t>(mesh.vertices.size());
    for (const mesh::Vec3& p : mesh.vertices)
      for (const double x : p) out.push_back(static_cast<float>(x));
  }
  if (vertices != model.vertices())
    input_error(where, ": has ", vertices, " vertices, the model's meshes ", model.vertices(),
                "; give meshes of its topology");
  for (const float x : out)
    if (!(x >= -1e6F && x <= 1e6F))
      input_error(where, ": holds a coordinate of ", x, ", expected at most 1e6 either way");
  return out;
}

int encode(const Options& o) {
  if (!o.output.empty()) {
    std::vector<fs::path> inputs{o.model};
    inputs.insert(inputs.end(), o.inputs.begin(), o.inputs.end());
    check_output(o.output, inputs);
    if (fs::path(o.output).extension() != ".npy")
      input_error("--output ", o.output, ": an array is written; give a name that ends in .npy");
  }
  if (o.output.empty() && !o.json) input_error("encode: give -o FILE.npy, or --json");
  const ComaModel model = o.read();
  std::vector<float> codes;
  nlohmann::ordered_json table = nlohmann::ordered_json::array();
  int code = 0;
  for (const std::string& input : o.inputs) {
    const auto failure = failure_of(input, [&] {
      const std::vector<float> some = model.encode(positions_of(model, input));
      for (std::size_t i = 0; i < some.size(); i += static_cast<std::size_t>(model.latent()))
        table.push_back({{"file", input},
                         {"code", std::vector<float>(some.begin() + static_cast<std::ptrdiff_t>(i),
                                                     some.begin() + static_cast<std::ptrdiff_t>(i) +
                                                         model.latent())}});
      codes.insert(codes.end(), some.begin(), some.end());
    });
    if (!failure) continue;
    io::print_message("fgcn_coma: %s\n", failure->message.c_str());
    code = std::max(code, failure->code);
  }
  // Rows stand for inputs by their order: an array with a row missing would mislead.
  if (!o.output.empty() && code == 0)
    write_file(o.output,
               io::encode_npy(io::NpyArray::of(
                   {static_cast<std::int64_t>(codes.size()) / model.latent(), model.latent()},
                   std::span<const float>(codes))));
  if (o.json) io::print_json(table.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return code;
}

int decode(const Options& o) {
  const MeshResult result(o.output, {o.model, o.inputs.front()});
  const ComaModel model = o.read();
  const std::string& where = o.inputs.front();
  const io::NpyArray array = io::parse_npy(read_file(where), where);
  if (array.shape.size() != 2 || array.shape[1] != model.latent())
    input_error(where, ": is no array [n, ", model.latent(), "] of the model's codes");
  const std::vector<double> values = array.doubles();
  for (const double z : values)
    if (!(z >= -1e6 && z <= 1e6))
      input_error(where, ": holds a code of ", z, ", expected at most 1e6 either way");
  const std::vector<float> codes(values.begin(), values.end());
  result.write(model, model.decode(codes), "mesh");
  return 0;
}

int sample(const Options& o) {
  const MeshResult result(o.output, {o.model});
  const ComaModel model = o.read();
  result.write(model, model.decode(train::sampled_codes(model, o.count, o.seed)), "sample");
  return 0;
}

int interpolate(const Options& o) {
  const MeshResult result(o.output, {o.model, o.from, o.to});
  const ComaModel model = o.read();
  std::vector<std::vector<float>> ends;
  for (const std::string& end : {o.from, o.to}) {
    ends.push_back(model.encode(positions_of(model, end)));
    if (static_cast<std::int64_t>(ends.back().size()) != model.latent())
      input_error(end, ": holds more meshes than one; give one mesh");
  }
  std::vector<float> codes;
  for (std::int64_t i = 0; i < o.count; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(o.count - 1);
    for (std::size_t k = 0; k < ends[0].size(); ++k)
      codes.push_back(static_cast<float>((1 - t) * static_cast<double>(ends[0][k]) +
                                         t * static_cast<double>(ends[1][k])));
  }
  result.write(model, model.decode(codes), "step");
  return 0;
}

CLI::App* add_command(CLI::App& app, const char* name, const char* help, Options& o) {
  CLI::App* command = app.add_subcommand(name, help);
  add_model(*command, o);
  return command;
}

void add_output(CLI::App& command, Options& o) {
  command
      .add_option("-o,--output", o.output, "folder for PLY files; or FILE.npy, an array [n, V, 3]")
      ->required();
}

}  // namespace

MeshResult::MeshResult(fs::path output, std::vector<fs::path> inputs)
    : output_(std::move(output)), inputs_(std::move(inputs)) {
  if (output_.extension() == ".npy") {
    check_output(output_, inputs_);
  } else {
    folder_.emplace("--output", output_);
  }
}

void MeshResult::write(const ComaModel& model, const std::vector<float>& positions,
                       const std::string& name) const {
  const std::int64_t width = 3 * model.vertices();
  const std::int64_t count = static_cast<std::int64_t>(positions.size()) / width;
  if (!folder_) {
    write_file(output_, io::encode_npy(io::NpyArray::of({count, model.vertices(), 3},
                                                        std::span<const float>(positions))));
    io::print_text("%s: %lld meshes\n", output_.c_str(), static_cast<long long>(count));
    return;
  }
  const auto file_of = [&](std::int64_t n) {
    char number[32] = {};
    std::snprintf(number, sizeof number, "_%04lld.ply", static_cast<long long>(n) + 1);
    return output_ / (name + number);
  };
  std::error_code unknown;
  for (std::int64_t n = 0; n < count; ++n)
    if (fs::exists(file_of(n), unknown)) check_output(file_of(n), inputs_);
  mesh::RenderMesh mesh;
  mesh.triangles = model.parts().topology.triangles;
  mesh.vertices.resize(static_cast<std::size_t>(model.vertices()));
  for (std::int64_t n = 0; n < count; ++n) {
    for (std::int64_t i = 0; i < width; ++i)
      mesh.vertices[static_cast<std::size_t>(i / 3)][static_cast<std::size_t>(i % 3)] =
          static_cast<double>(positions[static_cast<std::size_t>(n * width + i)]);
    mesh::write_ply(file_of(n), mesh, mesh::PlyFormat::kLittleEndian);
  }
  io::print_text("%s: %lld meshes\n", output_.c_str(), static_cast<long long>(count));
}

Command add_encode(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "encode", "Turn meshes into codes.", *o);
  command->add_option("meshes", o->inputs, "PLY, OBJ or .npy [n, V, 3]")->required();
  command->add_option("-o,--output", o->output, "FILE.npy, an array [n, Z]");
  command->add_flag("--json", o->json, "print the codes as JSON");
  command->footer("Example:\n  fgcn_coma encode run/coma.safetensors smile.ply -o smile.npy");
  return [command, o] { return command->parsed() ? encode(*o) : 0; };
}

Command add_decode(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  o->inputs.resize(1);
  CLI::App* command = add_command(app, "decode", "Turn codes into meshes.", *o);
  command->add_option("codes", o->inputs[0], ".npy [n, Z]")->required();
  add_output(*command, *o);
  command->footer("Example:\n  fgcn_coma decode run/coma.safetensors smile.npy -o decoded");
  return [command, o] { return command->parsed() ? decode(*o) : 0; };
}

Command add_sample(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "sample", "Make random meshes.", *o);
  command->add_option("--count", o->count, "meshes")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "of the codes")->capture_default_str();
  add_output(*command, *o);
  command->footer("Example:\n  fgcn_coma sample run/coma.safetensors --count 20 -o samples");
  return [command, o] { return command->parsed() ? sample(*o) : 0; };
}

Command add_interpolate(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "interpolate", "Make the meshes between two, along their codes.", *o);
  command->add_option("from", o->from, "PLY, OBJ or .npy of one mesh")->required();
  command->add_option("to", o->to, "PLY, OBJ or .npy of one mesh")->required();
  command->add_option("--count", o->count, "meshes, both ends included")
      ->check(CLI::Range(2, 100'000))
      ->capture_default_str();
  add_output(*command, *o);
  command->footer(
      "Example:\n  fgcn_coma interpolate run/coma.safetensors rest.ply smile.ply -o between");
  return [command, o] { return command->parsed() ? interpolate(*o) : 0; };
}

}  // namespace fgcn::coma_app
