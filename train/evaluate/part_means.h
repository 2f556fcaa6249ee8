// The outputs of a network's parts, and their means in the place of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "autograd/tape.h"

namespace fgcn::train {

/// A part whose mean in its place moves the albedo by less (mean absolute difference, sRGB-encoded
/// [0, 1]) is worth nothing: an eighth of a level of 255.
inline constexpr double kWorthNothing = 5e-4;

/// Sums what every part gives (layers/generator.h) over all faces that a network refines, one face
/// at a time, and then puts a part's mean in the place of what it gives: every number's own mean
/// over the faces. What the network loses by that is what the part knows of a single face.
///
/// It must outlive the watches that it gives.
class PartMeans {
 public:
  /// Adds every face.
  LayerWatch collect();
  /// The parts that were seen, in the order of the network.
  const std::vector<std::string>& parts() const { return parts_; }
  /// Errors   fgcn::Error when the part was not seen, or gives another shape now.
  LayerWatch replace(const std::string& part) const;

 private:
  struct Sum {
    Shape shape;
    std::vector<double> values;
    std::int64_t faces = 0;
  };

  std::vector<std::string> parts_;
  std::map<std::string, Sum> sums_;
};

}  // namespace fgcn::train
