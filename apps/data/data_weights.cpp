// fgcn_data convert-weights FILE -o FILE
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "apps/data/data_photos.h"
#include "io/arrays/read_weights.h"
#include "io/arrays/safetensors.h"
#include "io/arrays/safetensors_types.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "kernels/core/error.h"

namespace fgcn::data_app {
namespace {

using Json = nlohmann::ordered_json;

struct WeightsOptions {
  std::string from, to;
  bool list = false;
  bool json = false;
};

std::string container_of(const io::Safetensors& file) {
  const auto found = file.metadata.find("container");
  return found == file.metadata.end() ? "safetensors" : found->second;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out = "[";
  for (const std::int64_t extent : shape) out += (out.size() > 1 ? ", " : "") + text(extent);
  return out + "]";
}

void print_list(const io::Safetensors& file) {
  for (const auto& [name, tensor] : file.tensors)
    io::print_text("%s %s %s\n", name.c_str(), shape_text(tensor.shape).c_str(),
                   io::info(tensor.dtype).name);
}

void print_json(const io::Safetensors& file) {
  Json arrays = Json::array();
  for (const auto& [name, tensor] : file.tensors)
    arrays.push_back(
        {{"name", name}, {"shape", tensor.shape}, {"type", io::info(tensor.dtype).name}});
  const Json out{{"container", container_of(file)}, {"arrays", std::move(arrays)}};
  io::print_json(out.dump(2, ' ', false, Json::error_handler_t::replace));
}

int convert(const WeightsOptions& options) {
  if (options.to.empty() && !options.list && !options.json)
    input_error("fgcn_data convert-weights: give --output FILE, or --list to see what it holds");
  if (!options.to.empty()) check_output(options.to, {options.from});
  const io::Safetensors file = io::read_weights(options.from);
  if (const auto said = file.metadata.find("left out"); said != file.metadata.end()) {
    std::istringstream lines(said->second);
    lines.exceptions(std::ios::badbit);  // or a lack of memory is the end of the text
    for (std::string line; std::getline(lines, line);)
      io::print_message("fgcn_data: %s; it is left out\n", line.c_str());
  }
  if (!options.to.empty()) io::write_safetensors(options.to, file);
  if (options.json) {
    print_json(file);
    return 0;
  }
  if (options.list) print_list(file);
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : file.tensors) numbers += tensor.size();
  io::print_text("%s: %zu arrays of %lld numbers, out of %s (%s)\n",
                 (options.to.empty() ? options.from : options.to).c_str(), file.tensors.size(),
                 static_cast<long long>(numbers), options.from.c_str(), container_of(file).c_str());
  return 0;
}

}  // namespace

std::function<int()> add_convert_weights(CLI::App& app) {
  const auto options = std::make_shared<WeightsOptions>();
  CLI::App* command = app.add_subcommand(
      "convert-weights",
      "Read a network's weights as others publish them and write them as safetensors: what "
      "torch.save wrote (.pth, .pt), a frozen TensorFlow graph (.pb), a TensorFlow checkpoint "
      "(.index and .data), .npz. No code in them is run.");
  command->add_option("file", options->from, "the weights; of a checkpoint any of its files")
      ->required();
  command->add_option("-o,--output", options->to, "safetensors file to write");
  command->add_flag("--list", options->list, "print each array's name, shape and type");
  command->add_flag("--json", options->json, "print that list as JSON");
  command->footer(
      "Examples:\n"
      "  fgcn_data convert-weights epoch_20.pth -o rnet.safetensors\n"
      "  fgcn_data convert-weights FaceReconModel.pb --list\n"
      "  fgcn_data convert-weights model.ckpt-400.index -o coma.safetensors");
  return [command, options] { return command->parsed() ? convert(*options) : 0; };
}

}  // namespace fgcn::data_app
