# fgcn_photo_formats: the libraries that decode photos. JPEG and PNG are read in every build; of the
# others those that pkg-config finds here, each named to photo/ by a definition.
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(PkgConfig)
add_library(fgcn_photo_formats INTERFACE)
target_link_libraries(fgcn_photo_formats INTERFACE JPEG::JPEG PNG::PNG)

# fgcn_photo_format(NAME OTHERWISE module...): FGCN_NAME is defined where pkg-config has all modules.
function(fgcn_photo_format name otherwise)
  if(PkgConfig_FOUND)
    pkg_check_modules(FGCN_${name} QUIET IMPORTED_TARGET ${ARGN})
  endif()
  if(FGCN_${name}_FOUND)
    target_link_libraries(fgcn_photo_formats INTERFACE PkgConfig::FGCN_${name})
    target_compile_definitions(fgcn_photo_formats INTERFACE FGCN_${name})
  else()
    message(STATUS "No ${ARGN}: ${otherwise}")
  endif()
endfunction()

fgcn_photo_format(LCMS "color profiles of photos are not applied" lcms2)
fgcn_photo_format(WEBP "WebP photos are refused" libwebp libwebpdemux)
fgcn_photo_format(HEIF "HEIC and AVIF photos are refused" libheif)
# The first version whose errors and limits belong to one file.
fgcn_photo_format(TIFF "TIFF photos are refused" libtiff-4>=4.5.0)
fgcn_photo_format(JXL "JPEG XL photos are refused" libjxl>=0.7)
