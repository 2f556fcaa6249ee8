#include "apps/eval/eval_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <utility>

#include "apps/command_line.h"
#include "apps/face_option.h"
#include "apps/identity_choice.h"
#include "kernels/core/error.h"
#include "layers/identity_weights.h"
#include "recon/photo_paths.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

/// Names that differ, as short as they can be.
std::vector<std::string> short_names(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  const auto stem = [](const std::string& name) { return fs::path(name).stem().string(); };
  for (const std::string& name : given) {
    const auto alike = std::count_if(given.begin(), given.end(), [&](const std::string& other) {
      return stem(other) == stem(name);
    });
    const std::string folder = fs::path(name).parent_path().filename().string();
    out.push_back(alike > 1 && !folder.empty() ? folder + "/" + stem(name) : stem(name));
  }
  std::set<std::string> used{"coarse", "projected"};
  for (std::string& name : out) {
    const std::string first = name;
    for (int number = 2; !used.insert(name).second; ++number) name = text(first, "-", number);
  }
  return out;
}

}  // namespace

ParsedEval parse_eval(int argc, char** argv) {
  ParsedEval parsed;
  EvalOptions& o = parsed.options;
  std::string rank = "psnr";
  bool json = false, json_lines = false;
  CLI::App app{"Measures reconstructions: agreement with the photo, identity, albedo.",
               "fgcn_eval"};
  auto* photos =
      app.add_option("PHOTO", o.photos, "photos of one face each, and folders of photos");
  auto* list = app.add_option(
      "--list", o.list,
      "file of further photos and folders, one a line or NUL-separated; - for stdin");
  auto* data =
      app.add_option("--data", o.data, "data set that fgcn_data prepare made, instead of photos");
  data->excludes(photos)->excludes(list);
  app.add_option("--split", o.split, "which of its photos")
      ->needs(data)
      ->check(CLI::IsMember({"train", "validation", "test", "all"}))
      ->capture_default_str();
  add_face_option(app, o.face_model);
  app.add_option("--weights", o.weights,
                 "refinement weights, 'default' or 'none'; give it several times to compare")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--identity", o.identity, kIdentityHelp)->capture_default_str();
  app.add_option("--encoder", o.encoder, kEncoderHelp);
  app.add_option("--synthetic", o.synthetic, "measure the albedo on this many synthetic faces too")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10000000}));
  app.add_option("--seed", o.seed, "of the synthetic faces")->capture_default_str();
  app.add_flag("--parts", o.parts,
               "measure what every part of the networks is worth: its mean put in its place");
  app.add_option("--limit", o.limit, "measure at most this many photos")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000000}));
  app.add_option("-o,--out", o.out, "folder for the results; made when missing");
  app.add_option("--rank", rank, "what the sheet of best, median and worst goes by")
      ->check(CLI::IsMember({"psnr", "identity"}))
      ->capture_default_str();
  app.add_option("--rows", o.rows, "photos of each rank in the sheet")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{20}))
      ->capture_default_str();
  app.add_option("--predictor", o.predictor, "68-point landmark model; default: the system's");
  app.add_option("--threads", o.threads, "CPU threads; 0: one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.add_option("--device", o.device,
                 "where fit and networks run: auto (a GPU if there is one), cpu, cuda, cuda:1 ...")
      ->capture_default_str();
  auto* summary = app.add_flag("--json", json, "print the summary as JSON instead of a table");
  app.add_flag("--jsonl", json_lines,
               "print each photo's measures as they are there, one JSON object a line, instead")
      ->excludes(summary);
  app.footer(
      "With -o: photos.jsonl (one line a photo), summary.json, table.txt, best_median_worst.png.\n"
      "Exit code: 0 all photos measured, 2 an input was bad (the others are measured), 3\n"
      "interrupted (what was measured is reported), 1 a bug.\n\n"
      "Examples:\n"
      "  fgcn_eval portraits -o measured\n"
      "  find . -name '*.jpg' -print0 | fgcn_eval --list - --jsonl > photos.jsonl\n"
      "  fgcn_eval --data faces.fgd --weights a.safetensors --weights b.safetensors\n"
      "  fgcn_eval --synthetic 200 --json");
  try {
    app.parse(argc, argv);
    if (o.photos.empty() && o.list.empty() && o.data.empty() && o.synthetic == 0)
      throw CLI::ValidationError(
          "PHOTO",
          "nothing to measure; give photos, a folder, --list FILE, --data FILE "
          "or --synthetic N");
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = refuse_command_line("fgcn_eval", app, error);
  }
  if (rank == "identity") o.rank = RankBy::kIdentity;
  if (json) o.report = EvalReport::kJson;
  if (json_lines) o.report = EvalReport::kJsonLines;
  return parsed;
}

void expand_photos(EvalOptions& options) {
  std::vector<std::string> files;
  for (const fs::path& photo : recon::photo_paths(options.photos, options.list))
    files.push_back(photo.string());
  options.photos = std::move(files);
}

mesh::NamedFace load_face(const EvalOptions& options) {
  return load_face("fgcn_eval", options.face_model, [&](const mesh::FaceModel& face) {
    if (!options.data.empty()) return data_wants(face, options.data);
    return weights_want(face, options.weights.front());
  });
}

std::vector<std::pair<std::string, std::string>> weight_files(const mesh::NamedFace& face,
                                                              const EvalOptions& options) {
  if (options.weights.size() == 1 && options.weights.front() == "none") {
    if (options.synthetic > 0)
      input_error("--synthetic: measures what weights make of a face, and --weights is none");
    if (options.parts) input_error("--parts: measures weights, and --weights is none");
    return {};
  }
  std::vector<std::string> names = short_names(options.weights);
  if (names.size() == 1) names.front() = "refined";
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& given = options.weights[i];
    if (given == "none") input_error("--weights none: stands alone; leave it out of a comparison");
    out.emplace_back(names[i], given == "default" ? default_weights(face).string() : given);
  }
  return out;
}

std::vector<train::NamedRefinement> load_weights(const Context& ctx, const mesh::NamedFace& face,
                                                 const EvalOptions& options) {
  const auto fits = [&](const std::string& file) { return weights_want(face.model, file); };
  const auto first = std::find_if(options.weights.begin(), options.weights.end(), fits);
  const auto other = std::find_if_not(options.weights.begin(), options.weights.end(), fits);
  if (first != options.weights.end() && other != options.weights.end())
    input_error("--weights: ", *first, " belongs to the face model '", face.name, "' and ", *other,
                " to another; measure them in two runs");
  std::vector<train::NamedRefinement> out;
  for (const auto& [name, file] : weight_files(face, options))
    out.push_back({name, recon::RefinementModel::load(ctx, face.model, file)});
  return out;
}

std::optional<fs::path> identity_file(const EvalOptions& options) {
  return identity_choice(options.identity);
}

recon::LoadedNetworks load_networks(const Context& ctx, const EvalOptions& options) {
  recon::LoadedNetworks out;
  if (const std::optional<fs::path> file = identity_file(options))
    out.identity.emplace(ctx, read_identity_weights(*file));
  if (!options.encoder.empty()) out.encoder = recon::load_encoder(ctx, options.encoder);
  return out;
}

}  // namespace fgcn
