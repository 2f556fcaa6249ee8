// Checkpoints of training. The first byte says whether the input changes what a right checkpoint
// means (tests/fuzz/script.h), which is then read as a resumed run reads it, or damages the newest
// of two files, where the run must go on from the older one, or from the newest unchanged, or is
// the log that the run goes on with.
#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "io/hash.h"
#include "io/temporary_folder.h"
#include "kernels/core/context.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/script.h"
#include "train/adam.h"
#include "train/checkpoint_header.h"
#include "train/report.h"
#include "train/run/checkpoints.h"
#include "train/run/loss_watch.h"
#include "train/run/run_log.h"
#include "train/synthetic_settings.h"

namespace {

using fgcn::Bytes;
using fgcn::io::Safetensors;
namespace train = fgcn::train;

/// All that a run restores from a checkpoint beside the network's weights (weights_fuzz).
struct Run {
  fgcn::Context ctx{fgcn::Device::kCpu, 1};
  train::SyntheticSettings settings = train::synthetic_preset("default");
  std::vector<train::Setting> named = train::settings_of(settings);
  fgcn::Parameter a{"layer.weight", fgcn::Tensor(ctx, {2, 3})};
  fgcn::Parameter b{"layer.bias", fgcn::Tensor(ctx, {3})};
  train::Adam adam{{&a, &b}, settings.adam};
  train::LossMeans means{{"total", "albedo"}};
  train::LossWatch watch{50};
  double best = 0.25;

  train::RunText text() const {
    return {"synthetic faces", settings, settings_json(named), settings.steps, true, "", ""};
  }
  Safetensors save() const {
    Safetensors out;
    out.metadata = metadata_of(text(), adam.steps());
    out.metadata["format"] = "fgcn refinement 2";
    out.metadata["checkpoint"] = train::kCheckpointFormat;
    out.metadata["best"] = train::exact_text(best);
    adam.save(out);
    means.save(out);
    watch.save(out);
    return out;
  }
  void load(const Safetensors& file) {
    check_same_run(file, text(), named, "fuzz");
    adam.load(file, "fuzz");
    means.load(file, "fuzz");
    watch.load(file, "fuzz");
    best = train::metadata_double(file, "best", "fuzz");
    FGCN_CHECK(adam.steps() >= 0, "checkpoint: ", adam.steps(), " steps");
    FGCN_CHECK(watch.median() >= 0, "checkpoint: a median of ", watch.median());
    FGCN_CHECK(best == best, "checkpoint: the best is no number");
    watch.explodes(1);
    FGCN_CHECK(means.take().size() == 2, "checkpoint: means are lost");
  }
};

Safetensors right() {
  Run run;
  for (int i = 0; i < 30; ++i) run.watch.explodes(1 + 0.1 * i);
  run.means.add({{"total", 1}, {"albedo", 0.5}});
  return run.save();
}

void read_meaning(fgcn::fuzz::Script& script) {
  static const Safetensors file = right();
  static Run run;
  const bool again = script.byte() % 8 == 0;
  const Safetensors other = changed(file, script);
  run.load(other);
  if (again) fgcn::fuzz::use_accepted([&] { run.load(run.save()); });
}

/// In place, without what makes a file safe on a disk.
void write(const std::filesystem::path& path, const Bytes& bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0 ||
      ::write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  ::close(descriptor);
}

/// Bytes to overwrite, and where the file is cut.
Bytes damaged(Bytes bytes, fgcn::fuzz::Script& script) {
  if (const std::size_t cut = script.number(2); cut != 0) bytes.resize(cut % bytes.size());
  while (script.more() && !bytes.empty()) {
    const std::size_t at = script.number(2) % bytes.size();
    bytes[at] = script.byte();
  }
  return bytes;
}

void read_damage(fgcn::fuzz::Script& script) {
  static const fgcn::TemporaryFolder folder;
  static train::Checkpoints checkpoints(folder.path(), 2);
  static const Bytes newest = [] {
    Safetensors file = right();
    file.metadata["adam.steps"] = "1";
    checkpoints.write(1, file);
    file.metadata["adam.steps"] = "2";
    checkpoints.write(2, file);
    return fgcn::read_file(checkpoints.latest());
  }();
  static const std::filesystem::path path = checkpoints.latest();
  write(path, damaged(newest, script));
  std::string said;
  const auto found = checkpoints.newest([&said](const std::string& line) { said += line; });
  FGCN_CHECK(found && (found->step == 1 || found->step == 2), "checkpoints: both are lost");
  FGCN_CHECK(found->step == 2 || !said.empty(), "checkpoints: one is passed over without a word");
  static const Safetensors expected = right();
  for (const auto& [name, tensor] : expected.tensors)
    FGCN_CHECK(found->file.at(name, "found").data == tensor.data, "checkpoints: damage is taken");
  FGCN_CHECK(found->file.metadata.at("adam.steps") == std::to_string(found->step),
             "checkpoints: damage is taken");
}

void read_log(fgcn::fuzz::Script& script) {
  static const fgcn::TemporaryFolder folder;
  constexpr std::int64_t kStep = 1'000'000;
  write(folder / "log.jsonl", {script.rest().begin(), script.rest().end()});
  const std::vector<train::LogColumn> columns{{"total", train::CurveColors{}}, {"albedo", {}}};
  const train::RunLog log(folder.path(), "log", columns, kStep);
  std::int64_t before = 0;
  for (const train::LogEntry& entry : log.entries()) {
    FGCN_CHECK(entry.step > before && entry.step <= kStep && entry.values.size() == 2, "log: step ",
               entry.step, " behind ", before);
    before = entry.step;
  }
  // What was kept is what the next start reads.
  const train::RunLog again(folder.path(), "log", columns, kStep);
  FGCN_CHECK(again.entries().size() == log.entries().size(), "log: entries are lost");
  if (fgcn::hash64(script.rest()) % 64 == 0) loss_curve(columns, log.entries());
}

void read_input(std::span<const std::uint8_t> input) {
  fgcn::fuzz::Script script(input);
  const int how = script.byte() % 3;
  if (how == 0) return read_meaning(script);
  return how == 1 ? read_damage(script) : read_log(script);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
