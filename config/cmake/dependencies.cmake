# System packages only (README.md, "Dependencies"). SYSTEM headers: their warnings are not ours.
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Threads REQUIRED)
find_path(NARWHAL_RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED)
find_path(NARWHAL_TOMLPP_INCLUDE_DIR toml++/toml.h REQUIRED)
find_path(NARWHAL_CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)

# The public headers: all that an adapter may see.
add_library(narwhal_api INTERFACE)
add_library(narwhal::api ALIAS narwhal_api)
target_include_directories(narwhal_api INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_features(narwhal_api INTERFACE cxx_std_20)

if(NARWHAL_TESTS)
  find_package(GTest REQUIRED)
endif()
