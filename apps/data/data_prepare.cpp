// fgcn_data prepare FOLDER... -o FILE
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/data/data_photos.h"
#include "apps/face_option.h"
#include "apps/run_app.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "mesh/face/face_model.h"
#include "recon/refine/identity_files.h"
#include "train/dataset/photo_file.h"
#include "train/dataset/prepare_photos.h"

namespace fgcn::data_app {
namespace {

std::atomic<bool> interrupted{false};

/// docs/formats/data-set.md, "Splits", says why.
constexpr double kSamePerson = 0.3;

extern "C" void on_interrupt(int) { interrupted.store(true); }

struct Options {
  std::vector<std::string> folders;
  std::string out;
  std::string face_model = "auto";
  std::string device = "auto";
  bool drop_missing = false;
  bool keep_doubtful = false;
  bool restart = false;
  bool json = false;
  std::string predictor, parser, regressor, identity;
  train::PrepareOptions prepare;
};

nlohmann::ordered_json to_json(const std::vector<train::LeftOut>& photos, const char* why) {
  auto out = nlohmann::ordered_json::array();
  for (const train::LeftOut& photo : photos)
    out.push_back({{"name", photo.name}, {why, photo.reason}});
  return out;
}

nlohmann::ordered_json to_json(const std::vector<train::PhotoNotes>& photos) {
  auto out = nlohmann::ordered_json::array();
  for (const train::PhotoNotes& photo : photos)
    out.push_back({{"name", photo.name}, {"notes", photo.notes}});
  return out;
}

void print_json(const Options& o, const train::PrepareReport& r) {
  nlohmann::ordered_json out{{"file", o.out},
                             {"finished", r.finished},
                             {"photos", r.total},
                             {"bytes", r.bytes},
                             {"found", r.found},
                             {"made", r.made},
                             {"kept", r.kept},
                             {"dropped", r.dropped},
                             {"ignored_files", r.ignored},
                             {"doubtful", r.doubtful},
                             {"out_of_memory", r.starved},
                             {"skipped", to_json(r.skipped, "reason")},
                             {"duplicates", to_json(r.duplicates, "same_as")},
                             {"similar", to_json(r.similar, "same_picture_as")},
                             {"notes", to_json(r.notes)}};
  if (r.persons)
    out["persons"] = {{"groups", r.persons->groups},
                      {"photos", r.persons->photos},
                      {"largest", r.persons->largest},
                      {"moved", r.persons->moved}};
  // Names are the user's bytes and need not be UTF-8.
  io::print_json(out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_report(const Options& o, const train::PrepareReport& r) {
  const auto number = [](std::int64_t n) { return static_cast<long long>(n); };
  io::print_text("%s: %lld photos (%lld fitted now, %lld taken over), %.1f MB\n", o.out.c_str(),
                 number(r.total), number(r.made), number(r.kept),
                 static_cast<double>(r.bytes) / 1e6);
  const train::PhotoFile file = train::PhotoFile::open(o.out);
  for (const train::Split split :
       {train::Split::kTrain, train::Split::kValidation, train::Split::kTest})
    io::print_text("  %-10s %zu\n", name(split), file.of(split).size());
  if (r.persons)
    io::print_text(
        "  persons: %lld groups of several names (%lld photos, %lld in the largest); %lld photos "
        "are in another split for it\n",
        number(r.persons->groups), number(r.persons->photos), number(r.persons->largest),
        number(r.persons->moved));
  if (!r.skipped.empty() || !r.duplicates.empty() || !r.similar.empty())
    io::print_text(
        "  left out: %zu unusable, %zu duplicates, %zu the same picture; see %s.skipped.txt\n",
        r.skipped.size(), r.duplicates.size(), r.similar.size(), o.out.c_str());
  if (r.doubtful > 0)
    io::print_text(
        "  %lld of the unusable may show no face or a part of one; --keep-doubtful keeps them\n",
        number(r.doubtful));
  if (!r.notes.empty())
    io::print_text("  notes: on %zu photos; see %s.skipped.txt\n", r.notes.size(), o.out.c_str());
  if (r.dropped > 0) io::print_text("  dropped: %lld that are gone\n", number(r.dropped));
  if (r.ignored > 0) io::print_text("  %lld other files were passed over\n", number(r.ignored));
}

int run(Options& o) {
  check_writable(o.out);
  o.prepare.folders.assign(o.folders.begin(), o.folders.end());
  o.prepare.out = o.out;
  o.prepare.predictor = o.predictor;
  o.prepare.parser = o.parser;
  o.prepare.regressor = o.regressor;
  if (!o.identity.empty()) o.prepare.identity = recon::identity_network_file(o.identity);
  o.prepare.device = choose_device(o.device);
  o.prepare.doubtful = o.keep_doubtful ? train::Doubtful::kKeep : train::Doubtful::kLeaveOut;
  o.prepare.earlier = o.restart ? train::Earlier::kMakeAnew : train::Earlier::kTakeOver;
  o.prepare.missing = o.drop_missing ? train::Missing::kDrop : train::Missing::kRefuse;
  // A data set that is there goes on with the face model that it has.
  const mesh::FaceModel model =
      load_face("fgcn_data", o.face_model, [&](const mesh::FaceModel& face) {
        return o.restart || data_wants(face, o.out);
      }).model;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  const train::PrepareReport report = train::prepare_photos(model, o.prepare, interrupted);
  for (const train::LeftOut& photo : report.skipped)
    if (photo.name.back() == '/')
      io::print_message("fgcn_data: %s: %s\n", photo.name.c_str(), photo.reason.c_str());
  if (o.json) print_json(o, report);
  if (!report.finished) {
    io::print_message(
        "fgcn_data: interrupted; what was done is kept in %s.part, the same command goes "
        "on\n",
        o.out.c_str());
    return 3;
  }
  if (!o.json) print_report(o, report);
  if (report.starved == 0) return 0;
  io::print_message(
      "fgcn_data: the memory did not suffice for %lld photos, which are left out; prepare "
      "again with fewer --threads or a higher limit (ulimit -v) to add them\n",
      static_cast<long long>(report.starved));
  return 2;
}

}  // namespace

std::function<int()> add_prepare(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("prepare", "Make a data set of photos: find, crop, mask and fit faces.");
  const auto o = std::make_shared<Options>();
  train::PrepareOptions& p = o->prepare;
  p.rule.same_person = kSamePerson;
  command->add_option("FOLDER", o->folders, "folders of photos (and packed .bin files), or files")
      ->required();
  command->add_option("-o,--output", o->out, "data set to write")->required();
  add_face_option(*command, o->face_model);
  command->add_option("--predictor", o->predictor,
                      "68-point landmark model; default: the system's");
  command->add_option("--parser", o->parser,
                      "face parsing network (BiSeNet's .pth or .safetensors): the skin masks, in "
                      "place of colors");
  command->add_option("--regressor", o->regressor,
                      "R-Net of Deep3DFaceReconstruction (.pth, .pb, checkpoint, .safetensors): "
                      "crops are cut where it looks, and fits start at its coefficients; needs the "
                      "Basel Face Model as --face-model");
  command
      ->add_option("--validation", p.rule.validation, "fraction of people held out for validation")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--test", p.rule.test, "fraction of people held out for test")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      ->add_option("--split-by", p.rule.by,
                   "what photos of one person share, so that no split divides it: stem (the "
                   "file's name), folder, or before:TEXT (the name up to its last TEXT)")
      ->capture_default_str();
  command
      ->add_option("--same-picture", p.same_picture,
                   "levels (of 255) up to which crops of different --split-by keys are taken for "
                   "one picture, which is kept once; 0: keep all")
      ->check(CLI::Range(0.0, 255.0))
      ->capture_default_str();
  auto* identity = command->add_option(
      "--identity", o->identity,
      "identity network (face-api's manifest or folder, or dlib's .dat): photos that it takes for "
      "one person share a split, whatever they are called");
  command
      ->add_option("--same-person", p.rule.same_person,
                   "how far apart embeddings of one person may be (Euclidean)")
      ->check(CLI::Range(0.001, 10.0))
      ->needs(identity)
      ->capture_default_str();
  command->add_option("--threads", p.threads, "photos at a time; 0: one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  command
      ->add_option("--device", o->device,
                   "where faces are fitted: auto (a GPU if there is one), cpu, cuda, cuda:1 ...")
      ->capture_default_str();
  command->add_flag("--drop-missing", o->drop_missing,
                    "leave out photos of an older FILE that are in no folder any more");
  command->add_flag("--keep-doubtful", o->keep_doubtful,
                    "keep photos that may show no face, or only a part of one");
  command->add_flag("--restart", o->restart,
                    "fit all photos anew; takes nothing over from FILE and FILE.part, which may be "
                    "damaged");
  command->add_flag("--json", o->json, "print the report as JSON");
  command->footer(
      "Stopped in any way, the same command goes on where it was; with more photos in the "
      "folders,\n"
      "it fits the new ones only. What could not be used, and notes on what was, are listed in\n"
      "FILE.skipped.txt. Links to folders are followed, each folder once.\n"
      "Exit code: 0 done, 2 an input was wrong or memory lacked, 3 interrupted, 1 a bug.\n\n"
      "Examples:\n"
      "  fgcn_data prepare photos -o faces.fgd\n"
      "  fgcn_data prepare lfw -o lfw.fgd --split-by folder --test 0.1\n"
      "  fgcn_data prepare portraits_small portraits_large -o faces.fgd --threads 8 --device cpu");
  return [o, command] { return command->parsed() ? run(*o) : 0; };
}

}  // namespace fgcn::data_app
