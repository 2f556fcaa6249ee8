#include "train/photos/photo_loss_options.h"

namespace fgcn::train {

PhotoLossOptions PhotoLossOptions::reference() {
  PhotoLossOptions out;
  out.schedule = PhotoSchedule::kReference;
  out.identity = 0.2;
  out.symmetry = 0.5;
  out.variance = 0.01;
  out.l2 = 5e-4;
  out.adversary.critic_scale = 1e-3;
  return out;
}

PhotoLossOptions PhotoLossOptions::paper() {
  PhotoLossOptions out;
  out.schedule = PhotoSchedule::kPaper;
  out.norm = VertexNorm::kL2;
  out.hidden = 0;
  out.pixel = 1;
  out.identity = 0.2;
  out.adversary.weight = 1e-3;
  out.adversary.critic_scale = 1e-3;
  return out;
}

PhotoLossOptions PhotoLossOptions::photo() {
  PhotoLossOptions out;
  out.texture = 0;
  // Against the synthetic faces' own loss, whose weight is 1. A network tells photos from synthetic
  // faces and would leave all light in a photo's albedo while that of synthetic faces stays good;
  // symmetry holds against it, and at this weight about as strongly as the photo pulls
  // (docs/results/training.md).
  out.project = 0.15;
  out.pixel = 0.15;
  out.symmetry = 0.1;
  out.light = TrainingLight::kRefit;
  return out;
}

}  // namespace fgcn::train
