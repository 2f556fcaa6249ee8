# The headers as a user sees them, in include/fgcn of the build folder: installed from there, and used
# from there by add_subdirectory. The sources spell includes from their root ("io/image.h"); a user's
# copy says "fgcn/io/image.h", so that a folder io/ or mesh/ of the user's never stands in between.
list(TRANSFORM FGCN_OPS REPLACE "(.+)" "kernels/\\1/\\1.h" OUTPUT_VARIABLE public_headers)
list(APPEND public_headers fgcn.h kernels/unary/unary_functions.h)
file(GLOB_RECURSE room_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     autograd/*.h io/*.h kernels/core/*.h kernels/runtime/*.h layers/*.h mesh/*.h photo/*.h recon/*.h
     render/*.h train/*.h)
list(APPEND public_headers ${room_headers})
# Headers that only their own room includes and that would make a user find Eigen, dlib, nlohmann_json
# or CUDA, or whose types change with the instruction set.
list(REMOVE_ITEM public_headers io/mesh/gltf_binary.h io/mesh/gltf_document.h io/mesh/gltf_picture.h
     io/mesh/gltf_placement.h io/mesh/gltf_rig.h mesh/search/box_tree.h mesh/search/four_floats.h
     mesh/search/triangle_boxes.h
     kernels/core/simd.h kernels/runtime/graph_memory.h kernels/runtime/launch.h kernels/runtime/vendor.h
     photo/mask/color_mixture.h photo/detect/face_search.h photo/detect/side_face.h recon/result_json.h)

set(FGCN_PUBLIC_INCLUDE ${PROJECT_BINARY_DIR}/include)
list(JOIN public_headers "\n" listed)
file(CONFIGURE OUTPUT public_headers.txt CONTENT "@listed@\n" @ONLY)
list(TRANSFORM public_headers PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE header_files)
add_custom_command(
  OUTPUT public_headers.stamp
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D LIST=public_headers.txt -D
          OUT=${FGCN_PUBLIC_INCLUDE}/fgcn -P ${PROJECT_SOURCE_DIR}/cmake/copy_headers.cmake
  COMMAND ${CMAKE_COMMAND} -E touch public_headers.stamp
  DEPENDS ${header_files} public_headers.txt cmake/copy_headers.cmake
  WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
  COMMENT "Headers for users"
  VERBATIM)
add_custom_target(fgcn_headers DEPENDS public_headers.stamp)
