# Every library that is not ours, found once. All of them are Debian 12 packages (see ./warp).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(yaml-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
# Its -D_FILE_OFFSET_BITS would not fit the precompiled header, and means nothing on 64-bit.
set_target_properties(PkgConfig::hiredis PROPERTIES INTERFACE_COMPILE_OPTIONS "")
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
set_target_properties(PkgConfig::re2 PROPERTIES INTERFACE_COMPILE_OPTIONS "")
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
set_target_properties(PkgConfig::cares PROPERTIES INTERFACE_COMPILE_OPTIONS "")
find_library(WARP_CCTZ cctz REQUIRED)
find_library(WARP_GD gd REQUIRED)
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0)
set_target_properties(PkgConfig::gmime PROPERTIES INTERFACE_COMPILE_OPTIONS "")

add_library(warp_boost INTERFACE)
target_link_libraries(warp_boost INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(warp_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY BOOST_ASIO_DISABLE_BOOST_REGEX)
