#include "recon/refine/default_weights.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "io/resources.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/named_face.h"
#include "tests/support/small_head.h"

using namespace fgcn;

TEST_CASE("every face model that comes with the program has its own default weights") {
  const mesh::FaceModel embedded = mesh::make_embedded_face();
  const auto weights = recon::find_default_weights(embedded);
  REQUIRE(weights);
  CHECK(weights->filename() == "default_weights.safetensors");
  CHECK(recon::are_weights_for(embedded, *weights));

  const mesh::FaceModel other = test::small_head();
  CHECK(!recon::are_weights_for(other, *weights));
  CHECK(!recon::find_default_weights(other));

  if (!mesh::find_head()) {
    MESSAGE("skipped: the head is not here; scripts/head_model.sh makes it");
    return;
  }
  const mesh::FaceModel head = mesh::named_face("head").model;
  CHECK(!recon::are_weights_for(head, *weights));
  const auto of_head = recon::find_default_weights(head);
  REQUIRE(of_head);
  CHECK(of_head->filename() == "head_weights.safetensors");
  CHECK(!recon::are_weights_for(embedded, *of_head));
}

TEST_CASE("what is no weights file is refused") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  const TemporaryFolder folder;
  CHECK_THROWS_AS((void)recon::are_weights_for(face, folder / "none"), InputError);
  mesh::write_face_model((folder / "face.safetensors").string(), face);
  CHECK_THROWS_AS((void)recon::are_weights_for(face, folder / "face.safetensors"), InputError);
}
