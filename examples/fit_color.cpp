// fit_color FILE.png: finds the color of every vertex of a sphere from one picture of it, by
// gradient descent through the renderer. FILE.png shows the picture and the fitted sphere side by
// side.
#include <fgcn/fgcn.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

#include "sphere.h"

namespace {

using fgcn::Tensor;
using fgcn::Var;

/// The camera's picture of the sphere.
struct Renderer {
  fgcn::Context cpu;
  fgcn::Camera camera;        // at distance 10 dm, 224 x 224 pixels
  fgcn::Triangles triangles;  // with an index that the derivative needs
  Tensor positions;           // [1, V, 3] on the screen: pixels, and depth in dm

  explicit Renderer(const fgcn::mesh::TriangleMesh& mesh) {
    std::vector<std::int32_t> corners;
    for (const fgcn::mesh::Triangle& t : mesh.triangles)
      corners.insert(corners.end(), t.begin(), t.end());
    std::vector<double> screen;
    for (const fgcn::mesh::Vec3& vertex : mesh.vertices) {
      const auto point = fgcn::to_screen(camera, vertex);
      screen.insert(screen.end(), point.begin(), point.end());
    }
    const auto vertices = static_cast<std::int64_t>(mesh.vertices.size());
    triangles = fgcn::Triangles(cpu, vertices, corners);
    positions = Tensor::of(cpu, {1, vertices, 3}, screen);
  }

  /// colors [1, V, 3] -> image [1, H, W, 3], black beside the sphere. Which triangle covers a
  /// pixel, and where, is the rasterizer's; the colors of its corners are then interpolated.
  Var operator()(const Var& colors) const {
    const Var raster = fgcn::ops::rasterize(colors.tape().constant(positions), triangles,
                                            {.height = camera.height, .width = camera.width});
    return fgcn::ops::interpolate(raster, colors, triangles);
  }
};

/// Bands from pole to pole that go around once while their color changes.
std::vector<double> banded(const fgcn::mesh::TriangleMesh& mesh) {
  std::vector<double> colors;
  for (const auto& [x, y, z] : mesh.vertices) {
    const double band = 0.5 + 0.5 * std::sin(9 * y + 2 * x);
    colors.insert(colors.end(), {band, 0.5 + 0.4 * x, 1 - band});
  }
  return colors;
}

/// Both images [1, H, W, 3] beside each other.
void write_pair(const char* path, const Tensor& left, const Tensor& right) {
  fgcn::Image pair(left.dim(1), 2 * left.dim(2), 3);
  const auto copy = [&](const Tensor& from, std::int64_t first_column) {
    const std::int64_t row = from.dim(2) * 3;
    const std::vector<fgcn::real> pixels = from.to_host();
    for (std::int64_t y = 0; y < from.dim(1); ++y)
      std::copy_n(pixels.begin() + y * row, row, pair.at(y, first_column));
  };
  copy(left, 0);
  copy(right, left.dim(2));
  fgcn::write_png(path, fgcn::to_bytes(pair));
}

bool fit(const char* path) {
  const fgcn::mesh::TriangleMesh mesh = example::sphere(3);  // 258 vertices
  const Renderer render(mesh);
  const auto vertices = static_cast<std::int64_t>(mesh.vertices.size());
  const fgcn::Shape shape{1, vertices, 3};

  // The picture; its colors are not used again. A tape lives as long as one step.
  Tensor picture;
  {
    fgcn::Tape tape(render.cpu, fgcn::Record::kNothing);
    picture = render(tape.constant(Tensor::of(render.cpu, shape, banded(mesh)))).value();
  }

  std::vector<double> colors(static_cast<std::size_t>(shape.size()), 0.5);  // grey at first
  constexpr double kLearningRate = 0.004;  // each vertex is seen by about 250 pixels
  double first_loss = 0;
  double loss_now = 0;
  Tensor rendered;
  for (int step = 0; step <= 60; ++step) {
    fgcn::Tape tape(render.cpu);
    const Var x = tape.leaf(Tensor::of(render.cpu, shape, colors));
    const Var image = render(x);
    const Var loss = fgcn::ops::scale(
        fgcn::ops::sum(fgcn::ops::square(fgcn::ops::sub(image, tape.constant(picture)))), 0.5);
    const std::vector<fgcn::real> gradient = tape.grad(loss, {x})[0].value().to_host();
    for (std::size_t i = 0; i < colors.size(); ++i) colors[i] -= kLearningRate * gradient[i];

    loss_now = loss.value().item();
    rendered = image.value();
    if (step == 0) first_loss = loss_now;
    if (step % 10 == 0) std::printf("step %2d   loss %10.4f\n", step, loss_now);
  }
  write_pair(path, picture, rendered);
  return loss_now < 0.01 * first_loss;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "fit_color FILE.png\n");
    return 2;
  }
  try {
    if (fit(argv[1])) return 0;
    std::fprintf(stderr, "fit_color: the loss did not fall to a hundredth\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fit_color: %s\n", error.what());
  }
  return 1;
}
