#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "io/arrays/safetensors.h"
#include "io/temporary_folder.h"
#include "kernels/core/context.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "photo/landmarks.h"
#include "recon/refine/refinement_model.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/tiny_face.h"
#include "train/dataset/photo_journal.h"
#include "train/photos/photo_settings.h"
#include "train/run/settings.h"
#include "train/synthetic_settings.h"

namespace fgcn::fuzz {
namespace {

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// `first`, then the file.
Bytes behind(std::vector<std::uint8_t> first, const Bytes& file) {
  first.insert(first.end(), file.begin(), file.end());
  return first;
}

/// Programs of tests/fuzz/script.h: none, and one of each kind of change.
void add_scripts(const Seeds& seeds, const char* target, std::vector<std::uint8_t> first,
                 std::uint8_t kinds) {
  for (std::uint8_t kind = 0; kind <= kinds; ++kind) {
    Bytes script = first;
    // The kind, the array, a place in it, a number of script.cpp's list.
    if (kind < kinds) script.insert(script.end(), {kind, kind, 3, 0, 2, 0, 1});
    seeds.add(target, ("change" + std::to_string(kind) + "-" + std::to_string(first[0])).c_str(),
              script);
  }
}

void write_face_seeds(const Seeds& seeds) {
  const TemporaryFolder folder;
  write_face_model(folder / "face", tiny_face());
  seeds.add("face_model_fuzz", "file", behind({0}, read_file(folder / "face")));
  add_scripts(seeds, "face_model_fuzz", {1}, 12);
}

void write_refinement_seeds(const Seeds& seeds) {
  // Without the network's arrays, which would make an input of half a megabyte.
  recon::RefinementConfig config;
  config.embedding = 1;
  config.embedding_form = recon::EmbeddingForm::kIdentity;
  config.detail_width = 1;
  Rng rng(1);
  const recon::RefinementModel model(Context(Device::kCpu, 1), tiny_face(), tiny_hierarchy(),
                                     config, rng);
  io::Safetensors file = model.weights({});
  std::erase_if(file.tensors, [](const auto& one) { return !one.first.starts_with("hierarchy."); });
  seeds.add("weights_fuzz", "description", behind({0}, encode_safetensors(file)));
  add_scripts(seeds, "weights_fuzz", {1}, 12);
}

/// The journal of an interrupted preparation: two records, one with notes, one photo left out, one
/// embedding.
void write_journal_seeds(const Seeds& seeds) {
  train::PhotoDataHeader header;
  header.crop_size = 2;
  header.face.vertices = 10;
  header.face.identity = 1;
  header.rule.identity = 7;
  const TemporaryFolder folder;
  train::PhotoRecord record;
  record.crop = Image8(2, 2, 4, 90);
  record.fit.identity = {0.5};
  Bytes whole;
  {
    train::PhotoJournal journal(folder / "x.part", header);
    journal.add_record(1, encode_record(header, record), {"small", "cut"});
    journal.add_skip(7, "no face was found");
    journal.add_embedding(3, {0.5, -1});
    journal.add_record(2, encode_record(header, record));
    whole = read_file(folder / "x.part");
  }
  seeds.add("photo_journal_fuzz", "whole", behind({1}, whole));
  const Bytes entries(whole.begin() + 256, whole.end());
  seeds.add("photo_journal_fuzz", "entries", behind({0}, entries));
  seeds.add("photo_journal_fuzz", "checked", behind({2}, entries));
  seeds.add("photo_journal_fuzz", "added-to", behind({4}, entries));
}

void write_landmark_seeds(const Seeds& seeds) {
  const mesh::FaceModel face = tiny_face();
  photo::Landmarks points;
  for (std::size_t k = 0; k < points.size(); ++k)
    points[k] = {160 + 80.0 * face.mean_shape[3 * k], 160 - 80.0 * face.mean_shape[3 * k + 1]};
  const auto number = [](double x) { return std::to_string(x).substr(0, 6); };
  std::string pts = "version: 1\nn_points: 68\n{\n", blanks = "# by hand\n\n", semicolons;
  for (const photo::Point& p : points) {
    pts += number(p.x) + " " + number(p.y) + "\n";
    blanks += "  " + number(p.x) + "\t" + number(p.y) + "\r\n";
    semicolons += number(p.x) + ";" + number(p.y) + "\n";
  }
  const std::vector<std::uint8_t> size{40, 40};
  seeds.add("landmarks_fuzz", "own", behind(size, bytes_of(format_landmarks(points))));
  seeds.add("landmarks_fuzz", "marked",
            behind(size, bytes_of("\xef\xbb\xbf" + format_landmarks(points))));
  seeds.add("landmarks_fuzz", "ibug.pts", behind(size, bytes_of(pts + "}\n")));
  seeds.add("landmarks_fuzz", "blanks", behind(size, bytes_of(blanks)));
  seeds.add("landmarks_fuzz", "semicolons", behind(size, bytes_of(semicolons)));
}

void write_setting_seeds(const Seeds& seeds) {
  for (std::uint8_t kind = 0; kind < 4; ++kind) {
    train::PhotoSettings photos =
        train::photo_preset(std::string(train::kPhotoPresets[kind == 3 ? 0 : kind]));
    train::SyntheticSettings synthetic = train::synthetic_preset("default");
    const std::vector<train::Setting> settings =
        kind == 3 ? settings_of(synthetic) : settings_of(photos);
    const std::string json = settings_json(settings);
    for (std::size_t first = 0; first < settings.size(); first += 8) {
      std::string lines;
      for (std::size_t i = first; i < std::min(first + 8, settings.size()); ++i)
        lines += settings[i].name + "=" + settings[i].text() + "\n";
      seeds.add("settings_fuzz", text("lines", int{kind}, "-", first).c_str(),
                behind({kind}, bytes_of(lines)));
    }
    seeds.add("settings_fuzz", ("json" + std::to_string(kind)).c_str(),
              behind({kind}, bytes_of(json)));
  }
}

void write_ict_seeds(const Seeds& seeds) {
  add_scripts(seeds, "ict_fuzz", {0}, 10);
  io::Npz archive;
  const std::vector<float> three{0, 1, 2};
  archive["neutral"] = io::NpyArray::of({1, 3}, std::span<const float>(three));
  archive["id_delta"] = io::NpyArray::of({1, 1, 3}, std::span<const float>(three));
  seeds.add("ict_fuzz", "archive", behind({1}, encode_npz(archive, io::ZipMethod::kStored)));
  std::string index = R"({"expressions": ["jawOpen"], "idx_to_landmark_verts": [)";
  for (int k = 0; k < 68; ++k) index += (k > 0 ? "," : "") + std::to_string(k);
  index += "]}";
  const std::string faces = "vt 0.5 0.5\nf 28/1 32/1 34/1 36/1\nf 49 9 55\n";
  Bytes folder;
  for (const std::string& file : {index, faces, std::string("#\n"), std::string("#\n")}) {
    folder.push_back(static_cast<std::uint8_t>(file.size() & 0xff));
    folder.push_back(static_cast<std::uint8_t>(file.size() >> 8));
    folder.insert(folder.end(), file.begin(), file.end());
  }
  seeds.add("ict_fuzz", "folder", behind({2}, folder));
  seeds.add("ict_fuzz", "whole-folder", behind({3}, folder));
}

/// dlib's portable binary numbers (photo/detect/shape_predictor.cpp).
class PredictorWriter {
 public:
  void integer(std::int64_t value) {
    std::uint64_t magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
    Bytes digits;
    for (; magnitude != 0; magnitude >>= 8)
      digits.push_back(static_cast<std::uint8_t>(magnitude & 0xff));
    out_.push_back(static_cast<std::uint8_t>(digits.size() | (value < 0 ? 0x80 : 0)));
    out_.insert(out_.end(), digits.begin(), digits.end());
  }
  void real(float value) {
    int exponent = 0;
    const double fraction = std::frexp(static_cast<double>(value), &exponent);
    integer(static_cast<std::int64_t>(std::ldexp(fraction, 24)));
    integer(exponent - 24);
  }
  void shape(float first) {
    integer(-136);
    integer(-1);
    for (int i = 0; i < 136; ++i) real(i == 0 ? first : 0.0F);
  }
  const Bytes& bytes() const { return out_; }

 private:
  Bytes out_;
};

/// `cascades` of `trees` of three splits, which look at five pixels.
Bytes predictor(int cascades, int trees) {
  PredictorWriter out;
  out.integer(1);
  out.shape(0.5F);
  out.integer(cascades);
  for (int c = 0; c < cascades; ++c) {
    out.integer(trees);
    for (int t = 0; t < trees; ++t) {
      out.integer(3);
      for (int s = 0; s < 3; ++s) {
        out.integer(s);
        out.integer(4 - s);
        out.real(0.25F * static_cast<float>(t - s));
      }
      out.integer(4);
      for (int leaf = 0; leaf < 4; ++leaf) out.shape(0.01F * static_cast<float>(leaf));
    }
  }
  out.integer(cascades);
  for (int c = 0; c < cascades; ++c) {
    out.integer(5);
    for (int f = 0; f < 5; ++f) out.integer(13 * f);
  }
  out.integer(cascades);
  for (int c = 0; c < cascades; ++c) {
    out.integer(5);
    for (int f = 0; f < 5; ++f) {
      out.real(0.1F * static_cast<float>(f));
      out.real(-0.2F);
    }
  }
  return out.bytes();
}

}  // namespace

void write_own_seeds(const Seeds& seeds) {
  write_face_seeds(seeds);
  write_refinement_seeds(seeds);
  write_journal_seeds(seeds);
  write_landmark_seeds(seeds);
  write_setting_seeds(seeds);
  write_ict_seeds(seeds);
  write_model_seeds(seeds);
  add_scripts(seeds, "hierarchy_fuzz", {0}, 10);
  add_scripts(seeds, "hierarchy_fuzz", {1}, 10);
  add_scripts(seeds, "checkpoint_fuzz", {0, 0}, 12);
  seeds.add("checkpoint_fuzz", "damage", {1, 0, 0, 9, 1, 255});
  seeds.add("checkpoint_fuzz", "cut", {1, 200, 0});
  seeds.add("checkpoint_fuzz", "log",
            behind({2}, bytes_of("{\"albedo\":0.5,\"step\":10,\"total\":1.5}\n"
                                 "{\"albedo\":null,\"step\":20,\"total\":0.75}\n")));
  for (const std::uint8_t first : {0, 1, 16, 17}) add_scripts(seeds, "adversary_fuzz", {first}, 12);
  seeds.add("path_list_fuzz", "lines",
            bytes_of("\xef\xbb\xbf"
                     "a.jpg\r\nb c.jpg\n\nd.jpg"));
  seeds.add("path_list_fuzz", "nuls", bytes_of(std::string("a\nb.jpg\0c.jpg\r\0", 15)));
  add_scripts(seeds, "coma_fuzz", {2}, 12);
  const std::vector<float> meshes(18, 0.5F);
  Bytes packed = behind({1}, encode_npy(io::NpyArray::of({2, 3, 3}, std::span(meshes))));
  seeds.add("coma_fuzz", "data", packed);
  for (const char c : std::string("b/a/1\nb/c/1\n")) packed.push_back(static_cast<std::uint8_t>(c));
  seeds.add("coma_fuzz", "named-data", packed);
  seeds.add("shape_predictor_fuzz", "one", predictor(1, 1));
  seeds.add("shape_predictor_fuzz", "two", predictor(2, 2));
}

}  // namespace fgcn::fuzz
