#include "recon/output_names.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/one_word.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uint64_t kMostJson = 4 << 20;  // bytes; a result's has some 20 KB

/// The JSON of a result, or nothing when the file is something else.
std::optional<Json> result_json(const fs::path& path) {
  try {
    Json json = Json::parse(read_file(path, kMostJson));
    const bool ours = json.is_object() && json.contains("coefficients") &&
                      json.contains("face_model") && json.contains("input") &&
                      json["input"].is_string();
    if (ours) return json;
  } catch (const InputError&) {
  } catch (const Json::exception&) {
  }
  return std::nullopt;
}

std::string bytes_of(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::strtoul(hex.substr(i, 2).c_str(), nullptr, 16));
  return out;
}

/// Whether both lead to the same place from here.
bool same_path(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  return a == b || fs::weakly_canonical(a, failed) == fs::weakly_canonical(b, failed);
}

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::symlink_status(path, failed).type() != fs::file_type::not_found;
}

}  // namespace

std::string result_name(const fs::path& photo) {
  constexpr std::size_t kLongest = 200;  // bytes, of 255: endings and numbers follow
  const std::string word = io::one_word(photo.stem().string());
  std::string_view rest = word;
  while (word.size() - rest.size() < kLongest && !rest.empty()) {
    std::string_view ahead = rest;
    io::next_code_point(ahead);
    if (word.size() - ahead.size() > kLongest) break;
    rest = ahead;
  }
  return word.substr(0, word.size() - rest.size());
}

std::string face_suffix(std::int64_t face) { return face <= 1 ? "" : text("_face", face); }

std::vector<std::string> result_files(const std::string& name) {
  std::vector<std::string> out;
  for (const char* end :
       {".glb", ".mtl", ".obj", ".usdz", "_albedo.png", "_normal.png", "_compare.png", ".json"})
    out.push_back(name + end);
  return out;
}

std::string input_of_result(const fs::path& json) {
  const std::optional<Json> result = result_json(json);
  if (!result) return {};
  const auto bytes = result->find("input_bytes");
  if (bytes != result->end() && bytes->is_string()) return bytes_of(bytes->get<std::string>());
  return (*result)["input"].get<std::string>();
}

std::vector<std::string> files_of_result(const fs::path& json) {
  const std::optional<Json> result = result_json(json);
  if (!result) return {};
  return result_files(json.stem().string());
}

bool is_whole(const fs::path& folder, const std::string& name) {
  const std::optional<Json> result = result_json(folder / (name + ".json"));
  if (!result || !result->contains("files") || !(*result)["files"].is_object()) return false;
  for (const auto& [file, bytes] : (*result)["files"].items()) {
    std::error_code failed;
    const fs::path path = folder / file;
    if (!fs::is_regular_file(path, failed) || !bytes.is_number_unsigned() ||
        fs::file_size(path, failed) != bytes.get<std::uint64_t>() || failed)
      return false;
  }
  return !(*result)["files"].empty();
}

bool is_whole_with_faces(const fs::path& folder, const std::string& name) {
  const std::optional<Json> result = result_json(folder / (name + ".json"));
  if (!result || !result->contains("faces") || !(*result)["faces"].is_number_integer())
    return false;
  const auto faces = (*result)["faces"].get<std::int64_t>();
  for (std::int64_t face = 1; face <= faces; ++face)
    if (!is_whole(folder, name + face_suffix(face))) return false;
  return faces > 0;
}

ResultNames::ResultNames(fs::path folder, const std::vector<fs::path>& inputs)
    : folder_(std::move(folder)) {
  std::error_code failed;
  const fs::path here = fs::weakly_canonical(folder_, failed);
  for (const fs::path& input : inputs) {
    // As it is named here, and where its links lead to.
    const fs::path parent = input.has_parent_path() ? input.parent_path() : fs::path(".");
    if (fs::weakly_canonical(parent, failed) == here)
      taken_.insert(io::folded_case(input.filename().string()));
    const fs::path target = fs::weakly_canonical(input, failed);
    if (target.parent_path() == here) taken_.insert(io::folded_case(target.filename().string()));
  }
}

ResultNames::State ResultNames::state(const std::string& name, const fs::path& photo) {
  bool there = false;
  for (const std::string& file : result_files(name)) {
    if (taken_.count(io::folded_case(file)) > 0) return State::kTaken;
    there = there || is_there(folder_ / file);
  }
  if (!there) return State::kFree;
  const auto [known, fresh] = inputs_.emplace(name, std::string());
  if (fresh) known->second = input_of_result(folder_ / (name + ".json"));
  const std::string& input = known->second;
  return !input.empty() && same_path(input, photo) ? State::kOwn : State::kTaken;
}

void ResultNames::take(const std::string& name) {
  for (const std::string& file : result_files(name)) taken_.insert(io::folded_case(file));
}

ResultName ResultNames::reserve(const std::string& wanted, const fs::path& photo) {
  const auto numbered = [&wanted](std::int64_t number) {
    return number == 1 ? wanted : text(wanted, "-", number);
  };
  std::int64_t& first = first_.emplace(io::folded_case(wanted), 1).first->second;
  while (taken_.count(io::folded_case(numbered(first) + ".json")) > 0) ++first;
  for (std::int64_t number = first;; ++number) {
    const std::string name = numbered(number);
    const State found = state(name, photo);
    if (found == State::kTaken) continue;
    take(name);
    const bool own = found == State::kOwn;
    return {name, own ? Existing::kReplace : Existing::kRefuse, own && is_whole(folder_, name)};
  }
}

std::vector<ResultName> ResultNames::reserve(const std::vector<fs::path>& photos,
                                             std::int64_t face) {
  const std::string suffix = face_suffix(face);
  std::vector<ResultName> out(photos.size());
  // First those whose name needs no other sign, then those whose name nobody else has.
  std::vector<std::size_t> plain, cleaned, numbered;
  for (std::size_t i = 0; i < photos.size(); ++i)
    (result_name(photos[i]) == photos[i].stem().string() ? plain : cleaned).push_back(i);
  for (const std::vector<std::size_t>* some : {&plain, &cleaned}) {
    for (const std::size_t i : *some) {
      const std::string wanted = result_name(photos[i]) + suffix;
      if (state(wanted, photos[i]) == State::kTaken)
        numbered.push_back(i);
      else
        out[i] = reserve(wanted, photos[i]);
    }
  }
  for (const std::size_t i : numbered) out[i] = reserve(result_name(photos[i]) + suffix, photos[i]);
  return out;
}

}  // namespace fgcn::recon
