// In the place of OpenMP's header: fuzz targets have one thread, and clang's package has no header.
#pragma once

inline int omp_get_max_threads() { return 1; }
inline int omp_get_thread_num() { return 0; }
