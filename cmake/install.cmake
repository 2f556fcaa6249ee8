# cmake --install: programs, library, headers, data, and the files that find_package(fgcn) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS fgcn EXPORT fgcnTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${FGCN_PUBLIC_INCLUDE}/fgcn DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# io/resources.cpp looks for share/fgcn.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/ DESTINATION share/fgcn OPTIONAL
        FILES_MATCHING PATTERN "*.safetensors" PATTERN "*.dat")

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/fgcn)
install(EXPORT fgcnTargets FILE fgcnConfig.cmake NAMESPACE fgcn:: DESTINATION ${package})
# Before 1.0 a minor version may change an interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fgcnConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fgcnConfigVersion.cmake DESTINATION ${package})

# cpack -G DEB: one Debian package of the same files.
set(CPACK_PACKAGE_NAME fgcn)
set(CPACK_PACKAGE_VENDOR fgcn)
set(FGCN_PACKAGE_CONTACT "The fgcn developers" CACHE STRING
    "Maintainer of the Debian package; who distributes it gives NAME <MAIL>")
set(CPACK_PACKAGE_CONTACT "${FGCN_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "One photograph of a face in, a textured 3D face mesh out")
set(CPACK_PACKAGE_DESCRIPTION
    "Programs fgcn_recon, fgcn_eval, fgcn_train, fgcn_data, fgcn_mesh, fgcn_coma and fgcn_bench, the library libfgcn with
its C++20 headers, and the default network weights.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
# The landmark model that fgcn_recon reads unless --predictor names another.
set(CPACK_DEBIAN_PACKAGE_DEPENDS libdlib-data)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, g++")
include(CPack)
