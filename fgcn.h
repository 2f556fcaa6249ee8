// The headers a first program needs; every other one can be included by itself.
//
//   fgcn::recon::Reconstructor   from a photo to a face, write_reconstruction to its files
//   fgcn::Tape, fgcn::Var        values that can be differentiated, functions of them in fgcn::ops
//   fgcn::ChebConv, fgcn::Adam   layers on a mesh, the optimiser
//   fgcn::mesh                   meshes: topology, Laplacian, simplified levels, face models
//   fgcn::find_resource          the default weights and other files that are installed
#pragma once

#include "autograd/ops/binary.h"
#include "autograd/ops/gather.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/interpolate.h"
#include "autograd/ops/rasterize.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"
#include "autograd/tape.h"
#include "autograd/triangles.h"
#include "io/image.h"
#include "io/mesh/triangle_mesh.h"
#include "io/resources.h"
#include "kernels/core/context.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "layers/cheb_conv.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "mesh/face/named_face.h"
#include "mesh/laplacian.h"
#include "mesh/topology.h"
#include "recon/recon_output.h"
#include "recon/reconstruct.h"
#include "recon/refine/default_weights.h"
#include "render/camera.h"
#include "render/face_renderer.h"
#include "train/adam.h"
