// The form of a refinement network, and its description in a weights file.
#pragma once

#include <cstdint>
#include <string>

#include "io/arrays/safetensors.h"
#include "layers/cheb_conv.h"

namespace fgcn::recon {

/// How the network's output becomes an albedo.
enum class OutputForm {
  kResidual,  // base (the photo over its light) + network: docs/dev/default-network.md
  kPlain,     // the network alone, as in the original method
};

/// Colors of the photo that the refiner sees beside the coarse albedo.
enum class InputForm {
  kBase,       // the base (photo_base.h) and how far to believe it
  kProjected,  // docs/method.md, "Vertex colors": color where visible, else 0; 1 or 0
};

/// Where the decoder's embedding comes from.
enum class EmbeddingForm {
  kPatches,   // an encoder of its own (layers/patch_encoder.h), trained with the rest
  kIdentity,  // the identity network's numbers, computed once per photo; that network's weights are
              // needed for refining too
  kPooled,    // the means of the last blocks of R-Net (2,048) and FaceNet (1,792), or FaceNet's
              // alone, as they are: the original's; both networks are needed for refining too
};

/// The defaults are those of the weights that come with the program.
struct RefinementConfig {
  OutputForm output = OutputForm::kResidual;
  InputForm input = InputForm::kBase;
  std::string generator = "normal";  // a name of layers/generator.h
  Activation activation = Activation::kBiasElu;
  // Of files of before: kActivated and kPlain.
  BranchOutput branch_output = BranchOutput::kLinear;
  WeightForm weights = WeightForm::kEqualised;
  EmbeddingForm embedding_form = EmbeddingForm::kPatches;
  std::int64_t embedding = 128;  // numbers that the decoder gets
  /// The fixed networks that gave the embedding in training, by the hashes of their weights
  /// (photo_networks.h). Empty: none, or weights of before.
  std::string networks{};
  std::int64_t detail_width = 16;  // channels of the full-resolution head; 0: none (the original's)
  /// How much of the base refine() puts back where it is believed, [0, 1]; of kResidual only. What
  /// was trained on synthetic faces alone takes out of real skin more than light, and detail with
  /// it (docs/dev/default-network.md); what was trained on photos needs none.
  double blend_weight = 0.35;

  /// The networks of docs/method.md, with an encoder of our own in the place of theirs.
  static RefinementConfig reference();
  static RefinementConfig paper();
};

/// As files and settings call it.
std::string name_of(EmbeddingForm form);

/// Into and out of a file's metadata. Keys that files of before do not have take their defaults.
/// InputError naming `where` when one is missing, unknown or out of range.
void put_config(io::Safetensors& file, const RefinementConfig& config);
RefinementConfig take_config(const io::Safetensors& file, const std::string& where);

/// The text under a key of the metadata; InputError when there is none.
std::string metadata_text(const io::Safetensors& file, const std::string& key,
                          const std::string& where);

}  // namespace fgcn::recon
