// A data set of sequences out of a face model's people and expressions.
#pragma once

#include <cstdint>

#include "mesh/face/face_model.h"
#include "train/coma/sequence_data.h"

namespace fgcn::train {

struct ExpressionSequenceOptions {
  std::int64_t people = 12;
  std::int64_t frames = 20;      // of each of the twelve expressions
  std::int64_t vertices = 2500;  // about; the skin's own number where that is smaller
  std::uint64_t seed = 1;
};

/// Every person does the twelve expressions of the CoMA data set, as mixes of ARKit's units. Each
/// sequence rises from rest to its height and back. Each unit of a mix has an onset, a speed and a
/// height of its own, which differ between people a little, so that no expression is a straight
/// line in the space of shapes; lids and brows move a little besides. Metres, sorted names
/// person_01/bareteeth/bareteeth.000001.
///
/// Errors   InputError when the model has no expressions by ARKit's names, or too few vertices.
/// Repeat   bitwise: depends on the arguments alone.
SequenceData expression_sequences(const mesh::FaceModel& face,
                                  const ExpressionSequenceOptions& options);

}  // namespace fgcn::train
