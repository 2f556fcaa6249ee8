// One photo and one set of weights give the same figures in reconstruction, in evaluation and in
// validation, whatever form the network has.
#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "layers/identity_weights.h"
#include "mesh/hierarchy.h"
#include "photo/decode/decode.h"
#include "photo/detect/detect.h"
#include "recon/fit/relight.h"
#include "recon/fit/triangle_list.h"
#include "recon/photo_sampler.h"
#include "recon/reconstruct.h"
#include "recon/refine/crop_identity.h"
#include "recon/refine_photo.h"
#include "tests/device/small_face.h"
#include "tests/layers/identity_files.h"
#include "tests/support/published_standins.h"
#include "tests/support/rendered_photos.h"
#include "train/evaluate/photo_scores.h"
#include "train/evaluate/photo_validation.h"
#include "train/photos/photo_settings.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

const mesh::FaceModel& face() {
  static const mesh::FaceModel model = test::small_face();
  return model;
}

/// A turned face whose vertices differ in color more than the fit knows, as a user's files.
class PhotoFiles {
 public:
  PhotoFiles() {
    const recon::PhotoSample rendered = test::rendered_photo(face(), 3);
    write_png(photo(), to_bytes(recon::crop_colors(rendered.crop)));
    write_file(landmarks(), photo::format_landmarks(rendered.landmarks));
    Rng rng(5);
    const Bytes identity =
        test::DlibWriter(/*older=*/false).write(random_identity_weights({}, rng));
    write_file(identity_network(), std::string(identity.begin(), identity.end()));
    io::write_safetensors(facenet(), FaceNet::untrained(WeightNames::kTorch, rng));
    io::write_safetensors(encoder(), test::random_tensorflow_rnet(rng));
  }
  fs::path photo() const { return folder_ / "photo.png"; }
  fs::path landmarks() const { return folder_ / "landmarks.csv"; }
  fs::path identity_network() const { return folder_ / "identity.dat"; }
  fs::path facenet() const { return folder_ / "facenet.safetensors"; }
  fs::path encoder() const { return folder_ / "encoder.safetensors"; }
  fs::path weights() const { return folder_ / "weights.safetensors"; }

  /// The photo as data sets and evaluation cut and fit it.
  recon::PhotoSample sample(std::int64_t size) const {
    const recon::PhotoSampler sampler(Context(), face(),
                                      std::make_shared<const photo::FaceFinder>(fs::path()), size);
    const photo::Photo read = photo::read_photo(photo());
    const photo::Crop cut = sampler.cut(
        read, photo::read_landmarks(landmarks(), read.rgb.width, read.rgb.height), size);
    std::vector<std::string> notes;
    const recon::MaskedCrop seen = sampler.masked(cut, notes);
    recon::PhotoSample out{"photo", seen.rgba, cut.landmarks, {}};
    out.fit = sampler.fit(seen, out.landmarks);
    return out;
  }

 private:
  TemporaryFolder folder_;
};

const PhotoFiles& files() {
  static const PhotoFiles all;
  return all;
}

const recon::PhotoSample& sample() {
  static const recon::PhotoSample one = files().sample(recon::kCropSize);
  return one;
}

struct Form {
  std::string name;
  recon::RefinementConfig config;
  bool takes_identity() const { return config.embedding_form == recon::EmbeddingForm::kIdentity; }
  bool takes_means() const { return config.embedding_form == recon::EmbeddingForm::kPooled; }
};

/// Every preset's form, the original's with R-Net's and FaceNet's means, and the method's two with
/// the identity network's numbers.
std::vector<Form> forms() {
  std::vector<Form> out;
  for (const char* preset : {"default", "reference", "paper"})
    out.push_back({preset, photo_preset(preset).model});
  out.push_back({"reference of means", photo_preset("reference").model});
  out.back().config.embedding_form = recon::EmbeddingForm::kPooled;
  out.back().config.embedding = 3840;
  for (const char* preset : {"reference", "paper"}) {
    out.push_back({std::string(preset) + " of identities", photo_preset(preset).model});
    out.back().config.embedding_form = recon::EmbeddingForm::kIdentity;
  }
  return out;
}

/// Random weights of that form, as reconstruction and evaluation read them from a file.
recon::RefinementModel stored_model(const Form& form) {
  static const mesh::Hierarchy hierarchy =
      mesh::build_hierarchy(mesh::mean_mesh(face()), {.factor = 3});
  Rng rng(3);
  const recon::RefinementModel model(Context(), face(), hierarchy, form.config, rng);
  io::write_safetensors(files().weights(), model.weights({}));
  return recon::RefinementModel::load(Context(), face(), files().weights());
}

recon::Reconstruction reconstructed(const Form& form, int size = recon::kCropSize) {
  recon::ReconstructOptions options;
  options.size = size;
  options.weights = files().weights();
  options.identity = form.takes_means() ? files().facenet() : files().identity_network();
  options.encoder = files().encoder();
  return recon::Reconstructor(Context(), face(), options).run(files().photo(), files().landmarks());
}

recon::LoadedNetworks networks_of(const Form& form) {
  recon::LoadedNetworks out;
  out.identity.emplace(
      Context(),
      read_identity_weights(form.takes_means() ? files().facenet() : files().identity_network()));
  if (form.takes_means()) out.encoder = recon::load_encoder(Context(), files().encoder());
  return out;
}

/// Bit by bit.
void check_equal(const recon::Agreement& got, const recon::Agreement& expected) {
  CHECK(got.l1 == expected.l1);
  CHECK(got.psnr == expected.psnr);
  CHECK(got.ssim == expected.ssim);
}

TEST_CASE("reconstruction, evaluation and validation give the same figures for every form") {
  for (const Form& form : forms()) {
    CAPTURE(form.name);
    const recon::RefinementModel model = stored_model(form);
    const recon::Reconstruction of_user = reconstructed(form);
    const recon::LoadedNetworks networks = networks_of(form);
    REQUIRE(of_user.refined.psnr > 5);

    std::vector<NamedRefinement> weights;
    weights.push_back({"weights", stored_model(form)});
    const PhotoScorer scorer(Context(), face(), std::move(weights), networks_of(form));
    PhotoPictures pictures;
    const PhotoScores scores = scorer(sample(), &pictures);
    REQUIRE(scores.faces.size() == 3);
    check_equal(scores.faces[0].agreement, of_user.coarse);
    check_equal(scores.faces[1].agreement, of_user.projected);
    check_equal(scores.faces[2].agreement, of_user.refined);
    CHECK(pictures.albedos[2] == of_user.refined_albedo);
    CHECK(pictures.overlays[2].pixels == of_user.refined_overlay.pixels);

    const RefinedPhoto validated = PhotoJudge(Context(), model, face(), networks.fixed())(sample());
    REQUIRE(validated.coarse.agreement);
    REQUIRE(validated.refined.rendered.agreement);
    check_equal(*validated.coarse.agreement, of_user.coarse);
    check_equal(*validated.refined.rendered.agreement, of_user.refined);
    CHECK(validated.refined.albedo == of_user.refined_albedo);
    CHECK(validated.refined.sh_coefficients == of_user.refined_light);
    CHECK(validated.refined.vertex_irradiance == of_user.refined_irradiance);
    CHECK(validated.refined.rendered.overlay.pixels == of_user.refined_overlay.pixels);
    PhotoScore mean;
    mean.add(validated);
    CHECK(mean.mean().l1 == of_user.refined.l1);
    CHECK(mean.mean().psnr == of_user.refined.psnr);
    CHECK(mean.mean().ssim == of_user.refined.ssim);
  }
}

// Else the test above could not fail: each form reads the photo in a way of its own, and the light
// reads it in another.
TEST_CASE("the photo of this test tells the forms apart") {
  const std::vector<std::int32_t> triangles = recon::flat(face().triangles);
  const recon::FitResult& fit = sample().fit;
  const ProjectedColors colors = project_colors(sample().crop, fit.screen, fit.normals, triangles);
  for (const Form& form : forms()) {
    CAPTURE(form.name);
    const recon::RefinementModel model = stored_model(form);
    const recon::LoadedNetworks networks = networks_of(form);
    const recon::RefinedFace refined =
        recon::refine_photo(Context(), {model, networks.fixed()}, sample(), colors, triangles);
    recon::Observation own = recon::observe(sample(), colors, triangles, form.config);

    CHECK(recon::relight({own.photo_color, own.visible, fit.normals}, refined.albedo,
                         fit.sh_coefficients)
              .sh_coefficients != refined.sh_coefficients);
    recon::RefinementConfig otherwise = form.config;
    otherwise.input = form.config.input == recon::InputForm::kBase ? recon::InputForm::kProjected
                                                                   : recon::InputForm::kBase;
    recon::Observation other = recon::observe(sample(), colors, triangles, otherwise);
    if (form.takes_means()) {
      CHECK_THROWS_WITH_AS(model.refine(own), doctest::Contains("embedding has 0 numbers"), Error);
      other.embedding = own.embedding =
          recon::crop_embedding(Context(), networks.fixed(), form.config.embedding_form, sample());
      CHECK(model.refine(own) == refined.albedo);
    } else if (form.takes_identity()) {
      CHECK_THROWS_WITH_AS(model.refine(own), doctest::Contains("embedding has 0 numbers"), Error);
      // From bytes, as dlib cuts it: the network was not trained on that.
      const std::vector<real> numbers = recon::identity_embedding(
          Context(), *networks.identity, to_bytes(recon::crop_colors(sample().crop)),
          sample().landmarks);
      other.embedding = own.embedding = {numbers.begin(), numbers.end()};
      CHECK(model.refine(own) != refined.albedo);
    } else {
      CHECK(model.refine(own) == refined.albedo);
    }
    CHECK(model.refine(other) != refined.albedo);
  }
}

TEST_CASE("a larger crop is refined with an encoder crop of its own") {
  const std::vector<std::int32_t> triangles = recon::flat(face().triangles);
  const recon::PhotoSample larger = files().sample(300);
  const ProjectedColors colors =
      project_colors(larger.crop, larger.fit.screen, larger.fit.normals, triangles);
  for (const Form& form : {forms().front(), forms()[3], forms().back()}) {
    CAPTURE(form.name);
    const recon::RefinementModel model = stored_model(form);
    const recon::LoadedNetworks loaded = networks_of(form);
    const recon::RefinementNetworks networks{model, loaded.fixed()};
    const recon::Reconstruction of_user = reconstructed(form, 300);
    const recon::RefinedFace refined =
        recon::refine_photo(Context(), networks, larger, colors, triangles, &sample().crop);
    REQUIRE(refined.rendered.agreement);
    check_equal(*refined.rendered.agreement, of_user.refined);
    CHECK(refined.albedo == of_user.refined_albedo);
    if (form.takes_identity() || form.takes_means()) continue;
    CHECK_THROWS_WITH_AS(recon::refine_photo(Context(), networks, larger, colors, triangles),
                         doctest::Contains("the crop is 300"), Error);
  }
}

TEST_CASE("weights that take identities are refused without their identity network") {
  const Form form = forms().back();
  REQUIRE(form.takes_identity());
  const recon::RefinementModel model = stored_model(form);
  CHECK_THROWS_WITH_AS(PhotoJudge(Context(), model, face(), nullptr),
                       doctest::Contains("give the identity network's file"), InputError);
  Rng rng(1);
  const IdentityNetwork four(Context(), random_identity_weights(test::tiny_identity_sizes(), rng));
  CHECK_THROWS_WITH_AS(PhotoJudge(Context(), model, face(), &four),
                       doctest::Contains("128 numbers, but the identity network gives 4"),
                       InputError);
  std::vector<NamedRefinement> weights;
  weights.push_back({"mine", stored_model(form)});
  CHECK_THROWS_WITH_AS(PhotoScorer(Context(), face(), std::move(weights), {}),
                       doctest::Contains("mine: these weights take a face's identity"), InputError);
}

}  // namespace
}  // namespace fgcn::train
