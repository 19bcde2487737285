# The Python package: the extension module, the modules and the command line.
find_package(Python 3.9 QUIET COMPONENTS Interpreter Development.Module OPTIONAL_COMPONENTS Development.SABIModule)
need("Python 3.9 or later" python3 python3 Python_Interpreter_FOUND)
need("Python's headers" python3-dev python3-devel Python_Development.Module_FOUND)
stop_for_what_is_needed()
# By paths of our own: pip's build environments have others each time, for which everything would be recompiled.
function(link_python_package name folder)
  execute_process(COMMAND ${Python_EXECUTABLE} -c "import ${name}; print(${name}.${folder})" OUTPUT_VARIABLE at
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE missing)
  if(missing)
    message(FATAL_ERROR "the Python package needs ${name}: ${Python_EXECUTABLE} -m pip install ${name}")
  endif()
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
  file(CREATE_LINK ${at} ${PROJECT_BINARY_DIR}/packages/${name} SYMBOLIC)
endfunction()
link_python_package(nanobind __path__[0])
link_python_package(numpy "get_include()")
set(nanobind_DIR ${PROJECT_BINARY_DIR}/packages/nanobind/cmake CACHE PATH "" FORCE)
find_package(nanobind CONFIG REQUIRED)
set(NB_DIR ${PROJECT_BINARY_DIR}/nanobind CACHE INTERNAL "")  # it had looked through the link

file(GLOB CORNU_BINDINGS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/bind/*.cpp)
nanobind_add_module(cornu_python NOMINSIZE ${CORNU_BINDINGS})
set_target_properties(cornu_python PROPERTIES OUTPUT_NAME _core
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/python/cornu)
target_include_directories(cornu_python PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/python/bind)
target_include_directories(cornu_python SYSTEM PRIVATE ${PROJECT_BINARY_DIR}/packages/numpy)
target_link_libraries(cornu_python PRIVATE cornu_static)
target_compile_options(cornu_python PRIVATE ${CORNU_WARNINGS} -Wno-pedantic)
# `cmake --install` is for the C++ library; pip asks for this component.
install(TARGETS cornu_python LIBRARY DESTINATION cornu COMPONENT python EXCLUDE_FROM_ALL)

# The command line goes with the package, as a program of its own beside the modules.
if(TARGET cornu_cli)
  install(PROGRAMS $<TARGET_FILE:cornu_cli> DESTINATION cornu/bin COMPONENT python EXCLUDE_FROM_ALL)
endif()

# Docstrings from the comments of the public headers.
set(docs ${PROJECT_BINARY_DIR}/python/cornu/_docs.json)
file(GLOB_RECURSE public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/cornu/*.h)
add_custom_command(OUTPUT ${docs} DEPENDS ${public_headers} ${PROJECT_SOURCE_DIR}/tools/extract_docs.py
  COMMAND ${Python_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/extract_docs.py ${PROJECT_SOURCE_DIR}/include/cornu ${docs})
add_custom_target(cornu_docs DEPENDS ${docs})
add_dependencies(cornu_python cornu_docs)
install(FILES ${docs} DESTINATION cornu COMPONENT python EXCLUDE_FROM_ALL)

# In the build tree: links to the modules, so that PYTHONPATH=build/python runs what is being edited.
file(GLOB modules RELATIVE ${PROJECT_SOURCE_DIR}/python/cornu CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/cornu/*)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/python/cornu)
foreach(module ${modules})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/python/cornu/${module} ${PROJECT_BINARY_DIR}/python/cornu/${module} SYMBOLIC)
endforeach()
file(CREATE_LINK ${PROJECT_BINARY_DIR}/bin ${PROJECT_BINARY_DIR}/python/cornu/bin SYMBOLIC)
