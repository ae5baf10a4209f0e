# warp_bpf(TARGET SOURCE.bpf.c): compiles a kernel program and links its object file into TARGET, where it is found as
#   extern "C" const char warp_bpf_<name>_begin[], warp_bpf_<name>_end[];
# with <name> the source's name up to the first dot.
find_program(WARP_BPF_CLANG NAMES clang-14 clang REQUIRED)
pkg_check_modules(libbpf REQUIRED IMPORTED_TARGET libbpf)

function(warp_bpf target source)
  get_filename_component(name ${source} NAME_WE)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${WARP_BPF_CLANG} -O2 -g -Wall -Werror -target bpf
            -isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -MD -MF ${object}.d
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source}
    DEPFILE ${object}.d
    VERBATIM)
  set(holder ${CMAKE_CURRENT_BINARY_DIR}/${name}_bpf.cpp)
  file(CONFIGURE OUTPUT ${holder} @ONLY CONTENT [[
asm(".pushsection .rodata\n"
    ".balign 8\n"
    ".global warp_bpf_@name@_begin\nwarp_bpf_@name@_begin:\n"
    ".incbin \"@object@\"\n"
    ".global warp_bpf_@name@_end\nwarp_bpf_@name@_end:\n"
    ".popsection\n");
]])
  set_source_files_properties(${holder} PROPERTIES OBJECT_DEPENDS ${object} SKIP_PRECOMPILE_HEADERS ON
    SKIP_UNITY_BUILD_INCLUSION ON)  # its object must follow the kernel program
  target_sources(${target} PRIVATE ${holder})
  target_link_libraries(${target} PUBLIC PkgConfig::libbpf)
endfunction()
