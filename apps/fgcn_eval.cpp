// fgcn_eval PHOTO... [--weights FILE]... [-o DIR]: the measures of docs/dev/evaluation.md.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/eval_options.h"
#include "apps/eval_report.h"
#include "apps/eval_sheet.h"
#include "apps/eval_source.h"
#include "apps/run_app.h"
#include "io/file.h"
#include "train/run/progress.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

fs::path made_folder(const std::string& name) {
  std::error_code failed;
  fs::create_directories(name, failed);
  if (failed || !fs::is_directory(name))
    input_error("--out ", name, ": the folder cannot be made (", failed.message(),
                "); choose a writable place");
  return name;
}

/// Measures every sample; failures are reported, counted and passed over. Returns the index in the
/// source of each of `results.photos`.
std::vector<std::size_t> measure(const SampleSource& source, const train::PhotoScorer& scorer,
                                 EvalResults& results) {
  std::vector<std::size_t> measured;
  ProgressBar progress("Measuring", static_cast<std::int64_t>(source.size()));
  for (std::size_t i = 0; i < source.size(); ++i) {
    progress.update(static_cast<std::int64_t>(i), fs::path(source.name(i)).filename().string());
    try {
      results.photos.push_back(scorer(source.sample(i)));
      measured.push_back(i);
    } catch (const InputError& error) {
      results.failures.push_back({source.name(i), error.what()});
      progress.print(std::string("fgcn_eval: ") + error.what());
    }
    progress.update(static_cast<std::int64_t>(i + 1));
  }
  return measured;
}

void write_results(const fs::path& folder, const EvalResults& results,
                   const train::PhotoScorer& scorer, const SampleSource& source,
                   const std::vector<std::size_t>& measured, const EvalOptions& options) {
  const std::vector<RankedPhoto> ranked =
      rank_photos(results.photos, options.rank, static_cast<std::size_t>(options.rows));
  if (!ranked.empty()) {
    const auto sample = [&](std::size_t i) { return source.sample(measured[i]); };
    write_png(folder / "best_median_worst.png", rank_sheet(scorer, ranked, sample, options.rank));
  }
  std::string lines;
  for (const train::PhotoScores& photo : results.photos)
    lines += photo_json(results, photo).dump() + '\n';
  write_file(folder / "photos.jsonl", lines);
  write_file(folder / "table.txt", summary_table(results));
  write_file(folder / "summary.json", summary_json(results).dump(2) + '\n');
}

int run(const EvalOptions& options) {
  const Context ctx = app_context(options.device, options.threads);
  std::optional<fs::path> folder;
  if (!options.out.empty()) folder = made_folder(options.out);
  const mesh::FaceModel face = load_face(options);
  const train::PhotoScorer scorer(ctx, face, load_weights(ctx, face, options),
                                  load_identity(ctx, options));
  if (options.rank == RankBy::kIdentity && !scorer.has_identity())
    input_error("--rank identity: needs an identity network; give --identity FILE");
  EvalResults results;
  results.face_model = options.face_model;
  results.names = scorer.names();
  for (const auto& [name, file] : weight_files(options)) results.weights[name] = file;
  if (scorer.has_identity()) results.identity_network = identity_file(options)->string();

  const SampleSource source(ctx, face, options);
  std::vector<std::size_t> measured;
  if (source.size() > 0) {
    if (!scorer.has_identity() && options.identity == "auto")
      std::fprintf(stderr,
                   "fgcn_eval: identity is left out: no identity network was found; give "
                   "--identity FILE (docs/dev/evaluation.md)\n");
    measured = measure(source, scorer, results);
  }
  if (options.synthetic > 0) {
    std::vector<const recon::RefinementModel*> models;
    for (const train::NamedRefinement& w : scorer.weights()) models.push_back(&w.model);
    ProgressBar progress("Synthetic faces", options.synthetic);
    results.synthetic =
        train::evaluate(models, face, train::kEvaluationSeed + options.seed, options.synthetic,
                        [&](std::int64_t done) { progress.update(done); });
  }
  if (folder) write_results(*folder, results, scorer, source, measured, options);
  const std::string said =
      options.json ? summary_json(results).dump(2) + '\n' : summary_table(results);
  std::fputs(said.c_str(), stdout);
  return results.failures.empty() ? 0 : 2;
}

}  // namespace
}  // namespace fgcn

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_eval", argv, [&] {
    const fgcn::ParsedEval parsed = fgcn::parse_eval(argc, argv);
    return parsed.exit_code ? *parsed.exit_code : fgcn::run(parsed.options);
  });
}
