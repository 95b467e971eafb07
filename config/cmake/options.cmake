# Options and global settings.
option(NARWHAL_TESTS "Build the tests and benchmarks" ON)
option(NARWHAL_WERROR "Treat warnings as errors (the CI presets do)" OFF)
set(NARWHAL_SANITIZE "" CACHE STRING "Sanitizers to build with: \"address,undefined\", \"thread\" or empty")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
include(GNUInstallDirs)

# A second build, of another preset, after a checkout or in another clone, then costs seconds: paths
# are hashed relative to the source tree.
find_program(NARWHAL_CCACHE ccache)
if(NARWHAL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=true ${NARWHAL_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
