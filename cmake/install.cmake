# find_package(cornu) for projects outside of this tree.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS cornu EXPORT cornu-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cornu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT cornu-targets NAMESPACE cornu:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cornu)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cornu-config.cmake.in ${PROJECT_BINARY_DIR}/cornu-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cornu)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cornu-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cornu-config.cmake ${PROJECT_BINARY_DIR}/cornu-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cornu)
