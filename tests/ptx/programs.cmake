# Programs of which the device is the PTX simulator: the project's own objects, what nvcc makes of
# the .cu files, the simulator for libcudart, and host versions of NVIDIA's libraries under their
# real names. Included by CMakeLists.txt here.
file(GLOB_RECURSE ptx_kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kernels/*_cuda.cu)
fgcn_ptx_objects(ptx_objects ${ptx_kernels} ${PROJECT_SOURCE_DIR}/kernels/runtime/cuda_runtime.cu)

set(ptx_vendor ${PROJECT_SOURCE_DIR}/kernels/simt/vendor/refusals.cpp
               ${CMAKE_CURRENT_LIST_DIR}/vendor_device.cpp)
foreach(library IN LISTS FGCN_VENDOR_FOUND)
  file(GLOB calls CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kernels/simt/vendor/${library}*.cpp
       ${PROJECT_SOURCE_DIR}/kernels/*/*_${library}.cpp)
  list(APPEND ptx_vendor ${calls})
endforeach()
add_library(fgcn_ptx_vendor OBJECT ${ptx_vendor})
target_link_libraries(fgcn_ptx_vendor PRIVATE fgcn_options)
target_compile_definitions(fgcn_ptx_vendor PRIVATE FGCN_REAL_NAMES)
target_include_directories(fgcn_ptx_vendor SYSTEM PRIVATE ${FGCN_VENDOR_INCLUDES}
                                                          ${FGCN_CUDART_INCLUDE})

# fgcn_ptx_program(NAME SOURCES source... LINK NAME...)
function(fgcn_ptx_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} ${ptx_objects})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  fgcn_link(${name} ${ARG_LINK} ptx_vendor ptx_device)
endfunction()

# Libraries of the programs that reconstruct and train.
set(everything kernels io mesh autograd render layers photo reconstruction training)
fgcn_ptx_program(fgcn_test_ptx LINK test_main ops_tests test_support kernels autograd)
fgcn_ptx_program(fgcn_test_ptx_device LINK test_main device_tests test_support ${everything})
foreach(app IN ITEMS recon train bench)
  fgcn_ptx_program(fgcn_${app}_ptx SOURCES $<TARGET_OBJECTS:fgcn_${app}_objects> LINK ${everything})
endforeach()

# fgcn_ptx_test(NAME COMMAND SETTING...): settings as in options.h, without their prefix.
set(ptx_reports ${PROJECT_BINARY_DIR}/ptx_reports)
function(fgcn_ptx_test name)
  cmake_parse_arguments(ARG "" "" "COMMAND;SETTINGS" ${ARGN})
  list(TRANSFORM ARG_SETTINGS PREPEND FGCN_PTX_)
  add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  set_tests_properties(
    ${name} PROPERTIES ENVIRONMENT "${ARG_SETTINGS};FGCN_PTX_REPORT=${ptx_reports}/${name}.txt"
                       FIXTURES_REQUIRED ptx_reports FIXTURES_SETUP ptx_done LABELS ptx COST 60)
endfunction()

add_test(NAME ptx_reports
         COMMAND ${CMAKE_COMMAND} -DFOLDER=${ptx_reports}
                 -P ${CMAKE_CURRENT_LIST_DIR}/clear_reports.cmake)
set_tests_properties(ptx_reports PROPERTIES FIXTURES_SETUP ptx_reports LABELS ptx)
# Every operator on the oldest and on the newest architecture: in order, as the text says; and in a
# random order of blocks, warps and diverged lanes, contracted as ptxas may, as late as possible.
foreach(architecture IN LISTS FGCN_PTX_KNOWN)
  fgcn_ptx_test(ptx_ops_${architecture} COMMAND fgcn_test_ptx SETTINGS ARCH=${architecture})
  fgcn_ptx_test(ptx_ops_${architecture}_late COMMAND fgcn_test_ptx
                SETTINGS ARCH=${architecture} ORDER=3 CONTRACT=1 LAZY=1)
endforeach()
list(GET FGCN_PTX_KNOWN -1 newest)
# Without what takes long here and shows no more than the emulated device does.
fgcn_ptx_test(ptx_device COMMAND fgcn_test_ptx_device
              "-tce=*not finite*,launches of a step*,a photo that was not seen*"
              SETTINGS ARCH=${newest} LAZY=1)
# Coverage and findings of all of these. Operators' tests alone reach 99.0 % and more; the rest is
# listed in docs/dev/gpu-without-a-gpu.md. Another nvcc unrolls otherwise.
# A finding ends a program with 1, however right its results are.
add_test(NAME ptx_findings_fail COMMAND fgcn_test_ptx "-tc=max_pool*")
set_tests_properties(ptx_findings_fail PROPERTIES ENVIRONMENT FGCN_PTX_DROP_BAR=0 WILL_FAIL TRUE
                                                         LABELS ptx)
if(Python3_FOUND)
  add_test(NAME ptx_coverage
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/coverage.py ${ptx_reports}
                   --kernels 0 --instructions 0.985)
  set_tests_properties(ptx_coverage PROPERTIES FIXTURES_REQUIRED ptx_done LABELS ptx)
else()
  message(STATUS "No python3: how much of the kernels' PTX the tests reach is not checked")
endif()
