# The preset `odr` (scripts/check_odr.sh): programs that hold every object once, and a fault to find.
add_custom_target(fgcn_odr DEPENDS fgcn_recon fgcn_eval fgcn_train fgcn_data fgcn_mesh_program fgcn_coma fgcn_bench)
# The tests too: as long again.
add_custom_target(fgcn_odr_tests DEPENDS fgcn_test fgcn_test_mesh fgcn_test_photo fgcn_test_nets
                                         fgcn_test_train fgcn_test_device fgcn_test_apps)
add_executable(fgcn_seeded_odr EXCLUDE_FROM_ALL tests/odr/first.cpp tests/odr/second.cpp)
