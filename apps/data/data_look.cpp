// fgcn_data info FILE, extract FILE -o DIR, check FILE
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "apps/data/data_photos.h"
#include "io/output_folder.h"
#include "io/terminal.h"
#include "io/utf8.h"
#include "kernels/core/error.h"
#include "train/dataset/photo_file.h"
#include "train/run/progress.h"

namespace fgcn::data_app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using train::PhotoFile;
using train::PhotoRecord;
using train::Split;

constexpr Split kSplits[] = {Split::kTrain, Split::kValidation, Split::kTest};

/// Names are the user's bytes and need not be UTF-8.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

struct Range {
  double low = 0, middle = 0, high = 0;
};

Range range_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

/// Output of info: name, least, median and largest value over all photos.
std::vector<std::pair<std::string, Range>> ranges(const PhotoFile& file) {
  constexpr const char* kNames[] = {"landmark error",  "identity, largest", "expression, largest",
                                    "albedo, largest", "pitch (rad)",       "yaw (rad)",
                                    "roll (rad)",      "skin in the crop"};
  std::vector<std::vector<double>> values(std::size(kNames));
  const auto largest = [](const std::vector<double>& v) {
    double out = 0;
    for (const double x : v) out = std::max(out, std::abs(x));
    return out;
  };
  for (std::int64_t i = 0; i < file.size(); ++i) {
    const PhotoRecord record = file.record(i);
    const recon::FitResult& fit = record.fit;
    double skin = 0;
    for (std::size_t k = 3; k < record.crop.pixels.size(); k += 4) skin += record.crop.pixels[k];
    skin /= 255.0 / 4 * static_cast<double>(record.crop.pixels.size());
    const double row[] = {
        fit.landmark_error, largest(fit.identity), largest(fit.expression), largest(fit.albedo),
        fit.angles_rad[0],  fit.angles_rad[1],     fit.angles_rad[2],       skin};
    for (std::size_t k = 0; k < std::size(row); ++k) values[k].push_back(row[k]);
  }
  std::vector<std::pair<std::string, Range>> out;
  for (std::size_t k = 0; k < values.size(); ++k)
    out.emplace_back(kNames[k], range_of(std::move(values[k])));
  return out;
}

int info(const std::string& path, bool json) {
  const PhotoFile file = PhotoFile::open(path);
  const train::PhotoDataHeader& header = file.header();
  const auto table = ranges(file);
  if (json) {
    Json splits, values;
    for (const Split split : kSplits) splits[name(split)] = file.of(split).size();
    for (const auto& [what, range] : table)
      values[what] = {{"least", range.low}, {"median", range.middle}, {"largest", range.high}};
    const Json out{{"file", path},
                   {"bytes", file.bytes()},
                   {"photos", file.size()},
                   {"crop_size", header.crop_size},
                   {"face_model", header.face_name},
                   {"vertices", header.face.vertices},
                   {"coefficients",
                    {{"identity", header.face.identity},
                     {"expression", header.face.expression},
                     {"albedo", header.face.albedo}}},
                   {"split_by", header.rule.by},
                   {"validation_fraction", header.rule.validation},
                   {"test_fraction", header.rule.test},
                   {"same_person", header.rule.same_person},
                   {"splits", splits},
                   {"values", values}};
    io::print_json(dump(out));
    return 0;
  }
  io::print_text("%s: %lld photos of %lld x %lld pixels, %.1f MB\n", path.c_str(),
                 static_cast<long long>(file.size()), static_cast<long long>(header.crop_size),
                 static_cast<long long>(header.crop_size), static_cast<double>(file.bytes()) / 1e6);
  io::print_text(
      "  face model %s: %lld vertices, %lld identity, %lld expression, %lld albedo modes\n",
      header.face_name.c_str(), static_cast<long long>(header.face.vertices),
      static_cast<long long>(header.face.identity), static_cast<long long>(header.face.expression),
      static_cast<long long>(header.face.albedo));
  io::print_text("  split by %s, fractions: validation %g, test %g\n", header.rule.by.c_str(),
                 header.rule.validation, header.rule.test);
  if (header.rule.same_person > 0)
    io::print_text("  persons told by an identity network, embeddings up to %g apart\n",
                   header.rule.same_person);
  for (const Split split : kSplits)
    io::print_text("  %-20s %8zu\n", name(split), file.of(split).size());
  io::print_text("  %-20s %8s %8s %8s\n", "", "least", "median", "largest");
  for (const auto& [what, range] : table)
    io::print_text("  %-20s %8.4f %8.4f %8.4f\n", what.c_str(), range.low, range.middle,
                   range.high);
  return 0;
}

Json coefficients(const PhotoFile& file, std::int64_t i, const PhotoRecord& record) {
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx",
                static_cast<unsigned long long>(file.content_hash(i)));
  auto points = Json::array();
  for (const photo::Point& p : record.landmarks) points.push_back({p.x, p.y});
  const recon::FitResult& fit = record.fit;
  return {{"name", file.name(i)},
          {"split", name(file.split(i))},
          {"content_hash", hash},
          {"landmarks", points},
          {"landmark_vertices", fit.landmark_vertices},
          {"landmark_error", fit.landmark_error},
          {"identity", fit.identity},
          {"expression", fit.expression},
          {"albedo", fit.albedo},
          {"angles_rad", fit.angles_rad},
          {"translation_dm", fit.translation_dm},
          {"light", fit.sh_coefficients}};
}

/// "folder/sub/photo.jpg" as one file name that shows all of it and leaves no folder; of a long
/// name the end, which any file system takes with what is put around it.
std::string flat_name(std::string_view photo) {
  constexpr std::size_t kLongest = 200;
  std::string out(photo.substr(0, photo.rfind('.')));
  if (out.size() > kLongest) {
    std::size_t at = out.size() - kLongest;
    const auto within_a_letter = [&] {
      return (static_cast<unsigned char>(out[at]) & 0xc0) == 0x80;
    };
    while (at < out.size() && within_a_letter()) ++at;
    out.erase(0, at);
  }
  std::string shown;
  for (std::string_view rest = out; !rest.empty();) {
    const std::string_view before = rest;
    const bool not_utf8 = io::next_code_point(rest) == io::kReplacement;
    const std::string_view letter = before.substr(0, before.size() - rest.size());
    const bool steers = letter == "\t" || (!not_utf8 && io::printable(letter) != letter);
    shown += letter == "/" || steers ? "_" : letter;
  }
  return shown.empty() || shown.front() == '.' ? "_" + shown : shown;
}

int extract(const std::string& path, const fs::path& folder, const std::string& split,
            std::int64_t limit) {
  const PhotoFile file = PhotoFile::open(path);
  const OutputFolder made("--output", folder);
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < file.size(); ++i)
    if (split == "all" || split == name(file.split(i))) chosen.push_back(i);
  if (limit > 0 && limit < static_cast<std::int64_t>(chosen.size()))
    chosen.resize(static_cast<std::size_t>(limit));
  ProgressBar progress("Extracting", static_cast<std::int64_t>(chosen.size()));
  std::int64_t done = 0, damaged = 0;
  for (const std::int64_t i : chosen) {
    progress.update(++done);
    PhotoRecord record;
    try {
      record = file.record(i);
    } catch (const InputError& error) {
      ++damaged;
      progress.print(text("fgcn_data: ", error.what()));
      continue;
    }
    // Photos that differ in their ending or in '/' would share a name; their number tells them.
    char number[24];
    std::snprintf(number, sizeof number, "%06lld_", static_cast<long long>(i));
    const std::string target = number + flat_name(file.name(i));
    write_png(folder / (target + ".png"), record.crop);
    write_file(folder / (target + ".json"), dump(coefficients(file, i, record)) + '\n');
  }
  io::print_text("%s: %lld crops with their coefficients\n", folder.string().c_str(),
                 static_cast<long long>(done - damaged));
  return damaged > 0 ? 2 : 0;
}

int check(const std::string& path) {
  const PhotoFile file = PhotoFile::open(path);
  ProgressBar progress("Checking", file.size());
  std::int64_t bad = 0;
  for (std::int64_t i = 0; i < file.size(); ++i) {
    try {
      file.record(i);
    } catch (const InputError& error) {
      ++bad;
      progress.print(text("fgcn_data: ", error.what()));
    }
    progress.update(i + 1);
  }
  if (bad > 0) {
    io::print_message("fgcn_data: %s: %lld of %lld records are damaged\n", path.c_str(),
                      static_cast<long long>(bad), static_cast<long long>(file.size()));
    return 2;
  }
  io::print_text("%s: %lld photos, every checksum and value is right\n", path.c_str(),
                 static_cast<long long>(file.size()));
  return 0;
}

struct Options {
  std::string file, out, split = "all";
  std::int64_t limit = 0;
  bool json = false;
};

}  // namespace

std::function<int()> add_info(CLI::App& app) {
  CLI::App* command = app.add_subcommand("info", "Tell what a data set of photos holds.");
  const auto o = std::make_shared<Options>();
  command->add_option("FILE", o->file, "data set")->required();
  command->add_flag("--json", o->json, "print it as JSON");
  command->footer("Examples:\n  fgcn_data info faces.fgd\n  fgcn_data info faces.fgd --json");
  return [o, command] { return command->parsed() ? info(o->file, o->json) : 0; };
}

std::function<int()> add_extract(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "extract", "Write crops (PNG, alpha = skin mask) and their coefficients (JSON).");
  const auto o = std::make_shared<Options>();
  command->add_option("FILE", o->file, "data set")->required();
  command->add_option("-o,--output", o->out, "folder; made when missing")->required();
  command->add_option("--split", o->split, "which photos")
      ->check(CLI::IsMember({"all", "train", "validation", "test"}))
      ->capture_default_str();
  command->add_option("--limit", o->limit, "the first N only; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->footer(
      "Exit code: 0 all extracted, 2 damaged records were left out and named.\n\n"
      "Examples:\n"
      "  fgcn_data extract faces.fgd -o look --limit 20\n"
      "  fgcn_data extract faces.fgd -o test_crops --split test");
  return
      [o, command] { return command->parsed() ? extract(o->file, o->out, o->split, o->limit) : 0; };
}

std::function<int()> add_check(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("check", "Check every checksum and value of a data set of photos.");
  const auto o = std::make_shared<Options>();
  command->add_option("FILE", o->file, "data set")->required();
  command->footer(
      "Exit code: 0 whole, 2 damaged; damaged records are named.\n\n"
      "Example:\n  fgcn_data check faces.fgd");
  return [o, command] { return command->parsed() ? check(o->file) : 0; };
}

}  // namespace fgcn::data_app
