#include "recon/refine/default_weights.h"

#include "io/arrays/safetensors.h"
#include "io/resources.h"
#include "recon/refine/refinement_model.h"

namespace fgcn::recon {

bool are_weights_for(const mesh::FaceModel& face, const std::filesystem::path& weights) {
  // Ends the reading: all that is asked stands in the header.
  struct Judged {
    bool fits;
  };
  try {
    (void)io::read_safetensors(weights, [&](const io::Safetensors& header) {
      throw Judged{RefinementModel::is_for(face, header, weights.string())};
    });
  } catch (const Judged& judged) {
    return judged.fits;
  }
  return false;
}

std::optional<std::filesystem::path> find_default_weights(const mesh::FaceModel& face) {
  for (const char* name : {"head_weights.safetensors", "default_weights.safetensors"})
    if (auto file = find_resource(name); file && are_weights_for(face, *file)) return file;
  return std::nullopt;
}

}  // namespace fgcn::recon
