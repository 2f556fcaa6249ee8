// A data set of photos as training takes them.
#pragma once

#include <filesystem>

#include "mesh/face/face_model.h"
#include "train/dataset/photo_source.h"

namespace fgcn::train {

enum class Augment { kNo, kYes };

/// Training and validation split of the file; the test split is left alone. The face model must
/// outlive it. Errors: as PhotoData.
PhotoSource photo_data_source(const std::filesystem::path& data, const mesh::FaceModel& face,
                              Augment augment);

}  // namespace fgcn::train
