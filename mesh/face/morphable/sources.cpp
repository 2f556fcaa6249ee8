#include "mesh/face/morphable/sources.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "io/arrays/hdf5_file.h"
#include "io/arrays/mat_file.h"
#include "io/input_file.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::morphable {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 528;  // the signature of HDF5 may lie behind a header of 512 bytes
constexpr std::uint64_t kMostText = 1 << 16;

Kind kind_of_mat(const fs::path& path) {
  const io::MatFile file(path);
  const auto any = [&](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* n) { return file.has(n); });
  };
  if (any({"idBase", "exBase"})) return Kind::kComposed;
  if (any({"shapePC", "shapeEV"})) return Kind::kBasel2009;
  if (any({"model.shapePC"})) return Kind::kLsfm;
  if (any({"trimIndex"})) return Kind::kExpressionIndex;
  if (any({"keypoints"}) && any({"tri"})) return Kind::kFaceInfo;
  if (any({"idx"})) return Kind::kFrontIndex;
  return Kind::kOther;
}

constexpr std::size_t kMatHeader = 512;

/// The first bytes of a file.
std::string head_of(const InputFile& file) {
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kHead)));
  file.read(0, bytes);
  return {bytes.begin(), bytes.end()};
}

bool is_hdf5_head(const std::string& head) {
  const std::string signature("\x89HDF\r\n\x1a\n");
  return head.starts_with(signature) ||
         (head.size() >= kMatHeader + signature.size() &&
          head.compare(kMatHeader, signature.size(), signature) == 0);
}

bool is_text_of_numbers(const std::string& head) {
  return head.find_first_of("0123456789") != std::string::npos &&
         head.find_first_not_of("0123456789.eE+-, \t\r\n") == std::string::npos;
}

}  // namespace

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::kBasel2009:
      return "01_MorphableModel.mat";
    case Kind::kComposed:
      return "BFM_model_front.mat";
    case Kind::kLsfm:
      return "the LSFM's .mat";
    case Kind::kFrontIndex:
      return "BFM_front_idx.mat";
    case Kind::kExpressionIndex:
      return "BFM_exp_idx.mat";
    case Kind::kFaceInfo:
      return "facemodel_info.mat";
    case Kind::kExpressionModes:
      return "Exp_Pca.bin";
    case Kind::kDeviations:
      return "std_exp.txt";
    case Kind::kStatismo:
      return "the .h5 of BFM 2017 or 2019";
    case Kind::kOther:
      break;
  }
  return "no file of a morphable model";
}

bool is_hdf5(const fs::path& path) { return is_hdf5_head(head_of(InputFile(path))); }

Kind kind_of(const fs::path& path) {
  std::string head;
  std::uint64_t size = 0;
  {
    const InputFile file(path);
    size = file.size();
    head = head_of(file);
  }
  if (is_hdf5_head(head)) {
    const io::Hdf5File file(path);
    if (file.has("/shape/model/pcaBasis")) return Kind::kStatismo;
    return file.has("/model/shapePC") ? Kind::kLsfm : Kind::kOther;
  }
  if (head.starts_with("MATL")) return kind_of_mat(path);
  constexpr std::array<char, 4> kModes{79, 0, 0, 0};
  if (head.size() >= kModes.size() && std::equal(kModes.begin(), kModes.end(), head.begin()))
    return Kind::kExpressionModes;
  if (size <= kMostText && is_text_of_numbers(head)) return Kind::kDeviations;
  return Kind::kOther;
}

Sources find_sources(std::span<const fs::path> paths) {
  Sources out;
  const auto add = [&](const fs::path& file, Kind kind) {
    const auto [found, fresh] = out.try_emplace(kind, file);
    if (!fresh && !fs::equivalent(found->second, file))
      input_error(file.string(), ": is ", name_of(kind), ", as ", found->second.string(),
                  " is; give one of the two");
  };
  for (const fs::path& path : paths) {
    if (!fs::is_directory(path)) {
      const Kind kind = kind_of(path);
      if (kind == Kind::kOther)
        input_error(path.string(), ": is none of the files that import-bfm reads; ",
                    "fgcn_data import-bfm --help lists them");
      add(path, kind);
      continue;
    }
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::directory_iterator i(path, failed), end; !failed && i != end; i.increment(failed))
      if (i->is_regular_file(failed)) files.push_back(i->path());
    if (failed) input_error(path.string(), ": cannot be read (", failed.message(), ")");
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files)
      if (const Kind kind = kind_of(file); kind != Kind::kOther) add(file, kind);
  }
  if (out.empty())
    input_error(paths.empty() ? std::string("import-bfm") : paths[0].string(),
                ": holds no file of a morphable model; fgcn_data import-bfm --help lists them");
  return out;
}

}  // namespace fgcn::mesh::morphable
