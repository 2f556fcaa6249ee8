// Which losses a step on photographs has, and how much each counts.
#pragma once

#include "train/photos/adversary.h"
#include "train/photos/photo_losses.h"

namespace fgcn::train {

/// Which light turns an albedo into what is compared with the photo; a constant in any case.
enum class TrainingLight {
  kFitted,  // the fit's own, as in docs/method.md
  kRefit,   // refitted to each prediction (relight.h), as reconstruction does at its end
};

/// Weights of the terms, times what the schedule says (photo_losses.h).
struct PhotoLossOptions {
  PhotoSchedule schedule = PhotoSchedule::kConstant;
  VertexNorm norm = VertexNorm::kL1;
  double texture = 1;
  double project = 1;
  double hidden = 0.3;  // of hidden vertices within `project`
  double pixel = 0;
  double identity = 0;
  double symmetry = 0;
  double variance = 0;
  double l2 = 0;  // of the fully connected weights' |w|^2 / 2
  AdversaryOptions adversary;
  TrainingLight light = TrainingLight::kFitted;

  /// The public code (docs/method.md, "Losses"). Its adversary is off.
  static PhotoLossOptions reference();
  /// The paper (docs/method.md, "Losses").
  static PhotoLossOptions paper();
  /// Ours, for weights that start from the default ones and go on learning from synthetic faces
  /// too.
  static PhotoLossOptions photo();
};

}  // namespace fgcn::train
