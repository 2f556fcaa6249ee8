// A linear (morphable) face model: mean face and modes of shape, expression and albedo.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "mesh/face/landmark_errors.h"
#include "mesh/face/whole_head.h"

namespace fgcn::mesh {

/// A linear basis. `data` is [count, vertices, 3], row-major.
struct Modes {
  std::int64_t count = 0;
  std::vector<float> data;
  std::vector<std::string> names;  // [count], or empty
};

/// shape  = mean_shape + sum_i identity_i a_i + sum_j expression_j b_j     (decimeters)
/// albedo = clip(mean_albedo + sum_k albedo_k c_k, 0, 1)                    (sRGB-encoded)
///
/// Axes as the camera's: x to the image's right (the subject's left), y up, z out of the face
/// towards the viewer. The mean of `mean_shape` is zero. Identity and albedo coefficients are
/// N(0, 1) in the population (the modes are scaled by their standard deviation); expression
/// coefficients are blendshape weights within [expression_low, expression_high].
/// Source: Blanz and Vetter 1999; units as in docs/method.md, "Face model and units".
struct FaceModel {
  std::string name;
  std::vector<float> mean_shape;        // [V, 3] dm
  std::vector<float> mean_albedo;       // [V, 3]
  Modes identity;                       // dm per standard deviation
  Modes expression;                     // dm at weight 1
  Modes albedo;                         // sRGB-encoded units per standard deviation
  std::vector<float> expression_low;    // [E]
  std::vector<float> expression_high;   // [E]
  std::vector<Triangle> triangles;      // counter-clockwise from outside
  std::vector<float> uv;                // [U, 2] in [0, 1], v up (OBJ's convention)
  std::vector<std::int32_t> landmarks;  // [68] vertex of each of the 68 points (iBUG order)
  std::vector<std::int32_t> mirror;     // [V] the vertex across the plane x = 0 (itself on it)
  std::vector<std::uint8_t> skin;       // [V] 1 on skin: no eyes, nostrils, inner mouth

  // Format 2; each is empty in a model that has none.
  std::vector<Triangle> uv_triangles;  // [T] rows of `uv`; empty: row v is vertex v's, U = V
  FaceParts parts;
  FaceJoints joints;
  LandmarkPoints landmark_points;  // `landmarks` names the corner of the largest weight
  FaceRegions regions;
  LandmarkErrors landmark_errors;  // of the detector

  std::int64_t vertices() const { return static_cast<std::int64_t>(mean_shape.size() / 3); }
};

/// InputError naming the field when sizes, indices or values are inconsistent, not finite, or of
/// other units, axes or ranges than a face model's. `where` is the file's name, for the message.
void check(const FaceModel& model, const std::string& where);
/// The part that looks at mean_shape, triangles and landmarks alone.
void check_mean_face(const FaceModel& model, const std::string& where);

/// Face-model file: safetensors, described in docs/formats/face-model.md. Bytes depend only on the
/// model. InputError on any malformed file; the header is judged before the rest is read.
FaceModel read_face_model(const std::filesystem::path& path);
void write_face_model(const std::filesystem::path& path, const FaceModel& model);

/// The mean shape as a mesh.
TriangleMesh mean_mesh(const FaceModel& model);

/// mean + modes, coefficients may be fewer than modes (the rest are zero). [V, 3] dm.
std::vector<float> shape(const FaceModel& model, const std::vector<float>& identity,
                         const std::vector<float>& expression);
/// Shape at some vertices alone, [size of `at`, 3], with the bits of the whole shape.
std::vector<float> shape_at(const FaceModel& model, const std::vector<float>& identity,
                            const std::vector<float>& expression, std::span<const std::int32_t> at);
/// Clipped to [0, 1]. [V, 3].
std::vector<float> albedo(const FaceModel& model, const std::vector<float>& coefficients);

}  // namespace fgcn::mesh
