# The Python package: the extension module, and beside it (in the build tree) the modules as links.
find_package(Python 3.9 REQUIRED COMPONENTS Interpreter Development.Module OPTIONAL_COMPONENTS Development.SABIModule)
if(NOT nanobind_DIR)
  execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir OUTPUT_STRIP_TRAILING_WHITESPACE
    OUTPUT_VARIABLE nanobind_DIR RESULT_VARIABLE missing)
  if(missing)
    message(FATAL_ERROR "the Python package needs nanobind: ${Python_EXECUTABLE} -m pip install nanobind")
  endif()
endif()
find_package(nanobind CONFIG REQUIRED)

file(GLOB CORNU_BINDINGS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/bind/*.cpp)
nanobind_add_module(cornu_python NOMINSIZE ${CORNU_BINDINGS})
set_target_properties(cornu_python PROPERTIES OUTPUT_NAME _core
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/python/cornu)
target_include_directories(cornu_python PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/python/bind)
target_link_libraries(cornu_python PRIVATE cornu::cornu)
target_compile_options(cornu_python PRIVATE ${CORNU_WARNINGS} -Wno-pedantic)
install(TARGETS cornu_python LIBRARY DESTINATION cornu COMPONENT python)

file(GLOB modules RELATIVE ${PROJECT_SOURCE_DIR}/python/cornu CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/cornu/*)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/python/cornu)
foreach(module ${modules})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/python/cornu/${module} ${PROJECT_BINARY_DIR}/python/cornu/${module} SYMBOLIC)
endforeach()
