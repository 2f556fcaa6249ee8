# Test programs as CTest sees them: one test a file of cases, named by its path (`ops/spmm`, `train/run/checkpoints`;
# `.f64` is the double build), so that `ctest -R spmm` runs an operator's cases and both cores stay busy.
#   labels   the first folder (ops, mesh, photo, train, device, apps ...), `f64`, and `quick` but for devices, PTX, programs
#   fgcn_quick   the target of the programs that `ctest -L quick -LE f64` runs
#   no_case_lost   every case of every program is in exactly one of these tests

# fgcn_split_further(FILE name=filter...): more tests of one file, by doctest filters of cases; the file's own test
# runs the cases of no filter.
function(fgcn_split_further file)
  set_property(GLOBAL PROPERTY FGCN_SPLIT_${file} "${ARGN}")
endfunction()
# Half a minute each on one core. Filters have no commas, which separate them.
fgcn_split_further(device/photo_training "spectral=recorded steps*spectral norms" "refit=recorded steps*light refitted"
                   "terms=recorded steps*other terms count" "adversary=recorded steps*adversary"
                   "steady=a steady step on photos*")
fgcn_split_further(device/training "recorded=a recorded step done again*" "steady=a steady step waits*")

# More than twice as long as those whole programs and devices that are not named here: first of all.
set(FGCN_LONGEST_TESTS train/synthetic/landmark_calibration apps/data apps/eval train/synthetic_run photo/detect/detect
                       device/photo_training.steady apps/train apps/data_folders apps/run_app train/dataset/photo_journal
                       apps/original train/evaluate/one_pipeline)

# fgcn_one_test(NAME PROGRAM FILE argument...)
function(fgcn_one_test name program file)
  add_test(NAME ${name} COMMAND ${program} ${ARGN})
  string(REGEX REPLACE "/.*" "" labels ${file})
  set(cost 1)
  if(labels MATCHES "^(device|apps|ptx)$")
    set(cost 50)  # the longest first: both cores end together
  else()
    list(APPEND labels quick)
  endif()
  if(name IN_LIST FGCN_LONGEST_TESTS)
    set(cost 100)
  endif()
  if(name MATCHES "\\.f64$")
    list(APPEND labels f64)
  elseif("quick" IN_LIST labels)
    add_dependencies(fgcn_quick ${program})
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" COST ${cost})
endfunction()
add_custom_target(fgcn_quick)

# fgcn_split_tests(PROGRAM SUFFIX source...): the tests of a program's files of cases.
function(fgcn_split_tests program suffix)
  set_property(GLOBAL APPEND PROPERTY FGCN_SPLIT_PROGRAMS ${program})
  list(FILTER ARGN INCLUDE REGEX "_test\\.cpp$")
  foreach(source IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH source OUTPUT_VARIABLE path)
    file(RELATIVE_PATH file ${PROJECT_SOURCE_DIR}/tests ${path})
    string(REGEX REPLACE "_test\\.cpp$" "" file ${file})
    get_property(parts GLOBAL PROPERTY FGCN_SPLIT_${file})
    set(others "")
    foreach(part IN LISTS parts)
      string(REGEX MATCH "^([^=]*)=(.*)$" part ${part})
      set(filter ${CMAKE_MATCH_2})
      fgcn_one_test(${file}.${CMAKE_MATCH_1}${suffix} ${program} ${file} "-sf=*tests/${file}_test.cpp" "-tc=${filter}")
      list(APPEND others ${filter})
    endforeach()
    list(JOIN others "," others)
    if(others)
      set(others "-tce=${others}")
    endif()
    fgcn_one_test(${file}${suffix} ${program} ${file} "-sf=*tests/${file}_test.cpp" ${others})
  endforeach()
endfunction()

# fgcn_no_case_lost(): the check of all programs that were split.
function(fgcn_no_case_lost)
  get_property(programs GLOBAL PROPERTY FGCN_SPLIT_PROGRAMS)
  list(JOIN FGCN_TESTS_NOT_BUILT "," not_built)
  list(TRANSFORM programs REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  add_test(NAME no_case_lost
           COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/scripts/no_case_lost.py
                   --build ${PROJECT_BINARY_DIR} --ctest ${CMAKE_CTEST_COMMAND}
                   "--not-built=${not_built}" ${programs})
  set_tests_properties(no_case_lost PROPERTIES LABELS guard)
endfunction()
