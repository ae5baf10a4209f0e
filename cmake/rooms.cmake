# warp_batches(TARGET [MOST]): TARGET's sources are compiled in batches of up to MOST (16), alike in size, each as one unit: what
# the headers and their templates cost is paid once a batch. Names without linkage are then shared by the files of a room, so they must
# say what they mean there. Not for daily work (preset dev): there one changed file is one compiled file.
function(warp_batches target)
  if(NOT WARP_UNITY)
    return()
  endif()
  set(most ${ARGN})
  if(NOT most)
    set(most 16)
  endif()
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources files)
  math(EXPR batches "(${files} + ${most} - 1) / ${most}")
  math(EXPR size "(${files} + ${batches} - 1) / ${batches}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # It spares the main file alone, which a source in a batch is not.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# warp_room(NAME [BATCH most] [DEPS room... lib...])
#   A static library `warp_<name>` (slashes become underscores) of all .cpp files in the calling
#   folder and its sections (folders in it), with its public headers under include/warp/<name>. DEPS are the only rooms that it may
#   use; tests/layers checks the includes against the floors as well.

function(warp_room name)
  cmake_parse_arguments(ROOM "" "BATCH" "DEPS" ${ARGN})
  string(REPLACE "/" "_" target "warp_${name}")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cpp)
  if(sources)
    add_library(${target} STATIC ${sources})
    warp_batches(${target} ${ROOM_BATCH})
    set(scope PUBLIC)
    if(TARGET warp_pch)
      target_link_libraries(${target} PUBLIC warp_boost)
      # Without it under the fuzzer: its Asio globals would have to be linked into every target.
      if(NOT WARP_FUZZ)
        target_precompile_headers(${target} REUSE_FROM warp_pch)
      endif()
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${CMAKE_SOURCE_DIR}/include)
  if(ROOM_DEPS)
    target_link_libraries(${target} ${scope} ${ROOM_DEPS})
  endif()
endfunction()

# warp_test(NAME SOURCES... [DEPS room...] [LABELS ...] [BATCH most]): a GoogleTest binary, one CTest entry.
function(warp_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT;BATCH" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  # The checkout's path, for those alone that read files of it: the objects of the others are the same in every checkout.
  foreach(source ${TEST_SOURCES})
    file(STRINGS ${source} reads REGEX "WARP_SOURCE_DIR|generated_page\\.h" LIMIT_COUNT 1)
    if(reads)
      set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS "WARP_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
    endif()
  endforeach()
  # warp_net holds the compiled part of Asio, which the precompiled header refers to.
  target_link_libraries(${name} PRIVATE ${TEST_DEPS} warp_net warp_boost GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/tests)
  target_compile_options(${name} PRIVATE -O0)
  target_precompile_headers(${name} REUSE_FROM warp_test_pch)
  warp_batches(${name} ${TEST_BATCH})
  add_test(NAME ${name} COMMAND ${name})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT ${TEST_TIMEOUT})
  # unit_tests, integration_tests: all binaries of a label, for builds that need no more.
  foreach(label ${TEST_LABELS})
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests ${name})
  endforeach()
endfunction()

# warp_pch_sum(TARGET): says to ccache what TARGET's precompiled header is made of. The headers that it includes are
# dependencies of every object, which ccache compares by itself.
function(warp_pch_sum target)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(made "${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${WARP_SANITIZE} ${WARP_FUZZ} ${target}")
  foreach(header pch.h test_pch.h)
    file(READ ${CMAKE_SOURCE_DIR}/cmake/${header} text)
    string(APPEND made "${text}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/${header})
  endforeach()
  string(SHA256 sum "${made}")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum CONTENT "${sum}")
endfunction()

add_library(warp_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(warp_pch PUBLIC warp_boost nlohmann_json::nlohmann_json)
target_include_directories(warp_pch PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/cmake)
# Named as a system header is: no path of this checkout gets into the generated file, so that ccache finds it again in
# another checkout (with base_dir above both and hash_dir off).
target_precompile_headers(warp_pch PUBLIC <pch.h>)
warp_pch_sum(warp_pch)

# Tests are not optimised: they are half of the build, and what they test is. A precompiled header fits one level only.
if(WARP_TESTS)
  add_library(warp_test_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  target_link_libraries(warp_test_pch PUBLIC warp_boost nlohmann_json::nlohmann_json GTest::gmock)
  target_include_directories(warp_test_pch PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/cmake)
  target_compile_options(warp_test_pch PRIVATE -O0)
  target_precompile_headers(warp_test_pch PUBLIC <test_pch.h>)
  warp_pch_sum(warp_test_pch)
endif()
