#include "train/coma/coma_errors.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "render/sheet.h"

namespace fgcn::train {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::int64_t kMoreDirections = 8;
constexpr int kIterations = 24;

/// The middle value; of an even number the mean of both.
double median_of(std::vector<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const auto upper = static_cast<double>(*middle);
  if (values.size() % 2 == 1) return upper;
  return (upper + static_cast<double>(*std::max_element(values.begin(), middle))) / 2;
}

void plot(Image8& image, std::int64_t x, std::int64_t y, const std::array<std::uint8_t, 3>& color) {
  for (std::int64_t dy = 0; dy < 2; ++dy)
    for (std::int64_t dx = 0; dx < 2; ++dx) {
      if (y + dy < 0 || y + dy >= image.height || x + dx < 0 || x + dx >= image.width) continue;
      std::copy(color.begin(), color.end(), image.at(y + dy, x + dx));
    }
}

}  // namespace

VertexErrors vertex_errors(std::span<const float> a, std::span<const float> b, double millimetres) {
  FGCN_CHECK(a.size() == b.size() && !a.empty() && a.size() % 3 == 0, "vertex_errors: ", a.size(),
             " and ", b.size(), " coordinates");
  std::vector<float> distances(a.size() / 3);
  double sum = 0;
  std::vector<std::int64_t> bins(VertexErrors::kBins + 1);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    double square = 0;
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      const double d = static_cast<double>(a[c]) - static_cast<double>(b[c]);
      square += d * d;
    }
    const double distance = std::sqrt(square) * millimetres;
    FGCN_CHECK(std::isfinite(distance), "vertex_errors: a distance is ", distance);
    distances[i] = static_cast<float>(distance);
    sum += distance;
    // The first place of the curve that lies above the distance.
    const double place = std::floor(distance / VertexErrors::kEnd * VertexErrors::kBins) + 1;
    if (place <= VertexErrors::kBins) ++bins[static_cast<std::size_t>(place)];
  }
  VertexErrors out;
  const auto count = static_cast<double>(distances.size());
  out.mean = sum / count;
  double squares = 0;
  for (const float d : distances) {
    const double off = static_cast<double>(d) - out.mean;
    squares += off * off;
  }
  out.deviation = std::sqrt(squares / count);
  std::int64_t below = 0;
  for (const std::int64_t bin : bins) {
    below += bin;
    out.curve.push_back(100 * static_cast<double>(below) / count);
  }
  out.median = median_of(std::move(distances));
  return out;
}

std::string error_line(const std::string& name, const VertexErrors& linear,
                       const VertexErrors& coma) {
  char out[512] = {};
  std::snprintf(out, sizeof out, "%s PCA Error: %.3f+%.3f | %.3f CoMA Error: %.3f+%.3f | %.3f",
                name.substr(0, 200).c_str(), linear.mean, linear.deviation, linear.median,
                coma.mean, coma.deviation, coma.median);
  return out;
}

std::string curve_table(const std::vector<NamedErrors>& curves) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);  // or a lack of memory leaves numbers out
  out << "mm";
  for (const NamedErrors& one : curves) out << "," << one.name << "_percent_below";
  out << "\n";
  for (std::size_t i = 0; i <= static_cast<std::size_t>(VertexErrors::kBins); ++i) {
    out << static_cast<double>(i) * VertexErrors::kEnd / VertexErrors::kBins;
    for (const NamedErrors& one : curves) out << "," << one.errors.curve[i];
    out << "\n";
  }
  return out.str();
}

Image8 curve_picture(const std::vector<NamedErrors>& curves) {
  constexpr std::int64_t kLeft = 70, kTop = 30, kWidth = 600, kHeight = 400, kMargin = 60;
  constexpr std::array<std::array<std::uint8_t, 3>, 4> kColors{
      {{200, 60, 40}, {40, 90, 200}, {110, 110, 110}, {30, 140, 70}}};
  Image8 image(kTop + kHeight + kMargin, kLeft + kWidth + 30, 3, 255);
  for (int i = 0; i <= 6; ++i) {
    const std::int64_t x = kLeft + i * kWidth / 6;
    for (std::int64_t y = kTop; y <= kTop + kHeight; ++y) plot(image, x, y, {225, 225, 225});
    draw_text(image, kTop + kHeight + 12, x - 5, std::to_string(i), 2, 60);
  }
  for (int i = 0; i <= 5; ++i) {
    const std::int64_t y = kTop + kHeight - i * kHeight / 5;
    for (std::int64_t x = kLeft; x <= kLeft + kWidth; ++x) plot(image, x, y, {225, 225, 225});
    draw_text(image, y - 7, 10, text(20 * i, "%"), 2, 60);
  }
  draw_text(image, kTop + kHeight + 36, kLeft + kWidth / 2 - 120, "mm: vertices below", 2, 60);
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const auto& color = kColors[k % kColors.size()];
    const std::vector<double>& curve = curves[k].errors.curve;
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const auto at = [&](std::int64_t of) {
        const auto bin = static_cast<std::size_t>(of * VertexErrors::kBins / kWidth);
        return kTop + kHeight - std::llround(curve[bin] / 100 * static_cast<double>(kHeight));
      };
      const std::int64_t from = at(x), to = at(x + 1);
      for (std::int64_t y = std::min(from, to); y <= std::max(from, to); ++y)
        plot(image, kLeft + x, y, color);
    }
    char label[128] = {};
    std::snprintf(label, sizeof label, "%s: mean %.3f mm", curves[k].name.substr(0, 40).c_str(),
                  curves[k].errors.mean);
    const std::int64_t y = kTop + kHeight - 90 + 30 * static_cast<std::int64_t>(k);
    for (std::int64_t x = 0; x < 24; ++x) plot(image, kLeft + 250 + x, y + 6, color);
    draw_text(image, y, kLeft + 284, label, 2, 30);
  }
  return image;
}

Components principal_components(std::span<const float> rows, std::int64_t width,
                                std::span<const std::int64_t> which, std::int64_t count) {
  const auto n = static_cast<Eigen::Index>(which.size());
  FGCN_CHECK(count > 0 && count <= n && count <= width, "principal_components: ", count, " of ", n,
             " rows of ", width);
  const Eigen::Index most = std::min<Eigen::Index>({count + kMoreDirections, n, width});
  Rng rng(1);
  Matrix q(width, most);
  for (Eigen::Index i = 0; i < q.size(); ++i) q.data()[i] = static_cast<float>(rng.normal());
  const auto orthonormal = [&](const Matrix& m) -> Matrix {
    const Eigen::HouseholderQR<Matrix> qr(m);
    return qr.householderQ() * Matrix::Identity(m.rows(), m.cols());
  };
  q = orthonormal(q);
  // Rows in pieces: those that count need not stand together.
  constexpr std::size_t kPiece = 256;
  const auto product = [&](const Matrix& directions) {
    Matrix out = Matrix::Zero(width, directions.cols());
    for (std::size_t begin = 0; begin < which.size(); begin += kPiece) {
      const std::size_t some = std::min(kPiece, which.size() - begin);
      Matrix piece(static_cast<Eigen::Index>(some), width);
      for (std::size_t i = 0; i < some; ++i)
        std::copy_n(rows.data() + which[begin + i] * width, width,
                    piece.data() + static_cast<std::int64_t>(i) * width);
      const Matrix projected = piece * directions;
      out.noalias() += piece.transpose() * projected;
    }
    return out;
  };
  for (int i = 0; i < kIterations; ++i) q = orthonormal(product(q));
  // The directions within the span, from the largest variance.
  const Matrix small = q.transpose() * product(q);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      ((small + small.transpose()) / 2).cast<double>());
  const Matrix turn = solver.eigenvectors().rowwise().reverse().leftCols(count).cast<float>();
  const Matrix directions = (q * turn).transpose();
  Components out{count, width, {}};
  out.directions.assign(directions.data(), directions.data() + directions.size());
  return out;
}

std::vector<float> through(const Components& components, std::span<const float> rows) {
  const Eigen::Map<const Matrix> d(components.directions.data(), components.count,
                                   components.width);
  const Eigen::Map<const Matrix> x(
      rows.data(), static_cast<Eigen::Index>(rows.size()) / components.width, components.width);
  std::vector<float> out(rows.size());
  Eigen::Map<Matrix> y(out.data(), x.rows(), x.cols());
  const Matrix codes = x * d.transpose();
  y.noalias() = codes * d;
  return out;
}

}  // namespace fgcn::train
