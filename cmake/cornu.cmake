# The library: every source below src/ except the command line.
include(${CMAKE_CURRENT_LIST_DIR}/need.cmake)
find_package(TBB QUIET)
find_package(fmt QUIET)
find_package(ZLIB QUIET)
# Debian's libzip CMake package names programs of packages of its own, so the library is looked up directly.
find_library(ZIP_LIBRARY zip)
find_path(ZIP_INCLUDE_DIR zip.h)
need(oneTBB libtbb-dev tbb-devel TBB_FOUND)
need(fmt libfmt-dev fmt-devel fmt_FOUND)
need(zlib zlib1g-dev zlib-devel ZLIB_FOUND)
need(libzip libzip-dev libzip-devel ZIP_LIBRARY ZIP_INCLUDE_DIR)
stop_for_what_is_needed()
if(NOT TARGET libzip::zip)
  add_library(libzip::zip UNKNOWN IMPORTED)
  set_target_properties(libzip::zip PROPERTIES IMPORTED_LOCATION ${ZIP_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${ZIP_INCLUDE_DIR})
endif()

file(GLOB_RECURSE CORNU_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.cpp)
list(FILTER CORNU_SOURCES EXCLUDE REGEX "/src/cli/")

# Tile programs compiled ahead: programs.txt printed as C++.
set(CORNU_GENERATED ${PROJECT_BINARY_DIR}/generated)
add_executable(print_programs ${PROJECT_SOURCE_DIR}/tools/print_programs.cpp ${PROJECT_SOURCE_DIR}/src/runtime/tile_text.cpp
  ${PROJECT_SOURCE_DIR}/src/runtime/tile.cpp ${PROJECT_SOURCE_DIR}/src/base/error.cpp ${PROJECT_SOURCE_DIR}/src/base/shape.cpp)
target_include_directories(print_programs PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(print_programs PRIVATE fmt::fmt)
set(CORNU_PROGRAMS ${CORNU_GENERATED}/kernels/cpu/programs.inc ${CORNU_GENERATED}/kernels/cpu/program_identities.inc)
add_custom_command(OUTPUT ${CORNU_PROGRAMS}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CORNU_GENERATED}/kernels/cpu
  COMMAND print_programs ${PROJECT_SOURCE_DIR}/src/kernels/cpu/programs.txt ${CORNU_PROGRAMS}
  DEPENDS print_programs ${PROJECT_SOURCE_DIR}/src/kernels/cpu/programs.txt)

add_library(cornu ${CORNU_SOURCES} ${CORNU_PROGRAMS})
add_library(cornu::cornu ALIAS cornu)
target_compile_features(cornu PUBLIC cxx_std_20)
target_include_directories(cornu PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_include_directories(cornu PRIVATE ${PROJECT_SOURCE_DIR}/src)
# The same flags for a shared library as for a static one, so that the compiler's cache serves both.
set_target_properties(cornu PROPERTIES DEFINE_SYMBOL "" VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
# Only these include what is generated: the compiler's cache serves all others to other build folders too.
file(GLOB CORNU_INCLUDES_GENERATED ${PROJECT_SOURCE_DIR}/src/kernels/cpu/programs.cpp ${PROJECT_SOURCE_DIR}/src/kernels/cpu/isa/*.cpp)
set_source_files_properties(${CORNU_INCLUDES_GENERATED} PROPERTIES INCLUDE_DIRECTORIES ${CORNU_GENERATED})
target_link_libraries(cornu PRIVATE TBB::tbb fmt::fmt ZLIB::ZLIB libzip::zip)
# g++ 12 takes parts of its own std::regex for uninitialized when AddressSanitizer is on (GCC bug 105616).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/base/path_patterns.cpp PROPERTIES COMPILE_OPTIONS -Wno-maybe-uninitialized)
endif()
# Only what runs for every element, batch, field of a CSV file or eager operation is compiled for speed alone (-O3):
# kernels, the replay of programs, tensors, the loops of training and prediction, readers of rows. What traces graphs and
# moves batches gains little above -O2, and what runs once for a network, file or training is compiled for size: speed
# there would only make the library larger.
set(CORNU_ONCE nn/ saving/ autodiff/bodies base/describe base/error
  data/arrays data/dealer data/decide_styles data/doubts data/file_kind data/split data/table data/wording
  graph/parse graph/print io/hdf5_ io/json io/zip
  ops/bodies ops/cond ops/control_flow ops/functions ops/scan ops/scatter ops/trace_body
  runtime/check_nan runtime/tile_text
  train/callback train/checkpoint train/compile train/cross_validate train/evaluate_source train/fit_source train/objectives
  train/outputs train/targets train/trainer)
set(CORNU_SELDOM autodiff/ data/batch graph/ io/array io/file io/idx io/inflate io/npy
  ops/contraction ops/fused ops/index ops/norm ops/random ops/reduction ops/rules ops/shape passes/
  kernels/ref/ kernels/cpu/node_reduce kernels/cpu/node_wide train/batches train/evaluate train/fit train/step_cache)
foreach(source IN LISTS CORNU_SOURCES)
  foreach(group "ONCE;-Os" "SELDOM;-O2")
    list(GET group 0 name)
    list(GET group 1 level)
    list(JOIN CORNU_${name} "|" paths)
    if(source MATCHES "^${PROJECT_SOURCE_DIR}/src/(${paths})")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:${level}>")
      break()
    endif()
  endforeach()
endforeach()
# One rule for bits: a fused multiply-add happens only where a formula says fma.
target_compile_options(cornu PRIVATE -ffp-contract=off)

set(CORNU_WARNINGS -Wall -Wextra -Wpedantic -Wno-missing-field-initializers)
# g++ 12 warns of overlapping copies inside std::string concatenation, which do not happen.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND CORNU_WARNINGS -Wno-restrict)
endif()
if(CORNU_WERROR)
  list(APPEND CORNU_WARNINGS -Werror)
endif()
target_compile_options(cornu PRIVATE ${CORNU_WARNINGS})

# What uses more of the library than its public headers, from this tree alone.
if(BUILD_SHARED_LIBS)
  add_library(cornu_static STATIC $<TARGET_OBJECTS:cornu>)
  target_include_directories(cornu_static PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(cornu_static PRIVATE TBB::tbb fmt::fmt ZLIB::ZLIB libzip::zip)
else()
  add_library(cornu_static ALIAS cornu)
endif()

# Relocations as a bitmap: a sixteenth of the shared library's size (needs glibc 2.36 where it runs).
if(BUILD_SHARED_LIBS)
  include(CheckLinkerFlag)
  check_linker_flag(CXX "LINKER:-z,pack-relative-relocs" CORNU_HAS_RELR)
  if(CORNU_HAS_RELR)
    target_link_options(cornu PRIVATE LINKER:-z,pack-relative-relocs)
  endif()
endif()
