// Albedo of the whole head.
#pragma once

#include "mesh/face/makehuman/head_regions.h"

namespace fgcn::mesh::makehuman {

/// Fills mean_albedo, albedo and skin of `model`, whose shape, landmarks, joints and parts stand.
/// The embedded face lends the colors and modes of its face (color_transfer.h). Beyond its border
/// they go over, within 50 mm, to the mean of its plain skin: on ears, scalp and neck. The lining
/// of the mouth, the sockets, eyes, teeth, gums, tongue and lashes have plain colors and no modes.
void paint_head(const PlacedHead& head, FaceModel& model);

}  // namespace fgcn::mesh::makehuman
