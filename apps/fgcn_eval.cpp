// fgcn_eval PHOTO... [--weights FILE]... [-o DIR]: the measures of docs/dev/evaluation.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/eval/eval_options.h"
#include "apps/eval/eval_parts.h"
#include "apps/eval/eval_report.h"
#include "apps/eval/eval_sheet.h"
#include "apps/eval/eval_source.h"
#include "apps/interrupt.h"
#include "apps/run_app.h"
#include "io/file.h"
#include "io/image.h"
#include "io/output_folder.h"
#include "io/path_kind.h"
#include "io/terminal.h"
#include "train/run/progress.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {"best_median_worst.png", "photos.jsonl", "table.txt",
                                  "summary.json"};

/// The results always have the same names: an input must have none of them.
void check_inputs(const fs::path& folder, const EvalOptions& options) {
  std::vector<std::string> inputs = options.photos;
  inputs.insert(inputs.end(), options.weights.begin(), options.weights.end());
  inputs.insert(inputs.end(), {options.list, options.data, options.face_model, options.identity,
                               options.encoder});
  for (const char* file : kFiles) {
    for (const std::string& input : inputs)
      if (is_same_place(input, folder / file))
        input_error("--out ", folder.string(), ": ", file, " there would replace the input ", input,
                    "; choose another folder");
  }
}

/// As text on any machine; bytes of names that are not UTF-8 become U+FFFD.
std::string dump(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void print_line(const nlohmann::ordered_json& json) {
  io::print_json(dump(json, -1));
  std::fflush(stdout);
}

/// Measures every sample; failures are reported, counted and passed over. Returns the index in the
/// source of each of `results.photos`.
std::vector<std::size_t> measure(const SampleSource& source, const train::PhotoScorer& scorer,
                                 const EvalOptions& options, EvalResults& results) {
  std::vector<std::size_t> measured;
  ProgressBar progress("Measuring", static_cast<std::int64_t>(source.size()));
  for (std::size_t i = 0; i < source.size() && !interrupted(); ++i) {
    progress.update(static_cast<std::int64_t>(i), fs::path(source.name(i)).filename().string());
    const auto failure =
        failure_of(source.name(i), [&] { results.photos.push_back(scorer(source.sample(i))); });
    if (failure) {
      results.failures.push_back({source.name(i), failure->message, failure->code});
      progress.print("fgcn_eval: " + failure->message);
    } else {
      measured.push_back(i);
    }
    if (options.report == EvalReport::kJsonLines)
      print_line(
          failure ? nlohmann::ordered_json{{"input", source.name(i)}, {"error", failure->message}}
                  : photo_json(results, results.photos.back()));
    progress.update(static_cast<std::int64_t>(i + 1));
  }
  return measured;
}

/// All files or none; without the sheet where it cannot be made.
void write_results(const fs::path& folder, const EvalResults& results,
                   const train::PhotoScorer& scorer, const SampleSource& source,
                   const std::vector<std::size_t>& measured, const EvalOptions& options) {
  const std::vector<RankedPhoto> ranked =
      rank_photos(results.photos, options.rank, static_cast<std::size_t>(options.rows));
  Bytes sheet;
  const auto failure = failure_of("the sheet", [&] {
    const auto sample = [&](std::size_t i) { return source.sample(measured[i]); };
    if (!ranked.empty()) sheet = encode_png(rank_sheet(scorer, ranked, sample, options.rank));
  });
  if (failure)
    io::print_message("fgcn_eval: %s is left out: %s\n", kFiles[0], failure->message.c_str());
  std::string lines;
  for (const train::PhotoScores& photo : results.photos)
    lines += dump(photo_json(results, photo), -1) + '\n';
  FileSet files(folder);
  if (!sheet.empty()) files.add(kFiles[0], sheet);
  files.add(kFiles[1], lines);
  files.add(kFiles[2], summary_table(results));
  files.add(kFiles[3], dump(summary_json(results), 2) + '\n');
  files.commit(Existing::kReplace);
}

/// 0 when all was measured.
int exit_code(const EvalResults& results, std::size_t asked) {
  if (results.photos.size() + results.failures.size() < asked) return kStoppedEarly;
  int code = 0;
  for (const EvalFailure& failure : results.failures) code = code == 1 ? 1 : failure.code;
  return code;  // a bug is not hidden by a bad input
}

/// Errors   InputError when too few photos and synthetic faces make the means of --parts.
void check_enough_for_parts(std::int64_t photos, const EvalOptions& options) {
  const std::int64_t all = photos + options.synthetic;
  if (all < kLeastForParts)
    input_error("--parts: takes the mean of a part over at least ", kLeastForParts,
                " photos and synthetic faces, and there are ", all,
                "; give more, or --synthetic N");
}

int run(EvalOptions options) {
  expand_photos(options);
  const Context ctx = app_context(options.device, options.threads);
  std::optional<OutputFolder> folder;
  if (!options.out.empty()) {
    folder.emplace("--out", options.out);
    check_inputs(folder->path(), options);
  }
  const mesh::NamedFace named = load_face(options);
  const mesh::FaceModel& face = named.model;
  train::PhotoScorer scorer(ctx, face, load_weights(ctx, named, options),
                            load_networks(ctx, options));
  const auto takes = [](const train::NamedRefinement& w) {
    return recon::takes_encoder(w.model.config());
  };
  if (!options.encoder.empty() &&
      std::none_of(scorer.weights().begin(), scorer.weights().end(), takes))
    io::print_message(
        "fgcn_eval: --encoder %s: is not used, for these weights take no means of R-Net\n",
        options.encoder.c_str());
  if (options.rank == RankBy::kIdentity && !scorer.has_identity())
    input_error("--rank identity: needs an identity network; give --identity FILE");
  EvalResults results;
  results.face_model = named.name;
  results.names = scorer.names();
  for (const auto& [name, file] : weight_files(named, options)) results.weights[name] = file;
  if (scorer.has_identity()) results.identity_network = identity_file(options)->string();

  const SampleSource source(ctx, face, options);
  if (options.parts) check_enough_for_parts(static_cast<std::int64_t>(source.size()), options);
  catch_interrupts();
  std::vector<std::size_t> measured;
  if (source.size() > 0) {
    if (!scorer.has_identity() && options.identity == "auto")
      io::print_message(
          "fgcn_eval: identity is left out: no identity network was found; give "
          "--identity FILE (docs/dev/evaluation.md)\n");
    measured = measure(source, scorer, options, results);
  }
  if (options.synthetic > 0 && !interrupted()) {
    std::vector<const recon::RefinementModel*> models;
    for (const train::NamedRefinement& w : scorer.weights()) models.push_back(&w.model);
    ProgressBar progress("Synthetic faces", options.synthetic);
    results.synthetic =
        train::evaluate(models, face, train::kEvaluationSeed + options.seed, options.synthetic,
                        [&](std::int64_t done) { progress.update(done); });
  }
  std::optional<Failure> without_parts;
  if (options.parts && !interrupted())
    without_parts = failure_of({}, [&] {
      check_enough_for_parts(static_cast<std::int64_t>(measured.size()), options);
      results.parts = measure_parts(source, measured, scorer, options);
    });
  if (without_parts) io::print_message("fgcn_eval: %s\n", without_parts->message.c_str());
  if (folder) write_results(folder->path(), results, scorer, source, measured, options);
  if (options.report == EvalReport::kTable) io::print_lines(summary_table(results));
  if (options.report == EvalReport::kJson) io::print_json(dump(summary_json(results), 2));
  const int code = exit_code(results, source.size());
  return without_parts && code != 1 ? without_parts->code : code;
}

}  // namespace
}  // namespace fgcn

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_eval", argv, [&] {
    const fgcn::ParsedEval parsed = fgcn::parse_eval(argc, argv);
    return parsed.exit_code ? *parsed.exit_code : fgcn::run(parsed.options);
  });
}
