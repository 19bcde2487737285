# find_package(cornu) for projects outside of this tree.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS cornu EXPORT cornu-targets)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cornu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT cornu-targets NAMESPACE cornu:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cornu)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cornu-config.cmake.in ${PROJECT_BINARY_DIR}/cornu-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cornu)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cornu-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cornu-config.cmake ${PROJECT_BINARY_DIR}/cornu-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cornu)

# pkg-config: a program that links the static library needs what it is made of.
set(CORNU_PC_STATIC "# ")
set(CORNU_PC_SHARED "")
get_target_property(type cornu TYPE)
if(type STREQUAL "STATIC_LIBRARY")
  set(CORNU_PC_STATIC "")
  set(CORNU_PC_SHARED "# ")
endif()
# Found from where the file lies, so that an installed folder may be moved.
file(RELATIVE_PATH CORNU_PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/cornu.pc.in ${PROJECT_BINARY_DIR}/cornu.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cornu.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
