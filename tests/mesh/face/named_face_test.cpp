#include "mesh/face/named_face.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_fingerprint.h"

using namespace fgcn;

namespace {

bool same(const mesh::FaceModel& a, const mesh::FaceModel& b) {
  return mesh::same_face(mesh::fingerprint(a), mesh::fingerprint(b));
}

}  // namespace

TEST_CASE("a face model by its name: embedded, and a file") {
  const mesh::FaceModel embedded = mesh::make_embedded_face();
  const mesh::NamedFace named = mesh::named_face("embedded");
  CHECK(named.name == "embedded");
  CHECK(same(named.model, embedded));

  const TemporaryFolder folder;
  const std::string file = (folder / "face.safetensors").string();
  mesh::write_face_model(file, embedded);
  const mesh::NamedFace read = mesh::named_face(file);
  CHECK(read.name == file);
  CHECK(same(read.model, embedded));
  CHECK_THROWS_WITH_AS(mesh::named_face("hed"),
                       doctest::Contains("face model 'hed': there is no such file; give"),
                       InputError);
}

TEST_CASE(
    "the automatic face model: the head where it was made, the embedded face where it was not") {
  const auto wants = [](std::int64_t vertices) {
    return [vertices](const mesh::FaceModel& face) { return face.vertices() == vertices; };
  };
  const std::int64_t embedded = mesh::make_embedded_face().vertices();
  CHECK(mesh::named_face("auto", wants(embedded)).name == "embedded");
  if (!mesh::find_head()) {
    MESSAGE("skipped: the head is not here; scripts/head_model.sh makes it");
    CHECK(mesh::named_face("auto").name == "embedded");
    CHECK_THROWS_WITH_AS(mesh::named_face("head"),
                         doctest::Contains("is not there; scripts/head_model.sh makes it"),
                         InputError);
    return;
  }
  const mesh::NamedFace head = mesh::named_face("head");
  CHECK(head.name == "head");
  CHECK(head.model.vertices() != embedded);
  for (const mesh::NamedFace& face :
       {mesh::named_face("auto"), mesh::named_face("auto", wants(head.model.vertices())),
        mesh::named_face("auto", wants(1))}) {
    CHECK(face.name == "head");
    CHECK(same(face.model, head.model));
  }
}
