// A morphable model as its file has it, and what a face model needs besides.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/mesh/vec3.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh::morphable {

constexpr double kExpressionRange = 3;  // standard deviations either way
constexpr const char* kMeanExpression = "mean_expression";

/// Decimetres, colors of 0 to 1.
struct RawModel {
  std::string name;
  std::vector<double> mean;  // [3 V], not centred
  Modes identity, expression;
  std::vector<float> expression_low, expression_high;
  std::vector<float> mean_albedo;  // [3 V], or empty: the embedded face's
  Modes albedo;
  std::vector<Triangle> triangles;
  std::vector<std::int32_t> landmarks;  // [68], -1 where the file names none
  std::vector<std::uint8_t> skin;       // [V], or empty: the embedded face's
  FaceParts parts;                      // or empty
  FaceJoints joints;                    // positions in the frame of `mean`; or empty
  LandmarkPoints landmark_points;       // or empty

  std::int64_t vertices() const { return static_cast<std::int64_t>(mean.size() / 3); }
};

/// Statistical expressions: weights of -3 to 3.
void add_ranges(RawModel& model);
/// One more expression with weights 0 to 1: the mean of a model of expressions that is not zero.
/// Without it the face is neutral.
void add_mean_expression(RawModel& model, const std::vector<float>& mean);

/// Decimetres a unit of a file: a face or head is 1 to 6 dm high, in micrometres, millimetres,
/// centimetres, decimetres or metres. InputError for another size.
double unit_of(const std::vector<double>& xyz, const std::string& where);

/// The face model: its mean is zero; each vertex is paired with the one nearest to its mirror
/// image where that holds both ways; texture coordinates unroll a cylinder around the head;
/// landmarks that the file does not name, and colors and skin where it has none, are carried over
/// from the embedded face.
///
/// Errors   InputError naming `where` and the field, by the checks of face_model.h; a model whose
///          file names fewer than six landmarks.
FaceModel completed(RawModel raw, const std::string& where);

/// [68] With each -1 replaced. The embedded face is moved, turned and scaled onto the known
/// points, then pulled by what is left at them; a point becomes the nearest vertex.
/// InputError when fewer than six are known.
std::vector<std::int32_t> with_all_landmarks(const std::vector<std::int32_t>& known,
                                             const std::vector<Vec3>& vertices,
                                             const std::string& where);

/// Texture coordinates of a cylinder around the vertical through `axis`; triangles of the seam at
/// the back have rows of their own.
void unroll(FaceModel& model);

/// [V] the vertex nearest to (-x, y, z) where that holds both ways, else the vertex itself.
std::vector<std::int32_t> mirror_of(const std::vector<Vec3>& vertices);

}  // namespace fgcn::mesh::morphable
