# The library: every source below src/ except the command line.
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
# Debian's libzip CMake package names programs of packages of its own, so the library is looked up directly.
find_library(ZIP_LIBRARY zip REQUIRED)
find_path(ZIP_INCLUDE_DIR zip.h REQUIRED)
if(NOT TARGET libzip::zip)
  add_library(libzip::zip UNKNOWN IMPORTED)
  set_target_properties(libzip::zip PROPERTIES IMPORTED_LOCATION ${ZIP_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${ZIP_INCLUDE_DIR})
endif()
find_package(nlohmann_json REQUIRED)

file(GLOB_RECURSE CORNU_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.cpp)
list(FILTER CORNU_SOURCES EXCLUDE REGEX "/src/cli/")

add_library(cornu ${CORNU_SOURCES})
add_library(cornu::cornu ALIAS cornu)
target_include_directories(cornu PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_include_directories(cornu PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(cornu PRIVATE TBB::tbb fmt::fmt ZLIB::ZLIB libzip::zip nlohmann_json::nlohmann_json)
# One rule for bits: a fused multiply-add happens only where a formula says fma.
target_compile_options(cornu PRIVATE -ffp-contract=off)

set(CORNU_WARNINGS -Wall -Wextra -Wpedantic -Wno-missing-field-initializers)
if(CORNU_DEVELOPER)
  list(APPEND CORNU_WARNINGS -Werror)
endif()
target_compile_options(cornu PRIVATE ${CORNU_WARNINGS})
