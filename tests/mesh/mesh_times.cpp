// mesh_times OPERATION FILE RUNS: prints the milliseconds of each run, for scripts/bench_mesh.py.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "io/mesh/mesh_file.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "kernels/core/rng.h"
#include "mesh/closest_point.h"
#include "mesh/loop.h"
#include "mesh/search/visibility.h"
#include "mesh/simplify.h"

namespace {

using namespace fgcn;  // a program of one file
using namespace fgcn::mesh;

std::vector<Vec3> queries(const TriangleMesh& mesh) {
  constexpr int kQueries = 100'000;
  Rng rng(1);
  std::vector<Vec3> out;
  for (int i = 0; i < kQueries; ++i) {
    const auto v = static_cast<std::size_t>(rng.below(mesh.vertices.size()));
    out.push_back(mesh.vertices[v] +
                  0.05 * Vec3{rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)});
  }
  return out;
}

volatile double sink = 0;  // so that no result is unused

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string operation = argv[1], path = argv[2];
  const TemporaryFolder folder;
  MeshFile file;
  if (!operation.starts_with("read")) file = read_mesh_file(path);
  const TriangleMesh mesh = file.geometry();
  std::vector<Vec3> points;
  if (operation == "closest") points = queries(mesh);
  const std::map<std::string, std::function<double()>> operations{
      {"read", [&] { return read_mesh_file(path).surface.vertices.back()[0]; }},
      {"write_ply",
       [&] {
         write_mesh_file(folder / "a.ply", file);
         return 0.0;
       }},
      {"write_obj",
       [&] {
         write_mesh_file(folder / "a.obj", file);
         return 0.0;
       }},
      {"write_stl",
       [&] {
         write_mesh_file(folder / "a.stl", file);
         return 0.0;
       }},
      {"tree",
       [&] {
         return ClosestPointTree(mesh).find(Vec3{1, 2, 3}).distance_squared;
       }},
      {"closest", [&] { return ClosestPointTree(mesh).find(points).back().distance_squared; }},
      {"simplify",
       [&] {
         const auto wanted = static_cast<std::int64_t>(mesh.vertices.size() / 10);
         return double(simplify(mesh, wanted, CollapseRule::kCareful).kept.size());
       }},
      {"loop", [&] { return loop_subdivided(mesh).vertices.back()[0]; }},
      {"visibility", [&] {
         return double(visible_vertices(mesh, std::vector<Vec3>{{0.3, 0.4, 5}}, {}).visible.back());
       }}};
  const auto found = operations.find(operation);
  if (found == operations.end()) return 2;
  for (int run = 0; run < std::atoi(argv[3]); ++run) {
    const auto start = std::chrono::steady_clock::now();
    sink = found->second();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    std::printf("%.3f\n", time.count());
  }
  return 0;
}
