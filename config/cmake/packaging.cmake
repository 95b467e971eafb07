# Install rules, the CMake package `narwhal` for apps and producers, and the .deb (cpack -G DEB).
include(CMakePackageConfigHelpers)
# Two packages: narwhal, which is all but the ruby runtime, and narwhal-ruby, which alone needs libruby.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME daemon)

install(TARGETS narwhal RUNTIME)
if(TARGET narwhal_ruby)
  set(plugins ${CMAKE_INSTALL_LIBDIR}/narwhal)
  install(TARGETS narwhal_ruby LIBRARY DESTINATION ${plugins} COMPONENT ruby)
  # The gem lies beside the module and finds libnarwhal from there (lib/narwhal/library.rb).
  install(DIRECTORY adapters/activejob DESTINATION ${plugins} COMPONENT ruby
          PATTERN test EXCLUDE PATTERN Gemfile* EXCLUDE PATTERN Rakefile EXCLUDE)
endif()
install(DIRECTORY include/narwhal TYPE INCLUDE FILES_MATCHING PATTERN "*.h")

# The libraries that others link, under the names they use: narwhal::job, narwhal::producer.
function(narwhal_export target name)
  if(TARGET ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    install(TARGETS ${target} EXPORT narwhal_targets)
  endif()
endfunction()
narwhal_export(narwhal_api api)
narwhal_export(narwhal_sdk job)
narwhal_export(narwhal_client producer)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/narwhal)
if(TARGET narwhal_sdk)
  install(FILES src/sdk/app_exports.map DESTINATION ${package_dir})
endif()
install(EXPORT narwhal_targets NAMESPACE narwhal:: FILE narwhal-targets.cmake
        DESTINATION ${package_dir})
configure_package_config_file(config/cmake/narwhal-config.cmake.in narwhal-config.cmake
                              INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change the C++ headers.
write_basic_package_version_file(narwhal-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/narwhal-config.cmake
              ${PROJECT_BINARY_DIR}/narwhal-config-version.cmake DESTINATION ${package_dir})

# The unit names the binary where it is installed, which only the installation itself knows.
install(CODE "
  file(READ \"${PROJECT_SOURCE_DIR}/config/narwhal.service\" unit)
  string(REPLACE /usr/bin/narwhal \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/narwhal\"
         unit \"\${unit}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/narwhal.service\" \"\${unit}\")")
install(FILES ${PROJECT_BINARY_DIR}/narwhal.service DESTINATION lib/systemd/system)
install(FILES config/narwhal.sysusers DESTINATION lib/sysusers.d RENAME narwhal.conf)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES config/narwhal.toml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples OPTIONAL)
install(DIRECTORY config/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
        USE_SOURCE_PERMISSIONS
        PATTERN .gitignore EXCLUDE PATTERN build EXCLUDE PATTERN *.db* EXCLUDE)

# Manual pages are written in Markdown: config/man/narwhal.8.md becomes narwhal.8.
find_program(NARWHAL_MD2MAN go-md2man)
file(GLOB man_sources CONFIGURE_DEPENDS config/man/*.md)
if(NARWHAL_MD2MAN)
  foreach(source IN LISTS man_sources)
    get_filename_component(page ${source} NAME_WLE)
    string(REGEX MATCH "[0-9]$" section ${page})
    set(output ${PROJECT_BINARY_DIR}/man/${page})
    add_custom_command(OUTPUT ${output} DEPENDS ${source}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
      COMMAND ${NARWHAL_MD2MAN} -in ${source} -out ${output})
    list(APPEND man_pages ${output})
    install(FILES ${output} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
  add_custom_target(man ALL DEPENDS ${man_pages})
else()
  message(WARNING "go-md2man is missing (Debian package: go-md2man): no manual pages will be made or installed")
endif()

set(NARWHAL_MAINTAINER "Narwhal maintainers <root@localhost>" CACHE STRING "Contact in the .deb")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "${NARWHAL_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL daemon)
set(CPACK_DEBIAN_DAEMON_PACKAGE_NAME narwhal)
if(TARGET narwhal_ruby)
  list(APPEND CPACK_COMPONENTS_ALL ruby)
  set(CPACK_DEBIAN_RUBY_PACKAGE_NAME narwhal-ruby)
  set(CPACK_DEBIAN_RUBY_PACKAGE_SECTION ruby)
  set(CPACK_DEBIAN_RUBY_PACKAGE_DEPENDS "narwhal (= ${PROJECT_VERSION})")
  set(CPACK_COMPONENT_RUBY_DESCRIPTION "Ruby jobs of Active Job for the daemon narwhal")
endif()
set(CPACK_DEBIAN_DAEMON_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/config/debian/postinst;${PROJECT_SOURCE_DIR}/config/debian/prerm")
include(CPack)
