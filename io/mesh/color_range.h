// The range of colors in files that do not say it.
#pragma once

#include <string>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// Colors of 0 to 255 become colors of 0 to 1; those of 0 to 1 stay as they are. A hundredth beyond
/// either end is rounding of another program.
///
/// Errors   InputError naming `where` for colors of neither range.
void bring_into_unit_range(std::vector<Vec3>& colors, const std::string& where);

}  // namespace fgcn::mesh
