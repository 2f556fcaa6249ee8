// How the weights of head shapes vary among people.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fgcn::mesh::makehuman {

/// A person's weights are mean + sum_m a_m modes[m], a_m of N(0, 1).
///
/// A name of macrodetails ("asian-female-old") stands for that shape less the mean of the twelve
/// adult ones, any other for the head shape of that name.
struct Statistics {
  std::vector<std::string> names;          // [T] shapes
  std::vector<double> mean;                // [T]
  std::vector<std::vector<double>> modes;  // [M][T] a standard deviation each, largest first
};

/// Source   data/identity_statistics.safetensors, made by scripts/identity_statistics.py.
/// Errors   InputError naming the file when it is missing, malformed, or holds a weight beyond 10.
Statistics read_statistics(const std::filesystem::path& path);

}  // namespace fgcn::mesh::makehuman
