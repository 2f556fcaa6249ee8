# fgcn_model_formats: the libraries that read users' face models in the files of other programs. Each is
# named to io/ by a definition where pkg-config finds it.
find_package(PkgConfig)
add_library(fgcn_model_formats INTERFACE)

# fgcn_model_format(NAME OTHERWISE module): FGCN_NAME is defined where pkg-config has the module.
function(fgcn_model_format name otherwise module)
  if(PkgConfig_FOUND)
    pkg_check_modules(FGCN_${name} QUIET IMPORTED_TARGET ${module})
  endif()
  if(FGCN_${name}_FOUND)
    target_link_libraries(fgcn_model_formats INTERFACE PkgConfig::FGCN_${name})
    target_compile_definitions(fgcn_model_formats INTERFACE FGCN_${name})
  else()
    message(STATUS "No ${module}: ${otherwise}")
  endif()
endfunction()

fgcn_model_format(MATIO "BFM 2009 and other MATLAB files are refused" matio)
fgcn_model_format(HDF5 "BFM 2017 and 2019 are refused" hdf5)
