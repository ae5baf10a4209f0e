# Compiler, linker and cache settings for the whole tree.
find_program(WARP_CCACHE ccache)
if(WARP_CCACHE)
  # No two compilations of a precompiled header give the same octets: what it was made of is part of the key instead
  # (warp_pch_sum).
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_PCH_EXTSUM=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${WARP_CCACHE})
endif()

find_program(WARP_MOLD mold)
if(WARP_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Werror -Wnon-virtual-dtor -Woverloaded-virtual -Wpedantic
                    -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
  # GCC 12 reports paths that cannot happen inside libstdc++ and Boost at -O2.
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds
                      -Wno-restrict -Wno-stringop-overread -Wno-dangling-pointer
                      -Wno-mismatched-new-delete)
endif()

if(WARP_SANITIZE)
  add_compile_options(-fsanitize=${WARP_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WARP_SANITIZE})
  if(WARP_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)
  endif()
endif()
