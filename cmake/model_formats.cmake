# fgcn_model_formats: the library that reads users' face models of 2017 and later, where pkg-config finds it;
# named to io/ by a definition.
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

fgcn_model_format(HDF5 "BFM 2017 and 2019 are refused" hdf5)
