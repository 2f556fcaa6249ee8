// Meshes of a torus that bends in two ways, for tests of the mesh autoencoder.
#pragma once

#include <cmath>
#include <string>

#include "tests/mesh/shapes.h"
#include "train/coma/sequence_data.h"

namespace fgcn::test {

/// Two subjects, two expressions, `frames` of each; metres. The second coordinate of vertex 0
/// rests.
inline train::SequenceData bending_torus(int frames) {
  train::SequenceData out;
  out.topology = torus(40, 30);
  for (int subject = 0; subject < 2; ++subject)
    for (int expression = 0; expression < 2; ++expression)
      for (int frame = 0; frame < frames; ++frame) {
        const double t = static_cast<double>(frame) / frames;
        for (std::size_t v = 0; v < out.topology.vertices.size(); ++v) {
          mesh::Vec3 p = out.topology.vertices[v];
          const double x = p[0];
          p[2] += (expression == 0 ? 0.3 : -0.2) * std::sin(3 * t) * x * x;
          p[0] *= 1 + 0.1 * subject;
          p[1] *= 1 + 0.2 * t * (1 - t) * (1 + subject);
          if (v == 0) p[1] = 0.25;
          for (const double c : p) out.positions.push_back(static_cast<float>(0.1 * c));
        }
        out.names.push_back("subject" + std::to_string(subject) +
                            (expression == 0 ? "/bend/" : "/sag/") + std::to_string(1000 + frame));
      }
  for (mesh::Vec3& p : out.topology.vertices)
    for (double& c : p) c *= 0.1;
  return out;
}

}  // namespace fgcn::test
