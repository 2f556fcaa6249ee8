// photo_to_mesh PHOTO FOLDER: a textured 3D face from one photograph, as fgcn_recon makes it.
#include <fgcn/fgcn.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <utility>

namespace {

/// True when the refined face agrees better with the photo than the fitted face model alone.
bool reconstruct(const std::filesystem::path& photo, const std::filesystem::path& folder) {
  const fgcn::Context device(fgcn::choose_device("auto"));       // a GPU if there is one
  fgcn::mesh::NamedFace model = fgcn::mesh::named_face("auto");  // the whole head if it was made
  fgcn::recon::ReconstructOptions options;
  options.weights = fgcn::recon::find_default_weights(model.model);
  const fgcn::recon::Reconstructor reconstructor(device, std::move(model.model), options);
  fgcn::recon::Reconstruction face = reconstructor.run(photo, std::nullopt);

  std::filesystem::create_directories(folder);
  write_reconstruction(folder, "face", reconstructor.model(), face,
                       {.face_model = model.name, .weights = "default"});
  std::printf("face model alone %.2f dB, refined %.2f dB; see %s\n", face.coarse.psnr,
              face.refined.psnr, (folder / "face_compare.png").c_str());
  return face.refined.psnr > face.coarse.psnr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "photo_to_mesh PHOTO FOLDER\n");
    return 2;
  }
  try {
    return reconstruct(argv[1], argv[2]) ? 0 : 1;
  } catch (const std::exception& error) {  // fgcn::InputError for a photo without a face
    std::fprintf(stderr, "photo_to_mesh: %s\n", error.what());
    return 2;
  }
}
