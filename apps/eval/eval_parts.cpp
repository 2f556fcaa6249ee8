#include "apps/eval/eval_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "apps/interrupt.h"
#include "train/evaluate/evaluation.h"
#include "train/evaluate/part_means.h"
#include "train/run/progress.h"

namespace fgcn {
namespace {

using Albedos = std::vector<std::vector<float>>;  // one a photo

struct Column {
  const char* key;
  const char* title;
  int digits;
  double PartWorth::*of;
};
constexpr Column kColumns[] = {{"moved", "moved", 5, &PartWorth::moved},
                               {"psnr", "PSNR, dB", 2, &PartWorth::psnr},
                               {"ssim", "SSIM", 4, &PartWorth::ssim},
                               {"identity", "identity", 4, &PartWorth::identity},
                               {"albedo_error", "albedo error", 4, &PartWorth::albedo_error}};

double mean_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  return a.empty() ? 0 : sum / static_cast<double>(a.size());
}

/// A watch in place of one network's, for as long as this lives.
class Watched {
 public:
  Watched(train::PhotoScorer& scorer, std::size_t network, LayerWatch watch)
      : scorer_(scorer), network_(network) {
    scorer_.watch(network_, std::move(watch));
  }
  ~Watched() { scorer_.watch(network_, {}); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  train::PhotoScorer& scorer_;
  std::size_t network_;
};

class Measurer {
 public:
  Measurer(const SampleSource& source, const std::vector<std::size_t>& measured,
           train::PhotoScorer& scorer, const EvalOptions& options)
      : source_(source), measured_(measured), scorer_(scorer), options_(options) {}

  /// Of one network with a watch; `as_it_is` holds its albedos, and receives them when empty.
  PartWorth operator()(std::size_t network, const std::string& part, LayerWatch watch,
                       Albedos& as_it_is) {
    const Watched watched(scorer_, network, std::move(watch));
    PartWorth out{part};
    const std::size_t face = 2 + network;
    const bool first = as_it_is.empty();
    const auto photos = static_cast<double>(measured_.size());
    ProgressBar progress(part.empty() ? "Parts" : part,
                         static_cast<std::int64_t>(measured_.size()));
    for (std::size_t i = 0; i < measured_.size() && !interrupted(); ++i) {
      train::PhotoPictures pictures;
      const train::PhotoScores scores = scorer_(source_.sample(measured_[i]), &pictures);
      const train::FaceScores& of = scores.faces[face];
      const auto add = [&](double& to, double value) { to = (i == 0 ? 0 : to) + value / photos; };
      if (first) as_it_is.push_back(std::move(pictures.albedos[face]));
      add(out.moved, first ? 0 : mean_distance(pictures.albedos[face], as_it_is[i]));
      add(out.psnr, of.agreement.psnr);
      add(out.ssim, of.agreement.ssim);
      if (of.identity) add(out.identity, of.identity->cosine);
      progress.update(static_cast<std::int64_t>(i + 1));
    }
    if (options_.synthetic > 0 && !interrupted())
      out.albedo_error = train::evaluate(scorer_.weights()[network].model, scorer_.face(),
                                         train::kEvaluationSeed + options_.seed, options_.synthetic)
                             .refined.all;
    return out;
  }

 private:
  const SampleSource& source_;
  const std::vector<std::size_t>& measured_;
  train::PhotoScorer& scorer_;
  const EvalOptions& options_;
};

}  // namespace

std::vector<NetworkParts> measure_parts(const SampleSource& source,
                                        const std::vector<std::size_t>& measured,
                                        train::PhotoScorer& scorer, const EvalOptions& options) {
  Measurer measure(source, measured, scorer, options);
  std::vector<NetworkParts> out;
  for (std::size_t network = 0; network < scorer.weights().size(); ++network) {
    train::PartMeans means;
    Albedos as_it_is;
    NetworkParts parts{scorer.weights()[network].name, {}};
    parts.rows.push_back(measure(network, "", means.collect(), as_it_is));
    for (const std::string& part : means.parts())
      parts.rows.push_back(measure(network, part, means.replace(part), as_it_is));
    if (interrupted()) break;
    out.push_back(std::move(parts));
  }
  return out;
}

nlohmann::ordered_json parts_json(const std::vector<NetworkParts>& networks) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const NetworkParts& network : networks)
    for (const PartWorth& row : network.rows) {
      nlohmann::ordered_json& part = out[network.weights][row.part.empty() ? "as it is" : row.part];
      for (const Column& column : kColumns)
        if (!std::isnan(row.*column.of)) part[column.key] = row.*column.of;
    }
  return out;
}

std::string parts_table(const std::vector<NetworkParts>& networks) {
  std::string out;
  std::array<char, 64> cell{};
  for (const NetworkParts& network : networks) {
    out += "\nparts of " + network.weights + ", each with its mean in its place\n";
    const auto shown = [&](const Column& column) {
      return !std::isnan(network.rows.front().*column.of);
    };
    out += std::string(20, ' ');
    for (const Column& column : kColumns) {
      if (!shown(column)) continue;
      std::snprintf(cell.data(), cell.size(), "%14s", column.title);
      out += cell.data();
    }
    out += '\n';
    for (const PartWorth& row : network.rows) {
      std::snprintf(cell.data(), cell.size(), "%-20s",
                    row.part.empty() ? "as it is" : row.part.c_str());
      out += cell.data();
      for (const Column& column : kColumns) {
        if (!shown(column)) continue;
        std::snprintf(cell.data(), cell.size(), "%14.*f", column.digits, row.*column.of);
        out += cell.data();
      }
      if (!row.part.empty() && row.moved < train::kWorthNothing) out += "  worth nothing";
      out += '\n';
    }
  }
  return out;
}

}  // namespace fgcn
