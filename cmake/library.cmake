# fgcn::fgcn, the library for other projects (docs/dev/library.md): all rooms in one shared object.
# Shared, because an archive would lose the backends that are found through weak symbols, and because
# everything the rooms link (dlib, zlib, OpenMP ...) and all compiler flags stay the library's own: its
# user needs a C++20 compiler and nothing else.
include(cmake/headers.cmake)
add_library(fgcn SHARED)
add_library(fgcn::fgcn ALIAS fgcn)
fgcn_link(fgcn kernels cuda io mesh autograd render layers photo reconstruction training)
add_dependencies(fgcn fgcn_headers)
target_compile_features(fgcn INTERFACE cxx_std_20)
target_include_directories(fgcn INTERFACE "$<BUILD_INTERFACE:${FGCN_PUBLIC_INCLUDE}>")
set_target_properties(fgcn PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                                      LINKER_LANGUAGE CXX)
# No function may be missing that no backend is expected to bring: else the user's link would fail.
target_link_options(fgcn PRIVATE LINKER:--no-undefined)
