# The preset `odr` (scripts/check_odr.sh): every object once, with its types, and a fault to find.

# fgcn_merge(NAME TARGET...): the target NAME merges the objects of all TARGETs into one. g++ compares their types then.
# A merged object stays in g++'s own form: no code is generated, which is nine tenths of a program's link.
function(fgcn_merge name)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  set(objects "$<FILTER:${objects},EXCLUDE,\\.gch$>")  # precompiled headers are listed too
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS_DEBUG}")
  set(merged ${PROJECT_BINARY_DIR}/odr/${name}.o)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/odr)
  # muldefs: every program has a `main`.
  add_custom_command(
    OUTPUT ${merged}
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} -r -nostdlib -flinker-output=rel -Wl,-z,muldefs -o ${merged} "${objects}"
    DEPENDS "${objects}"
    COMMENT "Merging the types of ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name} DEPENDS ${merged})
endfunction()

get_property(odr_programs GLOBAL PROPERTY FGCN_PROGRAM_OBJECTS)
fgcn_merge(fgcn_odr ${odr_programs})
# The tests too: three times as long.
fgcn_merge(fgcn_odr_tests ${odr_programs} fgcn_emulated fgcn_test_main fgcn_test_support fgcn_ops_tests fgcn_device_tests
           fgcn_test fgcn_test_mesh fgcn_test_photo fgcn_test_nets fgcn_test_train fgcn_test_device fgcn_test_apps)
add_library(fgcn_seeded_objects OBJECT EXCLUDE_FROM_ALL tests/odr/first.cpp tests/odr/second.cpp)
fgcn_merge(fgcn_seeded_odr fgcn_seeded_objects)
