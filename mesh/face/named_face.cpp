#include "mesh/face/named_face.h"

#include "io/resources.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"

namespace fgcn::mesh {
namespace {

NamedFace embedded() { return {"embedded", make_embedded_face()}; }

NamedFace automatic(const FaceWanted& wanted) {
  const std::optional<std::filesystem::path> file = find_head();
  if (!file) return embedded();
  NamedFace head{"head", read_face_model(*file)};
  if (!wanted || wanted(head.model)) return head;
  NamedFace other = embedded();
  return wanted(other.model) ? std::move(other) : std::move(head);
}

}  // namespace

std::optional<std::filesystem::path> find_head() { return find_resource("head.safetensors"); }

NamedFace named_face(const std::string& name, const FaceWanted& wanted) {
  if (name == "auto") return automatic(wanted);
  if (name == "embedded") return embedded();
  if (name != "head") {
    if (!std::filesystem::exists(name))
      input_error("face model '", name,
                  "': there is no such file; give a face-model file, 'head', 'embedded' or 'auto'");
    return {name, read_face_model(name)};
  }
  const std::optional<std::filesystem::path> file = find_head();
  if (!file)
    input_error(
        "face model 'head': is not there; scripts/head_model.sh makes it, or give 'embedded' or a "
        "file");
  return {"head", read_face_model(*file)};
}

}  // namespace fgcn::mesh
