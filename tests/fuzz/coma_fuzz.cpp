// Mesh autoencoders and the meshes that they learn from. By the first byte: a whole model file,
// whose checksums are passed over; changes of a right model (tests/fuzz/script.h); or a packed
// folder's array and names.
#include <algorithm>
#include <filesystem>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/context.h"
#include "kernels/core/rng.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/tiny_face.h"
#include "train/coma/coma_model.h"
#include "train/coma/sequence_data.h"

namespace {

namespace fs = std::filesystem;
using fgcn::io::Safetensors;
using fgcn::train::ComaModel;

fgcn::Context one_thread() { return fgcn::Context(fgcn::Device::kCpu, 1); }

Safetensors right_model() {
  fgcn::train::ComaParts parts;
  parts.size.filters = {1, 1, 1, 1};
  parts.size.latent = 2;
  parts.size.terms = 2;
  parts.topology = fgcn::mesh::mean_mesh(fgcn::fuzz::tiny_face());
  parts.matrices = fgcn::recon::matrices_of(fgcn::fuzz::tiny_hierarchy());
  const std::size_t width = 3 * parts.topology.vertices.size();
  parts.statistics = {std::vector<double>(width, 0.5), std::vector<double>(width, 2)};
  parts.codes = {{0, 1}, {1, 0, 0, 1}};
  fgcn::Rng rng(1);
  return ComaModel(one_thread(), std::move(parts), rng).file();
}

void read_model(const Safetensors& file) {
  const ComaModel model = ComaModel::from_file(one_thread(), file, "fuzz");
  const Safetensors again = model.file();
  fgcn::fuzz::use_accepted([&] { ComaModel::from_file(one_thread(), again, "again"); });
}

void read_data(std::span<const std::uint8_t> input) {
  static const fgcn::TemporaryFolder folder;
  static const fs::path topology = [] {
    fgcn::train::SequenceData data;
    data.topology = {{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}, {{0, 1, 2}}};
    data.positions.assign(9, 0.0F);
    write_packed(folder.path(), data);
    return folder / fgcn::train::kPackedTemplate;
  }();
  // The array, then the names behind the last zero byte.
  const auto zero = std::find(input.rbegin(), input.rend(), std::uint8_t{0});
  const auto names = static_cast<std::size_t>(std::distance(input.begin(), zero.base()));
  fgcn::write_file(folder / fgcn::train::kPackedMeshes, input.first(names));
  fs::remove(folder / fgcn::train::kPackedNames);
  if (names < input.size())
    fgcn::write_file(folder / fgcn::train::kPackedNames, input.subspan(names));
  const fgcn::train::SequenceData data = fgcn::train::read_sequences({folder.path(), topology});
  FGCN_CHECK(data.size() > 0 && data.vertices() == 3, "coma: ", data.size(), " meshes");
  for (const char* rule : {"sliced", "none", "expression:a", "identity:b"}) {
    try {
      const fgcn::train::SequenceSplit split = split_sequences(data, rule);
      FGCN_CHECK(static_cast<std::int64_t>(split.training.size() + split.validation.size() +
                                           split.test.size()) == data.size(),
                 "coma: a split lost meshes");
    } catch (const fgcn::InputError&) {
      continue;
    }
  }
}

void read_input(std::span<const std::uint8_t> input) {
  static const Safetensors right = right_model();
  fgcn::fuzz::Script script(input);
  const std::uint8_t kind = script.byte() % 4;
  if (kind == 0)
    read_model(fgcn::io::parse_safetensors(fgcn::fuzz::without_checksums(script.rest()), "fuzz"));
  else if (kind == 1)
    read_data(script.rest());
  else
    read_model(changed(right, script));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
