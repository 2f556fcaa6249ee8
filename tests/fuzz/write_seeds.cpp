// write_seeds DIR: small well-formed files for each target, in DIR/<target>/.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "io/arrays/safetensors.h"
#include "io/byte_order.h"
#include "io/mesh/gltf.h"
#include "io/mesh/obj.h"
#include "io/mesh/ply.h"
#include "io/mesh/stl.h"
#include "tests/fuzz/seeds.h"
#include "tests/layers/identity_files.h"
#include "tests/photo/decode/test_files.h"
#include "tests/photo/decode/test_formats.h"
#include "tests/photo/decode/test_jpeg.h"
#include "train/dataset/photo_data_writer.h"

namespace {

namespace fs = std::filesystem;
using namespace fgcn::mesh;  // a program of one file
namespace io = fgcn::io;
using fgcn::Bytes;

using fgcn::fuzz::Seeds;

RenderMesh quad() {
  RenderMesh out;
  out.vertices = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0.5}, {0, 1, 0}};
  out.uvs = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  out.normals = {{0, 0, 1}, {0, 0, 1}, {0, 0, 1}, {0, 0, 1}};
  out.colors = {{0, 0, 0}, {1, 0.5, 0}, {1, 1, 1}, {0, 0, 1}};
  out.triangles = {{0, 1, 2}, {0, 2, 3}};
  out.texture_png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0};
  return out;
}

void write_npz_seeds(const Seeds& seeds) {
  const fgcn::Csr matrix =
      fgcn::csr_from_triplets(3, 4, {{0, 1, 1.0}, {1, 3, -2.5}, {2, 0, 0.5}, {2, 2, 0.25}});
  io::Npz arrays = io::npz_from_sparse(matrix, io::NpzPrecision::kF32);
  for (const io::ZipMethod method : {io::ZipMethod::kStored, io::ZipMethod::kDeflated}) {
    Bytes archive{0};
    const Bytes body = io::encode_npz(arrays, method);
    archive.insert(archive.end(), body.begin(), body.end());
    seeds.add("npz_fuzz", method == io::ZipMethod::kStored ? "stored" : "deflated", archive);
  }
  Bytes array{1};
  const Bytes npy = io::encode_npy(arrays["indices"]);
  array.insert(array.end(), npy.begin(), npy.end());
  seeds.add("npz_fuzz", "array", array);
  const std::vector<std::int32_t> rows{0, 1, 2, 2};
  arrays["row"] = io::NpyArray::of({4}, std::span(rows));
  arrays["col"] = arrays["indices"];
  for (const char* format : {"csr", "csc", "coo"}) {
    arrays["format"] = io::NpyArray::of(std::string(format));
    Bytes parts{2};
    for (const char* name : {"format", "shape", "data", "indices", "indptr", "row", "col"}) {
      const Bytes part = io::encode_npy(arrays[name]);
      parts.push_back(static_cast<std::uint8_t>(part.size() & 0xff));
      parts.push_back(static_cast<std::uint8_t>(part.size() >> 8));
      parts.insert(parts.end(), part.begin(), part.end());
    }
    seeds.add("npz_fuzz", format, parts);
  }
}

void write_identity_seeds(const Seeds& seeds) {
  fgcn::Rng rng(1);
  const fgcn::IdentityWeights weights =
      fgcn::random_identity_weights(fgcn::test::tiny_identity_sizes(), rng);
  for (const bool older : {false, true})
    seeds.add("identity_dlib_fuzz", older ? "older" : "newer",
              fgcn::test::DlibWriter(older).write(weights));
  const fgcn::test::FaceApiFiles files =
      fgcn::test::write_face_api(weights, fgcn::test::tiny_identity_names());
  Bytes both{static_cast<std::uint8_t>(files.manifest.size() & 0xff),
             static_cast<std::uint8_t>(files.manifest.size() >> 8)};
  both.insert(both.end(), files.manifest.begin(), files.manifest.end());
  both.insert(both.end(), files.blob.begin(), files.blob.end());
  seeds.add("identity_face_api_fuzz", "tiny", both);
}

/// Two pixels, one of them beside the mask; and numbers at the ends of their range.
void write_packed_seeds(const Seeds& seeds) {
  const auto numbers = [](const std::vector<float>& values) {
    Bytes out{1};
    for (const float v : values) io::append_le(out, v);
    return out;
  };
  seeds.add("packed_photo_fuzz", "pixels", numbers({0.25F, 0, -0.25F, 1, -1, 1, 0.5F, 0}));
  seeds.add("packed_photo_fuzz", "outside", numbers({1.009F, -1.009F, 1.009F}));
  seeds.add("packed_photo_fuzz", "short", Bytes{0, 1, 2, 3, 4});
}

void write_photo_data_seeds(const Seeds& seeds) {
  fgcn::train::PhotoDataHeader header;
  header.crop_size = 3;
  header.face.vertices = 4;
  header.face.identity = 2;
  header.face.albedo = 1;
  fgcn::train::PhotoRecord record;
  record.crop = fgcn::Image8(3, 3, 4, 100);
  record.fit.identity = {0.5, -1};
  record.fit.albedo = {2};
  const Bytes bytes = fgcn::train::encode_record(header, record);
  fgcn::train::PhotoDataWriter file(seeds.path("photo_data_fuzz", "two"), header,
                                    {{"a/1.jpg", 1}, {"b", 2}});
  file.add(bytes);
  file.add(bytes);
  file.commit();
  header.rule.same_person = 0.3;
  header.rule.identity = 7;
  fgcn::train::PhotoDataWriter persons(seeds.path("photo_data_fuzz", "persons"), header,
                                       {{"a/1.jpg", 1, 5}, {"b", 2, 5}});
  persons.add(bytes);
  persons.add(bytes);
  persons.commit();
}

Bytes bytes_of(const std::string& text) { return Bytes(text.begin(), text.end()); }

void write_mesh_file_seeds(const Seeds& seeds) {
  const auto add = [&](const char* name, const std::string& text) {
    seeds.add("mesh_file_fuzz", name, bytes_of(text));
  };
  add("named.obj",
      "mtllib a.mtl\nusemtl a\nv 0 0 0\n#landmark nose\nv 1 0 0 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 "
      "0\nvt "
      "1 1\ng left\nf 1/1 2/2 3/1\ng right\nf 1/2 3/1 4/2\n");
  add("text.stl",
      "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 "
      "0\nendloop\nendfacet\nendsolid a\nsolid b\n");
  add("colors.off", "COFF\n3 1 0\n0 0 0 255 0 0 255\n1 0 0 0 0 0 0\n0 1 0 1 2 3 4\n3 0 1 2\n");
  seeds.add("mesh_file_fuzz", "binary.stl",
            encode_stl({{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}, {{0, 1, 2}, {0, 2, 1}}}));
  const auto landmarks = [&](const char* name, const std::string& text) {
    seeds.add("landmark_file_fuzz", name, bytes_of(text));
  };
  landmarks("picked", "0<PickedPoints><point x=\"1\" y=\"2\" z=\"3\" name=\"a\" active=\"1\"/>");
  landmarks("lmrk", "1_scale 2\nnose 3 1 2\n");
  landmarks("json", "0{\"a\":[1,2,3],\"b\":{\"x\":4,\"y\":5,\"z\":6}}");
  landmarks("text", "0# points\n1 2 3\nchin 4 5 6\n");
}

/// Files as other programs write them.
void write_foreign_seeds(const Seeds& seeds) {
  seeds.add("obj_fuzz", "dart",
            bytes_of("\xef\xbb\xbf# C:\\a\\\nv 0 0 0 255 128 0\nv 2 1 0 0 0 0\nv 0 2 0 0 0 0\n"
                     "v .5 1 0 0 0 0\nvt 0 1\nf 1/1 2/1 \\\n3/1 4/1\nf -1 -2 -3\n"));
  seeds.add(
      "ply_fuzz", "strips",
      bytes_of("ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\n"
               "property float z\nproperty float quality\nproperty float red\nproperty float "
               "green\nproperty float blue\nelement tristrips 1\nproperty list int int "
               "vertex_indices\nelement face 1\nproperty list uchar int vertex_indices\n"
               "property list uchar float texcoord\nend_header\n0 0 0 nan 255 0 0\n2 1 0 0 0 0 "
               "0\n0 2 0 0 0 0 0\n.5 1 0 0 0 0 0\n7 0 1 2 -1 0 2 3\n4 0 1 2 3 8 0 0 1 0 1 1 0 "
               "1\n"));
  seeds.add(
      "gltf_fuzz", "moved.gltf",
      bytes_of(R"({"asset":{"version":"2.0"},"meshes":[{"primitives":[{"attributes":{)"
               R"("POSITION":0,"TEXCOORD_1":1},"material":0}]}],"accessors":[{"componentType")"
               R"(:5126,"count":3,"type":"VEC3"},{"componentType":5126,"count":3,"type":"VEC2"}],)"
               R"("materials":[{"pbrMetallicRoughness":{"baseColorTexture":{"index":0,)"
               R"("texCoord":1,"extensions":{"KHR_texture_transform":{"offset":[0.5,0],)"
               R"("scale":[2,1],"rotation":0.5}}}}}],"textures":[{"source":0}],"images":[{"uri":)"
               R"("data:image/jpeg;base64,/9j/4AEC"}]})"));
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  Bytes plain{static_cast<std::uint8_t>(header.size()), 0, 0, 0, 0, 0, 0, 0};
  plain.insert(plain.end(), header.begin(), header.end());
  plain.insert(plain.end(), {0, 0, 0x80, 0x3f});
  seeds.add("safetensors_fuzz", "no_checksum", plain);
}

/// Small, so that many are tried a second: a photo has at least 32 pixels a side.
void write_image_seeds(const Seeds& seeds) {
  using namespace fgcn::photo::test;
  const auto add = [&](const char* name, const Bytes& data) {
    seeds.add("image_fuzz", name, data);
  };
  const fgcn::Image8 image = colorful(32, 33), grey(32, 33, 1, 90), four(32, 33, 4, 60);
  Bytes profile;
#ifdef FGCN_LCMS
  profile = p3_profile();
#endif
  const Bytes jpeg = write_jpeg(image, {.profile = profile});
  add("baseline.jpg", with_exif(jpeg, exif_block(6, ByteOrder::kBig)));
  add("grey.jpg", write_jpeg(grey));
  add("ink.jpg", write_jpeg(four));
  for (const auto& [name, kind] : {std::pair("progressive.jpg", JpegKind::kProgressive),
                                   std::pair("scans.jpg", JpegKind::kSeparateScans),
                                   std::pair("optimised.jpg", JpegKind::kOptimised)})
    add(name, write_jpeg(image, {.kind = kind, .profile = {}}));
  const auto png = [](int color_type, std::size_t row_bytes, int depth) {
    RawPng of{.color_type = static_cast<std::uint8_t>(color_type),
              .rows = {},
              .palette = {},
              .transparency = {}};
    of.depth = static_cast<std::uint8_t>(depth);
    of.width = 32;
    of.rows.assign(32, Bytes(row_bytes, 1));
    if (color_type == 3) of.palette = {10, 20, 30, 200, 100, 50};
    if (color_type == 3) of.transparency = {0, 255};
    return encode_raw_png(of);
  };
  add("color.png", png(2, 96, 8));
  add("alpha.png", png(6, 128, 8));
  add("palette.png", png(3, 32, 8));
  add("deep.png", png(0, 64, 16));
  add("color.bmp", encode_bmp(image));
  add("color.tga", encode_tga(image));
#ifdef FGCN_WEBP
  add("color.webp", write_webp(image, {{"EXIF", exif_block(6, ByteOrder::kLittle)}}));
  add("alpha.webp", write_webp(four, {{"ICCP", profile}}));
#endif
#ifdef FGCN_TIFF
  add("strips.tif", write_tiff(image, {.orientation = 6, .profile = profile}));
  add("tiles.tif", write_tiff(four, {.bits = 16, .tile = 16, .profile = {}}));
#endif
#ifdef FGCN_HEIF
  add("color.heic", write_heif(image));
  add("color.avif", write_heif(four, {.av1 = true, .profile = profile}));
#endif
#ifdef FGCN_JXL
  add("color.jxl", write_jpeg_xl(image, profile));
#endif
  std::string points = "x,y\n";
  for (int i = 0; i < 68; ++i) points += std::to_string(i) + ".5," + std::to_string(2 * i) + "\n";
  add("points.csv", Bytes(points.begin(), points.end()));
}

/// The mesh as a part with a target, two joints and sparse rows.
RiggedMesh rigged(const RenderMesh& mesh) {
  RiggedMesh out;
  out.surface = mesh;
  out.parts = {{{"skin"}}, std::vector<std::uint8_t>(mesh.triangles.size(), 0)};
  out.targets = {{"jawOpen", 0.5, {{1}, {{0, -1, 0}}}, {{0}, {{0.5F, 0, 0}}}}};
  out.skeleton = {{"neck", "head"}, {-1, 0}, {{0, -1, 0}, {0, 0, 0}}, {}, {}};
  out.skeleton.joints.assign(mesh.vertices.size(), {1, 0, 0, 0});
  out.skeleton.weights.assign(mesh.vertices.size(), {0.75F, 0.25F, 0, 0});
  return out;
}

void write_all(const Seeds& seeds) {
  fgcn::fuzz::write_own_seeds(seeds);
  fgcn::fuzz::write_weight_seeds(seeds);
  write_foreign_seeds(seeds);
  write_image_seeds(seeds);
  const RenderMesh mesh = quad();
  write_obj(seeds.path("obj_fuzz", "quad.obj"), mesh);
  fs::remove(seeds.path("obj_fuzz", "quad_albedo.png"));
  for (const auto& [name, format] :
       {std::pair("ascii", PlyFormat::kAscii), std::pair("little", PlyFormat::kLittleEndian),
        std::pair("big", PlyFormat::kBigEndian)})
    seeds.add("ply_fuzz", name, encode_ply(mesh, format));
  seeds.add("gltf_fuzz", "quad.glb", encode_glb(mesh, {}));
  seeds.add("gltf_fuzz", "rigged.glb", encode_glb(rigged(mesh), {}));
  fgcn::write_file(
      seeds.path("gltf_fuzz", "nodes.gltf"),
      std::string(
          R"({"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"children":[1],)"
          R"("translation":[0,0,1],"scale":[1,2,1],"rotation":[0,0,0,1]},{"mesh":0}],"meshes":[{)"
          R"("primitives":[{"attributes":{"POSITION":0},"indices":1}]}],"accessors":[{"bufferView")"
          R"(:0,"componentType":5126,"count":3,"type":"VEC3"},{"bufferView":1,"componentType":5123)"
          R"(,"count":3,"type":"SCALAR"}],"bufferViews":[{"buffer":0,"byteLength":36},{"buffer":0,)"
          R"("byteOffset":36,"byteLength":6}],"buffers":[{"byteLength":42,"uri":"data:application/)"
          R"(octet-stream;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAAAAABAAIA"}]})"));
  write_mesh_file_seeds(seeds);
  write_npz_seeds(seeds);
  write_identity_seeds(seeds);
  write_photo_data_seeds(seeds);
  write_packed_seeds(seeds);
  io::Safetensors file;
  file.metadata = {{"format", "pt"}};
  const std::vector<float> numbers{1.5f, -2.0f, 0.0f};
  const std::vector<std::int32_t> integers{7, -8};
  file.tensors["a"] = io::StoredTensor::of({3, 1}, std::span<const float>(numbers));
  file.tensors["b"] = io::StoredTensor::of({2}, std::span<const std::int32_t>(integers));
  file.tensors["h"] = io::StoredTensor::half({3}, numbers);
  seeds.add("safetensors_fuzz", "three", io::encode_safetensors(file));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_seeds DIR\n";
    return 2;
  }
  write_all(Seeds(argv[1]));
  return 0;
}
