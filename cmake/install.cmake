# Installing: the libraries, the headers, find_package(adieu), pkg-config, the tool.
include(CMakePackageConfigHelpers)

# What has to be there before `cmake --install`: `all` builds more, a single target less.
add_custom_target(adieu_to_install DEPENDS adieu_library adieu_protocol)
set(installed_files "$<TARGET_FILE:adieu_library>;$<TARGET_FILE:adieu_protocol>")
if(TARGET adieu_tool)
  add_dependencies(adieu_to_install adieu_tool)
  list(APPEND installed_files "$<TARGET_FILE:adieu_tool>")
endif()
install(CODE "
foreach(file ${installed_files})
  if(NOT EXISTS \"\${file}\")
    message(FATAL_ERROR \"\${file} is not built yet. Build all that is installed first: \"
                        \"cmake --build ${CMAKE_BINARY_DIR} --target adieu_to_install\")
  endif()
endforeach()")

install(TARGETS adieu_library adieu_protocol EXPORT adieu_targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/adieu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT adieu_targets NAMESPACE adieu:: FILE adieu-targets.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/adieu)

configure_package_config_file(cmake/adieu-config.cmake.in adieu-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/adieu)
write_basic_package_version_file(adieu-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/adieu-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/adieu-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/adieu)

# Below ${pcfiledir}, so that `cmake --install DIR --prefix ELSEWHERE` gives a file that is right.
file(RELATIVE_PATH ADIEU_PREFIX_FROM_PC /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
set(ADIEU_PC_LIBS "-lboost_url -lssl -lcrypto ${adieu_compression_pc_libs} -pthread")
set(ADIEU_PC_PRIVATE_LIBS "")
if(BUILD_SHARED_LIBS)
  set(ADIEU_PC_LIBS "-pthread")
  set(ADIEU_PC_PRIVATE_LIBS "-lboost_url -lssl -lcrypto ${adieu_compression_pc_libs}")
endif()
configure_file(cmake/adieu.pc.in adieu.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/adieu.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET adieu_tool)
  install(TARGETS adieu_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
