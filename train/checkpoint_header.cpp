#include "train/checkpoint_header.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <type_traits>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

template <class T>
T metadata_number(const io::Safetensors& file, const std::string& key, const std::string& where) {
  const std::string value = recon::metadata_text(file, key, where);
  T out{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  bool number = error == std::errc() && end == value.data() + value.size();
  if constexpr (std::is_floating_point_v<T>) number = number && !std::isnan(out);
  if (!number)
    input_error(where, ": its '", key, "' is '", value, "', not a number; the file is damaged");
  return out;
}

[[noreturn]] void refuse_old(const std::string& where) {
  input_error(where,
              ": is a checkpoint of an older fgcn_train, whose runs and weights this one cannot "
              "read; train anew with another --out");
}

}  // namespace

std::map<std::string, std::string> metadata_of(const RunText& run, std::int64_t steps_done) {
  return {{"task", run.task},
          {"preset", run.settings.preset},
          {"settings", run.all},
          {"data", run.data},
          {"identity weights", run.identity},
          {"steps in all", std::to_string(run.steps)},
          {"steps done", std::to_string(steps_done)}};
}

void check_same_run(const io::Safetensors& file, const RunText& run,
                    const std::vector<Setting>& named, const std::string& where) {
  const auto kind = file.metadata.find("checkpoint");
  if (kind == file.metadata.end())
    input_error(where, ": is not a checkpoint of fgcn_train; choose another --out");
  if (kind->second != kCheckpointFormat) refuse_old(where);
  const std::string task = recon::metadata_text(file, "task", where);
  if (task != run.task)
    input_error(where, ": was begun on ", task, ", not on ", run.task,
                run.data.empty() ? "; give its --data FILE" : "; resume without --data");
  const std::string preset = recon::metadata_text(file, "preset", where);
  if (preset != run.settings.preset)
    input_error(where, ": was begun with --preset ", preset, "; resume with the same");
  check_same_settings(named, recon::metadata_text(file, "settings", where), where);
  if (run.steps_decide) {
    const std::int64_t steps = metadata_int(file, "steps in all", where);
    if (steps != run.steps)
      input_error(where, ": was begun for ", steps, " steps, along which the learning rate falls; ",
                  run.steps, " would make another run: resume with --steps ", steps,
                  ", or begin one with --init");
  }
  if (recon::metadata_text(file, "data", where) != run.data)
    input_error(where, ": was begun with other photos; give the same --data");
  if (recon::metadata_text(file, "identity weights", where) != run.identity)
    input_error(where, ": was begun with other identity weights; give the same --identity");
}

void check_no_old_run(const std::filesystem::path& folder) {
  const std::filesystem::path old = folder / "checkpoint.safetensors";
  if (std::filesystem::exists(old)) refuse_old(old.string());
}

void check_same_network(const recon::RefinementConfig& found, const RunSettings& wanted,
                        const std::string& where) {
  RunSettings ours = wanted, theirs = wanted;
  theirs.model = found;
  if (!found.networks.empty() && found.networks != wanted.model.networks &&
      found.embedding_form == wanted.model.embedding_form)
    input_error(where, ": was trained with other networks (", found.networks,
                ") than those given (", wanted.model.networks,
                "); give the files that it was trained with");
  theirs.model.blend_weight = ours.model.blend_weight;
  const auto network = [](RunSettings& s) {
    std::vector<Setting> out;
    add_network(out, s);
    add_embedding_form(out, s);
    return out;
  };
  const std::vector<Setting> want = network(ours), have = network(theirs);
  for (std::size_t i = 0; i < have.size(); ++i) {
    if (have[i].text() == want[i].text()) continue;
    input_error(where, ": is of a network with ", have[i].name, "=", have[i].text(), ", not ",
                want[i].text(), "; give --set ", have[i].name, "=", have[i].text(),
                " or other weights");
  }
}

std::string exact_text(double value) {
  char out[64] = {};
  std::to_chars(out, out + sizeof out - 1, value);
  return out;
}

double metadata_double(const io::Safetensors& file, const std::string& key,
                       const std::string& where) {
  return metadata_number<double>(file, key, where);
}

std::int64_t metadata_int(const io::Safetensors& file, const std::string& key,
                          const std::string& where) {
  return metadata_number<std::int64_t>(file, key, where);
}

}  // namespace fgcn::train
