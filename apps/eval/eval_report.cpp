#include "apps/eval/eval_report.h"

#include <array>
#include <cstdio>
#include <limits>

#include "io/terminal.h"
#include "io/utf8.h"

namespace fgcn {
namespace {

using Json = nlohmann::ordered_json;
using train::FaceScores;
using train::PhotoScores;
using train::Spread;

/// A measure of one of a photo's faces.
struct Measure {
  const char* key;    // in JSON
  const char* title;  // in the table
  int digits;
  double (*of)(const FaceScores&);
};

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

constexpr Measure kMeasures[] = {
    {"l1", "L1", 4, [](const FaceScores& f) { return f.agreement.l1; }},
    {"psnr", "PSNR, dB", 2, [](const FaceScores& f) { return f.agreement.psnr; }},
    {"ssim", "SSIM", 4, [](const FaceScores& f) { return f.agreement.ssim; }},
    {"mouth_psnr", "within lips, dB", 2,
     [](const FaceScores& f) { return f.agreement.mouth_psnr.value_or(kNone); }},
    {"identity_cosine", "identity, cosine", 4,
     [](const FaceScores& f) { return f.identity ? f.identity->cosine : kNone; }},
    {"identity_distance", "identity, distance", 4,
     [](const FaceScores& f) { return f.identity ? f.identity->distance : kNone; }},
    {"asymmetry", "albedo asymmetry", 4, [](const FaceScores& f) { return f.asymmetry; }},
    {"skin_lightness", "skin lightness, L*", 1, [](const FaceScores& f) { return f.lightness; }},
};

Spread over_photos(const EvalResults& results, const Measure& measure, std::size_t face) {
  std::vector<double> values;
  for (const PhotoScores& photo : results.photos) values.push_back(measure.of(photo.faces[face]));
  return train::spread(std::move(values));
}

Spread over_photos(const EvalResults& results, double PhotoScores::*measure) {
  std::vector<double> values;
  for (const PhotoScores& photo : results.photos) values.push_back(photo.*measure);
  return train::spread(std::move(values));
}

Json to_json(const Spread& s) {
  return {{"count", s.count}, {"median", s.median}, {"mean", s.mean}, {"p5", s.p5}, {"p95", s.p95}};
}

Json to_json(const train::AlbedoError& e, const std::vector<double>& each) {
  return {{"visible", e.visible},
          {"hidden", e.hidden},
          {"all", e.all},
          {"faces", to_json(train::spread(each))}};
}

/// Albedo errors of the synthetic faces by the name of the face.
struct SyntheticColumn {
  std::string name;
  train::AlbedoError error;
  const std::vector<double>& each;
};

std::vector<SyntheticColumn> synthetic_columns(const EvalResults& results) {
  std::vector<SyntheticColumn> out;
  const train::Evaluation& first = results.synthetic.front();
  out.push_back({results.names[0], first.coarse, first.coarse_faces});
  out.push_back({results.names[1], first.projected, first.projected_faces});
  for (std::size_t i = 0; i < results.synthetic.size(); ++i)
    out.push_back(
        {results.names[2 + i], results.synthetic[i].refined, results.synthetic[i].refined_faces});
  return out;
}

std::string format(const char* pattern, const std::string& words) {
  std::array<char, 256> out{};
  std::snprintf(out.data(), out.size(), pattern, words.c_str());
  return out.data();
}

std::string number(double value, int digits) {
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%14.*f", digits, value);
  return out.data();
}

constexpr std::size_t kLongestName = 13;  // letters of a column's head

std::string heads(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    const std::string end = io::last_code_points(name, kLongestName);
    out += std::string(kLongestName + 1 - io::code_points(end), ' ') + end;
  }
  return out;
}

struct Statistic {
  const char* name;
  double Spread::*of;
};

constexpr Statistic kStatistics[] = {{"median", &Spread::median},
                                     {"mean", &Spread::mean},
                                     {"5 %", &Spread::p5},
                                     {"95 %", &Spread::p95}};

/// Four lines: a measure's median, mean and percentiles for every face.
std::string block(const std::string& title, const std::vector<Spread>& faces, int digits) {
  std::string out;
  for (const Statistic& statistic : kStatistics) {
    out += format("%-20s", out.empty() ? title : "") + format("%-7s", statistic.name);
    for (const Spread& s : faces) out += number(s.*statistic.of, digits);
    out += '\n';
  }
  return out;
}

std::string synthetic_table(const EvalResults& results) {
  std::string out = text("\nalbedo error on ", results.synthetic.front().faces,
                         " synthetic faces, mean absolute, sRGB-encoded [0, 1]\n");
  std::vector<std::string> names;
  std::vector<Spread> spreads;
  std::string visible = format("%-20s", "on visible skin") + format("%-7s", "mean");
  std::string hidden = format("%-20s", "on hidden skin") + format("%-7s", "mean");
  for (const SyntheticColumn& column : synthetic_columns(results)) {
    names.push_back(column.name);
    spreads.push_back(train::spread(column.each));
    visible += number(column.error.visible, 4);
    hidden += number(column.error.hidden, 4);
  }
  out += format("%-27s", "") + heads(names) + '\n';
  return out + block("a face", spreads, 4) + visible + '\n' + hidden + '\n';
}

}  // namespace

Json photo_json(const EvalResults& results, const PhotoScores& photo) {
  Json faces = Json::object();
  for (std::size_t i = 0; i < photo.faces.size(); ++i) {
    Json& face = faces[results.names[i]];
    for (const Measure& measure : kMeasures) {
      if (results.identity_network.empty() && !photo.faces[i].identity &&
          std::string(measure.key).rfind("identity", 0) == 0)
        continue;
      face[measure.key] = measure.of(photo.faces[i]);
    }
  }
  return {{"input", photo.name},
          {"landmark_error", photo.landmark_error},
          {"hidden", photo.hidden},
          {"skin_lightness", photo.lightness},
          {"faces", std::move(faces)}};
}

Json summary_json(const EvalResults& results) {
  Json failed = Json::array();
  for (const EvalFailure& f : results.failures)
    failed.push_back({{"input", f.input}, {"error", f.error}});
  Json out{{"face_model", results.face_model},
           {"weights", results.weights},
           {"identity_network", nullptr},
           {"photos", results.photos.size() + results.failures.size()},
           {"measured", results.photos.size()},
           {"failed", std::move(failed)}};
  if (!results.identity_network.empty()) out["identity_network"] = results.identity_network;
  if (!results.photos.empty()) {
    out["landmark_error"] = to_json(over_photos(results, &PhotoScores::landmark_error));
    out["hidden"] = to_json(over_photos(results, &PhotoScores::hidden));
    out["skin_lightness"] = to_json(over_photos(results, &PhotoScores::lightness));
    for (std::size_t i = 0; i < results.names.size(); ++i) {
      for (const Measure& measure : kMeasures) {
        const Spread s = over_photos(results, measure, i);
        if (s.count > 0) out["faces"][results.names[i]][measure.key] = to_json(s);
      }
    }
  }
  if (!results.synthetic.empty()) {
    Json& synthetic = out["synthetic"];
    synthetic["count"] = results.synthetic.front().faces;
    for (const SyntheticColumn& column : synthetic_columns(results))
      synthetic["albedo_error"][column.name] = to_json(column.error, column.each);
  }
  if (!results.parts.empty()) out["parts"] = parts_json(results.parts);
  return out;
}

std::string summary_table(const EvalResults& results) {
  std::string out;
  const std::size_t asked = results.photos.size() + results.failures.size();
  if (asked > 0)
    out = text(asked, asked == 1 ? " photo, " : " photos, ", results.photos.size(), " measured, ",
               results.failures.size(), " failed\n");
  if (!results.photos.empty()) {
    out += '\n' + format("%-27s", "") + heads(results.names) + '\n';
    for (const Measure& measure : kMeasures) {
      std::vector<Spread> faces;
      for (std::size_t i = 0; i < results.names.size(); ++i)
        faces.push_back(over_photos(results, measure, i));
      if (faces.front().count > 0) out += block(measure.title, faces, measure.digits);
    }
    out += '\n' + format("%-27s", "") + heads({"every face"}) + '\n';
    out += block("landmark error", {over_photos(results, &PhotoScores::landmark_error)}, 4);
    out += block("hidden skin", {over_photos(results, &PhotoScores::hidden)}, 4);
    out += block("photo's skin, L*", {over_photos(results, &PhotoScores::lightness)}, 1);
  }
  if (!results.synthetic.empty()) out += synthetic_table(results);
  out += parts_table(results.parts);
  if (!results.failures.empty()) out += "\nfailed\n";
  for (const EvalFailure& failure : results.failures)
    out += "  " + io::printable(failure.error) + '\n';
  return out;
}

}  // namespace fgcn
