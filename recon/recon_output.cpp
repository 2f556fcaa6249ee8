#include "recon/recon_output.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/mesh/gltf.h"
#include "io/mesh/obj.h"
#include "io/mesh/usdz.h"
#include "io/one_word.h"
#include "kernels/core/error.h"
#include "recon/face_rig.h"
#include "recon/face_surface.h"
#include "recon/original_mesh.h"
#include "recon/result_json.h"
#include "recon/result_sheet.h"

namespace fgcn::recon {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string write_reconstruction(const fs::path& folder, const std::string& name,
                                 const mesh::FaceModel& model, Reconstruction& result,
                                 const OutputOptions& options) {
  FGCN_CHECK(name == io::one_word(name), "write_reconstruction: the name '", name,
             "' is not one word; io::one_word makes it one");
  const auto start = std::chrono::steady_clock::now();
  const FaceSurface surface = face_surface(model, result, options.texture_size, options.part);
  const mesh::RenderMesh& mesh = surface.fitted;
  mesh::GlbOptions glb;
  glb.name = name;
  const mesh::RiggedMesh rig = face_rig(model, result, surface);
  const Bytes glb_file = mesh::encode_glb(rig, glb);
  const mesh::ObjText obj = result.origin == FitOrigin::kAsIs
                                ? mesh::ObjText{original_obj(model, result.fit), {}}
                                : mesh::encode_obj(mesh, name, surface.parts);
  Bytes usdz;
  if (options.usdz) usdz = mesh::encode_usdz(rig, name);
  const Bytes compared = encode_png(result_sheet(model, name, result, surface.texture));
  // From here on nothing is computed: what ends the program there leaves no file.
  FileSet set(folder);
  Json files = Json::object();
  const auto add = [&](const std::string& end, const auto& data) {
    set.add(name + end, data);
    files[name + end] = data.size();
  };
  add(".glb", glb_file);
  if (!obj.mtl.empty()) {
    add("_albedo.png", mesh.texture_png);
    if (mesh.has_normal_map()) add("_normal.png", mesh.normal_png);
    add(".mtl", obj.mtl);
  }
  add(".obj", obj.obj);
  if (options.usdz) add(".usdz", usdz);
  add("_compare.png", compared);
  set.flush();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  result.times.write = took.count();
  result.times.total += took.count();
  std::string json = result_json(name, files, model, result, options);
  set.add(name + ".json", json);
  set.commit(options.existing);
  return json;
}

}  // namespace fgcn::recon
