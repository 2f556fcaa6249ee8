// The commands of docs/guide/original.md as a reader types them, with stand-ins for the files that
// cannot be had. A command that the page gets wrong, or that the programs no longer take, fails.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "apps/bench/lit_portrait.h"
#include "io/arrays/safetensors.h"
#include "io/byte_order.h"
#include "io/file.h"
#include "io/image.h"
#include "io/temporary_folder.h"
#include "layers/coefficient_regressor.h"
#include "layers/facenet.h"
#include "tests/io/arrays/tensorflow_files.h"
#include "tests/io/arrays/torch_files.h"
#include "tests/mesh/face/model_files.h"
#include "tests/support/program.h"
#include "tests/support/published_standins.h"
#include "tests/support/rendered_data.h"
#include "train/dataset/packed_photo.h"
#include "train/dataset/photo_record.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;

struct Command {
  std::string section;    // the heading above
  std::string program;    // its first word
  std::string arguments;  // the other words, without a comment
};

/// The lines of the page's code blocks; a line that ends in a backslash goes on in the next.
std::vector<Command> commands_of(const fs::path& page) {
  const Bytes bytes = read_file(page);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  std::vector<Command> out;
  std::string section, line, whole;
  bool in_block = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (line.starts_with("```")) {
      in_block = !in_block;
    } else if (in_block) {
      whole += line.substr(0, line.find(" #"));
      if (whole.ends_with('\\')) {
        whole.back() = ' ';
        continue;
      }
      const std::size_t end = whole.find(' ');
      REQUIRE(end != std::string::npos);
      out.push_back({section, whole.substr(0, end), whole.substr(end)});
      whole.clear();
    }
  }
  return out;
}

/// The word behind an option, empty without it.
std::string value_of(const std::string& arguments, const std::string& option) {
  std::istringstream words(arguments);
  for (std::string word; words >> word;)
    if (word == option && words >> word) return word;
  return {};
}

/// Names "KIND/0.jpg" and so on that chance puts into the splits that training and evaluation
/// need: two to train with, one to validate, one to test.
std::vector<std::string> names_in_all_splits(const std::function<std::string(int)>& name) {
  const train::SplitRule rule;
  std::vector<std::string> out;
  int left[3] = {2, 1, 1};  // in the order of Split
  for (int i = 0; out.size() < 4; ++i) {
    REQUIRE(i < 10000);
    int& wanted = left[static_cast<std::size_t>(rule.split(name(i)))];
    if (wanted-- > 0) out.push_back(name(i));
  }
  return out;
}

/// A photo as the original trains with it: its alpha is the skin mask.
Image8 with_mask(const Image8& rgb) {
  Image8 out(rgb.height, rgb.width, 4);
  for (std::int64_t y = 0; y < rgb.height; ++y)
    for (std::int64_t x = 0; x < rgb.width; ++x) {
      std::copy_n(rgb.at(y, x), 3, out.at(y, x));
      const auto nx = static_cast<double>(x) / static_cast<double>(rgb.width) - 0.5;
      const auto ny = static_cast<double>(y) / static_cast<double>(rgb.height) - 0.5;
      out.at(y, x)[3] = nx * nx + ny * ny < 0.09 ? 255 : 0;
    }
  return out;
}

Bytes packed(const Image8& rgba) {
  Bytes out;
  for (std::size_t i = 0; i < rgba.pixels.size(); ++i) {
    const auto v = static_cast<float>(rgba.pixels[i]);
    io::append_le(out, i % 4 == 3 ? v / 255.0F : v / 127.5F - 1.0F);
  }
  return out;
}

class Reader {
 public:
  Reader() {
    write_networks();
    const mesh::FaceModel& face = test::face_of_many_modes();
    fs::create_directories(at("Deep3DFaceRecon_pytorch/BFM"));
    test::write_composed(at("Deep3DFaceRecon_pytorch/BFM/BFM_model_front.mat"), face);
    for (const char* folder : {"photos", "portraits", "celeba_rgba"})
      fs::create_directories(at(folder));
    const auto picture = [&](std::size_t i, std::int64_t side) {
      return bench::lit_portrait(face, 1.0F - 0.08F * static_cast<float>(i), side);
    };
    // PNGs: the programs go by what a file holds.
    write_png(at("portrait.jpg"), picture(0, 320));
    for (std::size_t i = 0; i < 2; ++i)
      write_png(at("portraits/" + std::to_string(i) + ".jpg"), picture(i, 320));
    const auto in = [](const std::string& folder, const std::string& end) {
      return [=](int i) { return folder + "/" + std::to_string(i) + end; };
    };
    std::size_t i = 0;
    for (const std::string& name : names_in_all_splits(in("photos", ".jpg")))
      write_png(at(name), picture(i++, 320));
    i = 0;
    for (const std::string& name : names_in_all_splits(in("celeba_rgba", ".png")))
      write_png(at(name), with_mask(picture(i++, train::kPackedSide)));
    write_file(at("faces.bin"), packed(with_mask(picture(4, train::kPackedSide))));
  }

  /// Runs the command in the folder of files, and looks for what it was to write.
  void type(const Command& command) const {
    const bool is_training = command.arguments.starts_with(" train ");
    std::string arguments = command.arguments;
    // The page's runs take hours.
    if (is_training) arguments += " --set steps=1 --set batch=1 --set validation_photos=1";
    std::string out = value_of(arguments, "-o");
    if (out.empty()) out = value_of(arguments, "--out");
    if (!out.empty()) fs::remove_all(at(out));
    const Outcome outcome =
        test::run_program(command.program, arguments,
                          "cd " + quoted(folder_.path()) + " && FGCN_FACE_MODEL=embedded ");
    CAPTURE(command.program);
    CAPTURE(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK((out.empty() ? !outcome.out.empty() : fs::exists(at(out))));
    if (is_training) CHECK(fs::exists(at(out) / "weights.safetensors"));
    if (command.program == "fgcn_recon")
      for (const char* end : {".glb", ".obj", ".json"})
        CHECK(fs::exists(at(out) / (std::string("portrait") + end)));
  }

  /// A data set of the face that the programs take by themselves.
  void bring_data_of_own_face() const {
    fs::remove(at("faces.fgd"));
    test::write_rendered_data(at("faces.fgd"), mesh::make_embedded_face(), 4, 0.5);
  }

 private:
  fs::path at(const std::string& name) const { return folder_ / name; }

  void write_networks() const {
    Rng rng(1);
    std::vector<double> numbers(CoefficientRegressor::kCoefficients, 0.0);
    for (std::size_t i = 0; i < 80; ++i) numbers[i] = i % 3 == 0 ? 0.5 : -0.25;
    write_file(at("epoch_20.pth"), test::torch_zip(test::constant_regressor(numbers).tensors));
    io::Safetensors rnet = test::random_tensorflow_rnet(rng);
    test::make_constant(rnet, numbers);
    write_file(at("FaceReconModel.pb"), test::frozen_graph(rnet.tensors, "facerec/"));
    write_file(at("20180402-114759-vggface2.pt"),
               test::torch_zip(FaceNet::untrained(WeightNames::kTorch, rng).tensors));
    write_file(at("79999_iter.pth"), test::torch_zip(test::brightness_parser(1).tensors));
  }

  TemporaryFolder folder_;
};

TEST_CASE("the page of the original's files: each of its commands does what it says") {
  const std::vector<Command> commands =
      commands_of(fs::path(FGCN_SOURCE_DIR) / "docs/guide/original.md");
  REQUIRE(commands.size() >= 15);
  const Reader reader;
  std::string section;
  for (const Command& command : commands) {
    if (command.section != section && command.section == "Identity")
      reader.bring_data_of_own_face();
    section = command.section;
    reader.type(command);
  }
}

}  // namespace
}  // namespace fgcn
