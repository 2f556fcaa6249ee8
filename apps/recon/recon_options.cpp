#include "apps/recon/recon_options.h"

#include <CLI/CLI.hpp>

#include "apps/command_line.h"
#include "apps/face_option.h"
#include "apps/identity_choice.h"
#include "recon/reconstruct.h"

namespace fgcn {
namespace {

constexpr const char* kFooter =
    "Writes NAME.glb, NAME.obj with .mtl and _albedo.png, NAME_compare.png and NAME.json: all "
    "or\n"
    "none. Further faces of a photo are called NAME_face2 ... Other files than a photo's own\n"
    "earlier results are never replaced; NAME gets a number then.\n"
    "Exit code: 0 all photos done, 2 an input was bad (the others are done), 3 interrupted "
    "(what\n"
    "was done is kept), 1 a bug.\n\n"
    "Examples:\n"
    "  fgcn_recon portrait.jpg -o out\n"
    "  fgcn_recon *.jpg -o out --threads 4 --json > results.json\n"
    "  fgcn_recon photos -o out --faces all --skip-done --jsonl >> results.jsonl\n"
    "  find . -name '*.jpg' -print0 | fgcn_recon --list - -o out\n"
    "  fgcn_recon portrait.jpg -o out --weights none --texture-size 2048\n"
    "  fgcn_recon portrait.jpg -o out --face-model bfm.safetensors --weights none \\\n"
    "    --regressor epoch_20.pth --parser 79999_iter.pth";

}  // namespace

ParsedRecon parse_recon(int argc, char** argv) {
  ParsedRecon parsed;
  ReconOptions& o = parsed.options;
  std::string faces = "one", part = "head";
  bool json = false, json_lines = false, no_fit = false;
  CLI::App app{"Turns photographs of faces into textured 3D meshes.", "fgcn_recon"};
  app.add_option("PHOTO", o.photos, "photos, and folders of photos");
  app.add_option("--list", o.list,
                 "file of further photos and folders, one a line or NUL-separated; - for stdin");
  app.add_option("-o,--out", o.out, "folder for the results; made when missing")->required();
  app.add_flag("--skip-done", o.skip_done, "leave out photos whose results are there and whole");
  auto* face = app.add_option("--face", o.face, "which of a photo's faces; 1: the clearest")
                   ->check(CLI::Range(1, 1000))
                   ->capture_default_str();
  auto* all = app.add_option("--faces", faces, "'all': each face of a photo has its own results")
                  ->check(CLI::IsMember({"one", "all"}))
                  ->excludes(face)
                  ->capture_default_str();
  add_face_option(app, o.face_model);
  app.add_option("--weights", o.weights,
                 "refinement weights, 'default', or 'none' for the coarse face only")
      ->capture_default_str();
  app.add_option("--size", o.size, "pixels a side of the aligned crop")
      ->check(CLI::Range(64, 1024))
      ->capture_default_str();
  app.add_option("--texture-size", o.texture_size, "pixels a side of the baked texture")
      ->check(CLI::Range(256, 8192))
      ->capture_default_str();
  app.add_option("--part", part, "'face' leaves out scalp, ears and neck of a whole head")
      ->check(CLI::IsMember({"face", "head"}))
      ->capture_default_str();
  app.add_flag("--normals", o.normals,
               "wrinkles and folds as a normal map: NAME_normal.png, also in GLB, MTL and USDZ");
  app.add_flag("--usdz", o.usdz, "write NAME.usdz as well");
  app.add_option("--threads", o.threads, "CPU threads; 0: one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.add_option("--device", o.device,
                 "where fit and networks run: auto (a GPU if there is one), cpu, cuda, cuda:1 ...")
      ->capture_default_str();
  app.add_option("--landmarks", o.landmarks,
                 "68 points in photo pixels (CSV, x,y a line) instead of detection; one photo")
      ->excludes(face)
      ->excludes(all);
  app.add_option("--predictor", o.predictor, "68-point landmark model; default: the system's");
  app.add_option(
      "--parser", o.parser,
      "face parsing network (BiSeNet's .pth or .safetensors): the skin mask, in place of colors");
  auto* regressor = app.add_option(
      "--regressor", o.regressor,
      "R-Net of Deep3DFaceReconstruction (.pth, .pb, checkpoint, .safetensors): the fit starts at "
      "its\ncoefficients; needs the Basel Face Model as --face-model");
  app.add_flag("--no-fit", no_fit,
               "take the regressor's coefficients as they are; NAME.obj is as theirs")
      ->needs(regressor);
  app.add_option("--identity", o.identity,
                 std::string(kIdentityHelp) + ", for weights that take a face's identity")
      ->capture_default_str();
  app.add_option("--encoder", o.encoder, std::string(kEncoderHelp) + "; default: --regressor's");
  auto* array = app.add_flag("--json", json, "print one JSON array of all results on stdout");
  app.add_flag("--jsonl", json_lines, "print each result as it is done, one JSON object a line")
      ->excludes(array);
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
    if (o.photos.empty() && o.list.empty())
      throw CLI::ValidationError("PHOTO", "give a photo, a folder or --list FILE");
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = refuse_command_line("fgcn_recon", app, error);
  }
  o.fitted = !no_fit;
  if (faces == "all") o.face = recon::kAllFaces;
  if (part == "face") o.part = recon::WrittenPart::kFace;
  o.report = json ? Report::kJson : json_lines ? Report::kJsonLines : Report::kNone;
  return parsed;
}

}  // namespace fgcn
