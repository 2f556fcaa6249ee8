// NAME.json: one reconstruction in numbers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "mesh/face/face_model.h"
#include "recon/recon_output.h"
#include "recon/reconstruct.h"

namespace fgcn::recon {

/// Content of NAME.json (docs/formats/results.md); `files` holds the sizes of the others.
std::string result_json(const std::string& name, const nlohmann::ordered_json& files,
                        const mesh::FaceModel& model, const Reconstruction& result,
                        const OutputOptions& options);

}  // namespace fgcn::recon
