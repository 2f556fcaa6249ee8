# Options of every object and link, so that a fault in a reader of files stays a crash: a
# photo or a mesh comes from anywhere. scripts/check_install.sh reads it back from the binaries.

# Position-independent, because the objects of a room go into the programs and into the shared library.
# Nobody replaces the library's functions one by one, so calls within it are inlined as in a program.
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_compile_options(fgcn_options INTERFACE
                       "$<$<COMPILE_LANGUAGE:CXX>:-fno-semantic-interposition>")
# An inline function of a header is compiled here for one machine and by a user for another: each keeps
# its own.
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

target_link_options(fgcn_options INTERFACE LINKER:-z,relro,-z,now)
# Not what is built for the chosen instruction set: with the stack protector g++ 12 puts a local array
# that vector code writes 16 bytes beside the 32 that its stores ask for, and the program crashes.
# Readers of files among them keep it, with vectors of 16 bytes (fgcn_protect).
if(NOT FGCN_SANITIZE)  # they have their own
  target_compile_options(fgcn_options INTERFACE
                         "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:$<BOOL:$<TARGET_PROPERTY:FGCN_NUMERIC>>>>:-fstack-protector-strong>")
  # It needs an optimising compiler. Undefined first: some distributions define it themselves.
  target_compile_options(
    fgcn_options
    INTERFACE
      "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:$<CONFIG:Debug>>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
endif()

# fgcn_protect(source...): a stack protector for sources of a NUMERIC library.
function(fgcn_protect)
  if(NOT FGCN_SANITIZE AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS
                                "-fstack-protector-strong;-mprefer-vector-width=128")
  endif()
endfunction()
