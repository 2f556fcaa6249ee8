// Whole runs on rendered photos.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "io/temporary_folder.h"
#include "tests/device/small_face.h"
#include "tests/support/rendered_photos.h"
#include "tests/support/run_log.h"
#include "train/checkpoint_header.h"
#include "train/gain_fit.h"
#include "train/photos/photo_task.h"
#include "train/report.h"
#include "train/run/loss_watch.h"
#include "train/synthetic_settings.h"

namespace fgcn::train {
namespace {

using test::comparable_log;

namespace fs = std::filesystem;

constexpr std::int64_t kPhotos = 7, kHeldOut = 2;

PhotoSource rendered_source(const mesh::FaceModel& face) {
  std::vector<recon::PhotoSample> photos;
  for (std::int64_t i = 0; i < kPhotos; ++i) photos.push_back(test::rendered_photo(face, i));
  PhotoSource out;
  for (std::int64_t i = 0; i < kPhotos; ++i)
    (i < kHeldOut ? out.validation : out.training).push_back(i);
  out.sample = [photos](std::int64_t i) { return photos[static_cast<std::size_t>(i)]; };
  // Brighter or darker, by the random numbers.
  out.varied = [photos](std::int64_t i, Rng rng) {
    recon::PhotoSample varied = photos[static_cast<std::size_t>(i)];
    const auto gain = static_cast<float>(rng.uniform(0.9, 1.1));
    for (std::size_t p = 0; p < varied.crop.pixels.size(); ++p)
      if (p % 4 != 3) varied.crop.pixels[p] = std::min(varied.crop.pixels[p] * gain, 1.0F);
    return varied;
  };
  out.fingerprint = "rendered";
  return out;
}

PhotoTrainingOptions short_run(const std::filesystem::path& out) {
  PhotoTrainingOptions options;
  options.out = out;
  options.settings = photo_preset("reference");
  options.settings.loss.identity = 0;
  options.settings.batch = 2;
  options.settings.learning_rate = 1e-3;
  options.settings.epochs = 2;  // of two steps each
  options.settings.log_every = 3;
  options.settings.checkpoint_every = 2;
  options.settings.validate_every = 2;
  options.settings.validation_photos = 2;
  options.settings.sheet_photos = 1;
  options.threads = 2;
  return options;
}

TEST_CASE(
    "a run on photos writes its files, ends in the same bits when stopped and resumed, and refuses "
    "another's checkpoints") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const PhotoSource source = rendered_source(face);
  const TemporaryFolder whole, parts;
  const std::atomic<bool> go{false}, stop{true};
  const TrainingResult result = train_on_photos(face, source, {}, short_run(whole.path()), go);
  CHECK(result.steps == 4);
  CHECK(result.end == TrainingEnd::kFinished);
  for (const char* name :
       {"settings.json", "weights.safetensors", "best.safetensors", "loss.csv", "loss.png",
        "samples.png", "checkpoint-000002.safetensors", "checkpoint-000004.safetensors"})
    CHECK(std::filesystem::file_size(whole / name) > 0);
  const auto first_line =
      nlohmann::json::parse(comparable_log(whole / "log.jsonl")
                                .substr(0, comparable_log(whole / "log.jsonl").find('\n')));
  CHECK(first_line["step"] == 3);
  CHECK(first_line["total"].get<double>() > 0);

  // Stopped after every step, with other numbers of threads.
  PhotoTrainingOptions again = short_run(parts.path());
  for (std::int64_t step = 1; step <= 4; ++step) {
    again.threads = 1 + static_cast<int>(step % 2);
    again.workers = static_cast<int>(step);
    const TrainingResult part = train_on_photos(face, source, {}, again, stop);
    CHECK(part.steps == step);
    CHECK(part.end == (step < 4 ? TrainingEnd::kInterrupted : TrainingEnd::kFinished));
    again.start = Start::kResume;
  }
  for (const char* name : {"weights.safetensors", "best.safetensors",
                           "checkpoint-000004.safetensors", "samples.png", "loss.csv"}) {
    CAPTURE(name);
    CHECK(read_file(whole / name) == read_file(parts / name));
  }
  for (const char* name : {"log.jsonl", "validation.jsonl"})
    CHECK(comparable_log(whole / name) == comparable_log(parts / name));

  {  // a finished run has nothing left to do, and may be given more epochs
    PhotoTrainingOptions more = again;
    CHECK(train_on_photos(face, source, {}, more, go).steps == 4);
    more.settings.steps = 5;
    CHECK(train_on_photos(face, source, {}, more, go).steps == 5);
  }
  {  // begun with other settings, photos or weights
    PhotoTrainingOptions other = again;
    other.settings.learning_rate = 2e-3;
    CHECK_THROWS_WITH_AS(train_on_photos(face, source, {}, other, go),
                         doctest::Contains("was begun with learning_rate=0.001, not 0.002"),
                         InputError);
    PhotoSource others = source;
    others.fingerprint = "others";
    CHECK_THROWS_WITH_AS(train_on_photos(face, others, {}, again, go),
                         doctest::Contains("was begun with other photos"), InputError);
    other = again;
    other.settings.preset = "paper";
    CHECK_THROWS_WITH_AS(train_on_photos(face, source, {}, other, go),
                         doctest::Contains("was begun with --preset reference"), InputError);
    CHECK_THROWS_WITH_AS(train_on_photos(face, source, {}, short_run(parts.path()), go),
                         doctest::Contains("holds a run already"), InputError);
    const TemporaryFolder empty;
    other = short_run(empty.path());
    other.start = Start::kResume;
    CHECK_THROWS_WITH_AS(train_on_photos(face, source, {}, other, go),
                         doctest::Contains("holds no checkpoint"), InputError);
    other.start = Start::kFresh;
    other.init = whole / "best.safetensors";
    other.settings.model.generator = "resnet";
    CHECK_THROWS_WITH_AS(train_on_photos(face, source, {}, other, go),
                         doctest::Contains("network with generator=normal, not resnet"),
                         InputError);
    PhotoSource few = source;
    few.training.resize(1);
    CHECK_THROWS_WITH_AS(train_on_photos(face, few, {}, short_run(empty.path()), go),
                         doctest::Contains("1 photos to learn from do not fill a batch of 2"),
                         InputError);
  }
  {  // begun from weights
    const TemporaryFolder from;
    PhotoTrainingOptions other = short_run(from.path());
    other.init = whole / "best.safetensors";
    other.settings.steps = 1;
    CHECK(train_on_photos(face, source, {}, other, go).steps == 1);
  }
}

TEST_CASE(
    "our preset, with an adversary and synthetic faces between the photos, resumes to the same "
    "bits") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const PhotoSource source = rendered_source(face);
  const TemporaryFolder whole, parts;
  const std::atomic<bool> go{false}, stop{true};
  PhotoTrainingOptions options = short_run(whole.path());
  options.settings = photo_preset("default");
  turn_on_adversary(options.settings);
  options.settings.batch = 2;
  options.settings.steps = 3;
  options.settings.log_every = 2;
  options.settings.validate_every = 3;
  options.settings.validation_photos = 2;
  options.settings.loss.adversary.critic_steps = 2;
  options.settings.loss.adversary.critic.filters = {4, 4, 8};
  options.settings.loss.adversary.critic.spectral = true;
  options.settings.gain_faces = 5;
  options.settings.seed = 8;
  REQUIRE(options.settings.synthetic == 2);
  CHECK(train_on_photos(face, source, {}, options, go).steps == 3);
  const std::string log = comparable_log(whole / "log.jsonl");
  const auto line = nlohmann::json::parse(log.substr(0, log.find('\n')));
  for (const char* loss : {"synthetic", "critic", "penalty", "adversary", "pixel"})
    CHECK(line[loss].is_number());
  {  // the rate of the last step that a line is of: the second of three, and the third
    const std::size_t second = log.find('\n') + 1;
    const auto last = nlohmann::json::parse(log.substr(second, log.find('\n', second) - second));
    const PhotoSettings& s = options.settings;
    REQUIRE(s.learning_rate_end == 0.05);
    CHECK(line["learning_rate"].get<double>() == doctest::Approx(s.learning_rate * (1 + 0.05) / 2));
    CHECK(last["learning_rate"].get<double>() ==
          doctest::Approx(s.learning_rate * s.learning_rate_decay * 0.05));
  }

  options.out = parts.path();
  for (std::int64_t step = 1; step <= 3; ++step) {
    options.threads = options.workers = 1 + static_cast<int>(step % 2);
    const TrainingResult part = train_on_photos(face, source, {}, options, stop);
    CHECK(part.steps == step);
    CHECK(part.end == TrainingEnd::kInterrupted);
    options.start = Start::kResume;
  }
  {  // stopped while it fitted the gain, which is then all that is left to do
    CHECK_FALSE(
        recon::RefinementModel::load(Context(Device::kCpu, 1), face, parts / "weights.safetensors")
            .gain());
    CHECK(train_on_photos(face, source, {}, options, go).end == TrainingEnd::kFinished);
    for (const char* name : {"weights.safetensors", "best.safetensors"}) {
      CHECK(recon::RefinementModel::load(Context(Device::kCpu, 1), face, parts / name).gain());
      CHECK(has_gain(io::read_safetensors(parts / name), {5, 8, 1}));
    }
    const auto written = fs::last_write_time(parts / "best.safetensors");
    CHECK(train_on_photos(face, source, {}, options, stop).end == TrainingEnd::kFinished);
    CHECK(fs::last_write_time(parts / "best.safetensors") == written);
    PhotoTrainingOptions longer = options;
    longer.settings.steps = 4;
    CHECK_THROWS_WITH_AS(
        train_on_photos(face, source, {}, longer, go),
        doctest::Contains("was begun for 3 steps, along which the learning rate falls"),
        InputError);
  }
  for (const char* name :
       {"weights.safetensors", "best.safetensors", "checkpoint-000003.safetensors", "samples.png"})
    CHECK(read_file(whole / name) == read_file(parts / name));
  CHECK(log == comparable_log(parts / "log.jsonl"));
  const std::string measured = comparable_log(whole / "validation.jsonl");
  CHECK(measured.find("null") != std::string::npos);  // of the loss on synthetic faces
  CHECK(measured == comparable_log(parts / "validation.jsonl"));
}

TEST_CASE("a rate that breaks the network ends the run, and names the step") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const PhotoSource source = rendered_source(face);
  const TemporaryFolder folder;
  const std::atomic<bool> go{false};
  PhotoTrainingOptions options = short_run(folder.path());
  options.settings.learning_rate = 1e30;
  options.settings.checkpoint_every = 1;
  options.settings.validation_photos = 0;
  CHECK_THROWS_WITH_AS(train_on_photos(face, source, {}, options, go),
                       doctest::Contains("training diverged at step "), InputError);
}

TEST_CASE("the order of photos is a new one every epoch, and holds every photo once") {
  const PhotoOrder order({3, 5, 7, 9, 11}, 2, 1);
  CHECK(order.steps_per_epoch() == 2);
  std::vector<std::vector<std::int64_t>> epochs;
  for (std::int64_t i = 0; i < 40; ++i) {
    const PhotoOrder::Place place = order.at(i);
    CHECK(place.epoch == i / 4);
    if (i % 4 == 0) epochs.emplace_back();
    epochs.back().push_back(place.photo);
  }
  bool differ = false;
  for (const auto& epoch : epochs) {
    differ = differ || epoch != epochs[0];
    auto sorted = epoch;
    std::sort(sorted.begin(), sorted.end());
    CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  }
  CHECK(differ);
  CHECK(order.at(13).photo == PhotoOrder({3, 5, 7, 9, 11}, 2, 1).at(13).photo);
}

TEST_CASE("a loss explodes when it is many times its median, or has no value") {
  LossWatch watch(50);
  for (std::size_t i = 0; i + 1 < LossWatch::kLeast; ++i)
    CHECK(!watch.explodes(i % 2 == 0 ? 1 : 3));
  CHECK(!watch.explodes(1e9));  // too early to say
  CHECK(!watch.explodes(49));
  CHECK(watch.explodes(-151));
  CHECK(watch.explodes(std::numeric_limits<double>::quiet_NaN()));
  CHECK(!LossWatch(0).explodes(1e30));

  io::Safetensors file;
  for (std::size_t i = 0; i < 2 * LossWatch::kWindow + 5; ++i)
    watch.explodes(static_cast<double>(i));
  watch.save(file);
  LossWatch restored(50);
  restored.load(file, "x");
  for (int i = 0; i < 60; ++i) {
    CHECK(restored.median() == watch.median());
    watch.explodes(i);
    restored.explodes(i);
  }
  for (const double absurd :
       {std::numeric_limits<double>::quiet_NaN(), -1.0, std::numeric_limits<double>::infinity()}) {
    file.tensors["run.recent"] = io::StoredTensor::of({3}, std::vector<double>{1, absurd, 2});
    CHECK_THROWS_WITH_AS(restored.load(file, "x"), doctest::Contains("x: 'run.recent' holds"),
                         InputError);
  }
  CHECK(restored.median() == watch.median());  // a refusal changes nothing

  for (const char* number : {"0.25", "inf", "1e-300"}) {
    file.metadata["best"] = number;
    CHECK(exact_text(metadata_double(file, "best", "x")) ==
          exact_text(std::strtod(number, nullptr)));
  }
  for (const char* none : {"nan", "-nan", "", "1 ", "0x1"}) {
    file.metadata["best"] = none;
    CHECK_THROWS_WITH_AS(metadata_double(file, "best", "x"), doctest::Contains("not a number"),
                         InputError);
  }
}

TEST_CASE("the guide's tables have every setting and what the presets say of it") {
  const Bytes bytes = read_file(std::filesystem::path(FGCN_SOURCE_DIR) / "docs/guide/settings.md");
  const std::string guide(bytes.begin(), bytes.end());
  const auto check_rows = [&guide](const std::vector<std::vector<Setting>>& presets) {
    for (std::size_t i = 0; i < presets[0].size(); ++i) {
      const Setting& s = presets[0][i];
      std::string row = "| `" + s.name + "`" + (s.resume == OnResume::kFree ? " *" : "") + " | " +
                        s.help + " | " + s.range + " |";
      for (const auto& preset : presets) row += " " + preset[i].text() + " |";
      row += "\n";
      CAPTURE(row);
      CHECK(guide.find(row) != std::string::npos);
    }
  };
  std::vector<PhotoSettings> photos;
  for (const std::string_view name : kPhotoPresets)
    photos.push_back(photo_preset(std::string(name)));
  std::vector<std::vector<Setting>> named;
  for (PhotoSettings& preset : photos) named.push_back(settings_of(preset));
  check_rows(named);
  SyntheticSettings rendered = synthetic_preset("default");
  check_rows({settings_of(rendered)});
}

TEST_CASE("a numbered checkpoint of an older version, or of none, is refused") {
  io::Safetensors file;
  CHECK_THROWS_WITH_AS(check_same_run(file, {}, {}, "run/checkpoint-000010.safetensors"),
                       doctest::Contains("is not a checkpoint of fgcn_train"), InputError);
  file.metadata["checkpoint"] = "fgcn photo checkpoint 1";
  CHECK_THROWS_WITH_AS(check_same_run(file, {}, {}, "run/checkpoint-000010.safetensors"),
                       "run/checkpoint-000010.safetensors: is a checkpoint of an older fgcn_train, "
                       "whose runs and weights this one cannot read; train anew with another --out",
                       InputError);
}

TEST_CASE("no two settings of a task have one name, and older names lead to the new ones") {
  PhotoSettings photos = photo_preset("default");
  SyntheticSettings rendered = synthetic_preset("default");
  for (const std::vector<Setting>& settings : {settings_of(photos), settings_of(rendered)}) {
    std::vector<std::string> names;
    for (const Setting& s : settings) names.push_back(s.name);
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
    for (const auto& [before, now] : kRenamedSettings)
      CHECK_FALSE(std::binary_search(names.begin(), names.end(), before));
  }
  CHECK_THROWS_WITH_AS(apply_settings(settings_of(photos), {{"batch=2"}, {"level_faces=7"}}),
                       "--set level_faces=7: the setting 'level_faces' is called 'gain_faces' now",
                       InputError);
  CHECK(photos.batch == 2);
}

TEST_CASE("means leave out what a step did not have") {
  LossMeans means({"total", "critic"});
  means.add({{"total", 1}, {"critic", 5}});
  means.add({{"total", 2}});
  const std::vector<double> values = means.take();
  CHECK(values[0] == 1.5);
  CHECK(values[1] == 5);
  CHECK(std::isnan(means.take()[1]));
  CHECK_THROWS_AS(means.add({{"other", 1}}), Error);
}

}  // namespace
}  // namespace fgcn::train
