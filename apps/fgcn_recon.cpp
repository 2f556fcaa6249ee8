// fgcn_recon PHOTO... -o DIR: each photo becomes a textured 3D face.
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/face_option.h"
#include "apps/free_memory.h"
#include "apps/identity_choice.h"
#include "apps/interrupt.h"
#include "apps/recon/recon_options.h"
#include "apps/recon/recon_report.h"
#include "apps/run_app.h"
#include "io/output_folder.h"
#include "io/terminal.h"
#include "layers/identity_network.h"
#include "mesh/face/face_model.h"
#include "recon/output_names.h"
#include "recon/photo_paths.h"
#include "recon/recon_output.h"
#include "recon/reconstruct.h"
#include "recon/refine/photo_networks.h"
#include "train/run/progress.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> choose_weights(const ReconOptions& options, const mesh::NamedFace& face) {
  if (options.weights == "none") return std::nullopt;
  if (options.weights != "default") return fs::path(options.weights);
  return default_weights(face);
}

/// Networks that were asked for by name are looked at, also where the weights take none.
void check_use(const ReconOptions& options, const recon::Reconstructor& reconstructor,
               const std::optional<fs::path>& identity) {
  const Context host(Device::kCpu, 1);
  const bool named = options.identity != "auto" && options.identity != "none";
  if (named && !reconstructor.takes_identity()) {
    (void)IdentityNetwork(host, read_identity_weights(*identity));
    io::print_message(
        "fgcn_recon: --identity %s: is not used, for these weights take no identity\n",
        options.identity.c_str());
  }
  if (!options.encoder.empty() && !reconstructor.takes_encoder()) {
    (void)recon::load_encoder(host, options.encoder);
    io::print_message(
        "fgcn_recon: --encoder %s: is not used, for these weights take no means of R-Net\n",
        options.encoder.c_str());
  }
}

struct Loaded {
  std::string face_model;  // its name
  recon::Reconstructor reconstructor;
};

Loaded load(const Context& ctx, const ReconOptions& options) {
  // First, so that a bad face model is not mistaken for weights that do not belong to it.
  mesh::NamedFace face =
      load_face("fgcn_recon", options.face_model,
                [&](const mesh::FaceModel& model) { return weights_want(model, options.weights); });
  recon::check_part(face.model, options.part, "--face-model " + face.name);
  recon::ReconstructOptions recon{.size = options.size,
                                  .weights = choose_weights(options, face),
                                  .predictor = {},
                                  .identity = identity_choice(options.identity)};
  if (!options.predictor.empty()) recon.predictor = options.predictor;
  if (!options.parser.empty()) recon.parser = options.parser;
  if (!options.regressor.empty()) recon.regressor = options.regressor;
  recon.fitted = options.fitted;
  recon.normals = options.normals;
  if (!options.encoder.empty()) recon.encoder = options.encoder;
  Loaded out{face.name, recon::Reconstructor(ctx, std::move(face.model), recon)};
  check_use(options, out.reconstructor, recon.identity);
  return out;
}

/// Every file that the run reads.
std::vector<fs::path> inputs_of(const ReconOptions& options, const std::vector<fs::path>& photos) {
  std::vector<fs::path> out = photos;
  for (const std::string& file :
       {options.list, options.face_model, options.weights, options.landmarks, options.predictor,
        options.parser, options.regressor, options.identity, options.encoder})
    if (!file.empty()) out.emplace_back(file);
  return out;
}

/// The run over all photos. Trouble with one of them ends nothing.
class Batch {
 public:
  Batch(const Context& ctx, const ReconOptions& options, std::vector<fs::path> photos)
      : ctx_(ctx),
        options_(options),
        photos_(std::move(photos)),
        folder_("--out", options.out),
        names_(folder_.path(), inputs_of(options, photos_)),
        report_(options.report),
        progress_("Reconstructing", static_cast<std::int64_t>(photos_.size()),
                  photos_.size() > 1 ? ProgressBar::Visible::kYes : ProgressBar::Visible::kNo) {}

  /// The exit code.
  int run(const Loaded& loaded) {
    set_last_words([this] { report_.finish(); });
    const std::vector<recon::ResultName> names = names_.reserve(photos_, options_.face);
    for (std::size_t i = 0; i < photos_.size() && !stopped_; ++i) {
      progress_.update(static_cast<std::int64_t>(i), photos_[i].filename().string());
      if (options_.skip_done && is_done(names[i])) {
        skip(photos_[i], names[i].name);
      } else {
        attempt(photos_[i], [&] {
          check_threads(ctx_);
          reconstruct(loaded, photos_[i], names[i]);
        });
      }
      give_free_memory_back();
      progress_.update(static_cast<std::int64_t>(i + 1));
      stopped_ = interrupted() && i + 1 < photos_.size();
    }
    if (skipped_ > 0) progress_.print(text("fgcn_recon: ", skipped_, " were done already"));
    if (stopped_) progress_.print("fgcn_recon: interrupted; --skip-done goes on");
    report_.finish();
    return stopped_ ? kStoppedEarly : code_;
  }

 private:
  template <class Work>
  void attempt(const fs::path& photo, Work&& work) {
    const std::optional<Failure> failure = failure_of(photo.string(), work);
    if (!failure) return;
    code_ = code_ == 1 ? 1 : failure->code;  // a bug is not hidden by a bad input
    progress_.print("fgcn_recon: " + failure->message);
    report_.add({{"input", photo.string()}, {"error", failure->message}});
  }

  void skip(const fs::path& photo, const std::string& name) {
    ++skipped_;
    report_.add({{"input", photo.string()}, {"name", name}, {"skipped", true}});
  }

  void reconstruct(const Loaded& loaded, const fs::path& photo, const recon::ResultName& name) {
    std::optional<fs::path> landmarks;
    if (!options_.landmarks.empty()) landmarks = options_.landmarks;
    const recon::FoundFaces found = loaded.reconstructor.find(photo, landmarks, options_.face);
    for (const recon::FoundFaces::Face& face : found.wanted)
      attempt(photo, [&] {
        const bool further = options_.face == recon::kAllFaces && face.number > 1;
        write(loaded, found, face,
              further ? names_.reserve(name.name + recon::face_suffix(face.number), photo) : name);
      });
  }

  bool is_done(const recon::ResultName& name) const {
    return name.done && (options_.face != recon::kAllFaces ||
                         recon::is_whole_with_faces(folder_.path(), name.name));
  }

  void write(const Loaded& loaded, const recon::FoundFaces& found,
             const recon::FoundFaces::Face& face, const recon::ResultName& name) {
    const recon::Reconstructor& reconstructor = loaded.reconstructor;
    recon::Reconstruction result = reconstructor.run(found, face);
    const std::string json =
        recon::write_reconstruction(folder_.path(), name.name, reconstructor.model(), result,
                                    {.texture_size = options_.texture_size,
                                     .face_model = loaded.face_model,
                                     .weights = options_.weights,
                                     .part = options_.part,
                                     .usdz = options_.usdz,
                                     .existing = name.existing});
    const std::string usual = recon::result_name(found.input) + recon::face_suffix(face.number);
    if (name.name != usual)
      progress_.print(
          text(found.input, ": its results are called ", name.name, ", for ", usual, " is taken"));
    for (const std::string& note : result.notes) progress_.print(found.input + ": " + note);
    report_.add_text(json);
  }

  const Context& ctx_;
  const ReconOptions& options_;
  std::vector<fs::path> photos_;
  OutputFolder folder_;
  recon::ResultNames names_;
  ReconReport report_;
  ProgressBar progress_;
  int code_ = 0;
  std::int64_t skipped_ = 0;
  bool stopped_ = false;
};

int run(const ReconOptions& options) {
  std::vector<fs::path> photos = recon::photo_paths(options.photos, options.list);
  if (!options.landmarks.empty() && photos.size() != 1)
    input_error("--landmarks: holds the points of one photo, but ", photos.size(), " were given");
  const Context ctx = app_context(options.device, options.threads);
  Batch batch(ctx, options, std::move(photos));
  const Loaded loaded = load(ctx, options);
  catch_interrupts();
  return batch.run(loaded);
}

}  // namespace
}  // namespace fgcn

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_recon", argv, [&] {
    const fgcn::ParsedRecon parsed = fgcn::parse_recon(argc, argv);
    return parsed.exit_code ? *parsed.exit_code : fgcn::run(parsed.options);
  });
}
