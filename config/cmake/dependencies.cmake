# System packages only (README.md, "Dependencies"). SYSTEM headers: their warnings are not ours.
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_path(NARWHAL_RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED)
find_path(NARWHAL_TOMLPP_INCLUDE_DIR toml++/toml.h REQUIRED)
find_path(NARWHAL_CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)

# Debian 12's hiredis has no CMake package.
find_path(NARWHAL_HIREDIS_INCLUDE_DIR hiredis/hiredis.h REQUIRED)
find_library(NARWHAL_HIREDIS_LIBRARY hiredis REQUIRED)
add_library(Hiredis::hiredis UNKNOWN IMPORTED)
set_target_properties(Hiredis::hiredis PROPERTIES
  IMPORTED_LOCATION "${NARWHAL_HIREDIS_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${NARWHAL_HIREDIS_INCLUDE_DIR}")

# Debian 12's rabbitmq-c has no CMake package.
find_path(NARWHAL_RABBITMQ_INCLUDE_DIR amqp_framing.h REQUIRED)
find_library(NARWHAL_RABBITMQ_LIBRARY rabbitmq REQUIRED)
add_library(Rabbitmq::rabbitmq UNKNOWN IMPORTED)
set_target_properties(Rabbitmq::rabbitmq PROPERTIES
  IMPORTED_LOCATION "${NARWHAL_RABBITMQ_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${NARWHAL_RABBITMQ_INCLUDE_DIR}")

# Debian 12's librdkafka has no CMake package.
find_path(NARWHAL_RDKAFKA_INCLUDE_DIR librdkafka/rdkafka.h REQUIRED)
find_library(NARWHAL_RDKAFKA_LIBRARY rdkafka REQUIRED)
add_library(Rdkafka::rdkafka UNKNOWN IMPORTED)
set_target_properties(Rdkafka::rdkafka PROPERTIES
  IMPORTED_LOCATION "${NARWHAL_RDKAFKA_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${NARWHAL_RDKAFKA_INCLUDE_DIR}")

# The public headers: all that an adapter may see.
add_library(narwhal_api INTERFACE)
add_library(narwhal::api ALIAS narwhal_api)
target_include_directories(narwhal_api INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_features(narwhal_api INTERFACE cxx_std_20)

if(NARWHAL_TESTS)
  find_package(GTest REQUIRED)
endif()
