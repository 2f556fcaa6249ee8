// fgcn_data import-bfm and import-flame: morphable models that a user brings.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/data/data_faces.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "mesh/face/morphable/morphable_import.h"

namespace fgcn::data_app {
namespace {

void add_counts(CLI::App& command, mesh::morphable::ModeCounts& counts) {
  const std::pair<const char*, std::int64_t*> options[]{{"--identity", &counts.identity},
                                                        {"--expression", &counts.expression},
                                                        {"--albedo", &counts.albedo}};
  for (const auto& [name, count] : options)
    command.add_option(name, *count, "modes that are taken at most")
        ->check(CLI::Range(0, 500))
        ->capture_default_str();
}

}  // namespace

std::function<int()> add_import_bfm(CLI::App& app) {
  struct BfmCommand : FaceResult {
    std::vector<std::filesystem::path> sources;
    mesh::BfmOptions options;
  };
  const auto o = std::make_shared<BfmCommand>();
  CLI::App* command = app.add_subcommand(
      "import-bfm", "Convert the Basel Face Model of 2009, 2017 or 2019, or the LSFM.");
  command
      ->add_option("sources", o->sources,
                   "files, or folders that hold them; told apart by their content")
      ->required();
  add_results(*command, *o);
  add_counts(*command, o->options.counts);
  CLI::Option* mesh = command->add_option(
      "--template", o->options.mesh, "OBJ of an LSFM's triangles; without, the front of the BFM");
  CLI::Option* landmarks =
      command->add_option("--landmarks", o->options.landmarks,
                          "text file of 68 lines `vertex weight ...`, in place of the file's");
  mesh->needs(landmarks);
  command->footer(
      "What it reads:\n"
      "  BFM 2009         01_MorphableModel.mat, Exp_Pca.bin, std_exp.txt, BFM_front_idx.mat,\n"
      "                   BFM_exp_idx.mat, facemodel_info.mat\n"
      "  the same         BFM_model_front.mat, as Deep3DFaceReconstruction writes it\n"
      "  BFM 2017, 2019   model2017-1_bfm_nomouth.h5, model2019_bfm.h5 and their other sizes\n"
      "  LSFM             its .mat, BFM_front_idx.mat and facemodel_info.mat\n"
      "Examples:\n"
      "  fgcn_data import-bfm Deep3DFaceRecon_pytorch/BFM -o bfm.safetensors\n"
      "  fgcn_data import-bfm model2019_bfm.h5 --identity 199 -o bfm2019.safetensors\n"
      "  fgcn_recon portrait.jpg -o out --face-model bfm.safetensors --weights none");
  return [command, o] {
    if (!command->parsed()) return 0;
    check_output(o->output, o->sources);
    const mesh::ImportedModel imported = mesh::import_bfm(o->sources, o->options);
    if (!o->json) io::print_text("%s: %s\n", imported.read.c_str(), imported.model.name.c_str());
    return finish(imported.model, *o);
  };
}

std::function<int()> add_import_flame(CLI::App& app) {
  struct FlameCommand : FaceResult {
    std::filesystem::path source;
    mesh::FlameOptions options;
  };
  const auto o = std::make_shared<FlameCommand>();
  CLI::App* command =
      app.add_subcommand("import-flame", "Convert FLAME's head, colored by the embedded face.");
  command
      ->add_option("file", o->source,
                   "the head: generic_model.pkl, flame2023.pkl, or an .npz of its arrays")
      ->required();
  command
      ->add_option("--landmarks", o->options.landmarks,
                   "FLAME's landmark_embedding.npy (or .npz, .pkl), or a text file of 68 lines "
                   "`vertex weight ...`")
      ->required();
  add_results(*command, *o);
  add_counts(*command, o->options.counts);
  command->footer(
      "Pickles are read as data: no code in them runs.\n"
      "Examples:\n"
      "  fgcn_data import-flame generic_model.pkl --landmarks landmark_embedding.npy "
      "-o flame.safetensors\n"
      "  fgcn_recon portrait.jpg -o out --face-model flame.safetensors --weights none");
  return [command, o] {
    if (!command->parsed()) return 0;
    check_output(o->output, {o->source, o->options.landmarks});
    return finish(mesh::import_flame(o->source, o->options), *o);
  };
}

}  // namespace fgcn::data_app
