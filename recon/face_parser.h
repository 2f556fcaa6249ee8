// The skin mask of a crop by a face parsing network that a user brings.
#pragma once

#include <filesystem>
#include <string>

#include "io/arrays/safetensors.h"
#include "io/image.h"
#include "kernels/core/context.h"
#include "layers/face_parsing.h"

namespace fgcn::recon {

/// A network, and the way of a crop through it: resized to 512 x 512 as Pillow does, parsed, and
/// the classes that show the face (photo/mask/face_classes.h) brought back to the crop's size.
///
/// Several threads may ask at a time.
class FaceParser {
 public:
  /// `where` names the file in messages.
  FaceParser(const Context& ctx, const io::Safetensors& weights, const std::string& where);
  /// BiSeNet's weights in any container that io/arrays/read_weights.h takes.
  /// Errors   InputError when the file is missing or damaged, or is another network's.
  static FaceParser load(const Context& ctx, const std::filesystem::path& path);

  /// How much of each pixel shows the face: rgb [S, S, 3] -> [S, S, 1] in [0, 1].
  /// Repeat   bitwise for any number of threads.
  Image mask(const Image& rgb) const;

 private:
  Context context_;
  FaceParsingNetwork network_;
};

}  // namespace fgcn::recon
