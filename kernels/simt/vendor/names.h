// Host versions of the calls of NVIDIA's libraries that the kernels make, under names of their own:
// a program may hold the real ones too. Included before NVIDIA's headers, whose declarations it
// renames; so a host version with another signature does not compile, and a call that has no host
// version does not link.
#pragma once

// NOLINTBEGIN: the names are NVIDIA's.
#define cublasCreate_v2 fgcn_emulated_cublasCreate_v2
#define cublasDestroy_v2 fgcn_emulated_cublasDestroy_v2
#define cublasGetStatusName fgcn_emulated_cublasGetStatusName
#define cublasGetStatusString fgcn_emulated_cublasGetStatusString
#define cublasSetMathMode fgcn_emulated_cublasSetMathMode
#define cublasSetPointerMode_v2 fgcn_emulated_cublasSetPointerMode_v2
#define cublasSetStream_v2 fgcn_emulated_cublasSetStream_v2
#define cublasSgemm_v2 fgcn_emulated_cublasSgemm_v2
// NOLINTEND
