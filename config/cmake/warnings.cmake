# narwhal_warnings(target): the project's warnings, private to the target.
function(narwhal_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                         -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers)
  if(NARWHAL_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# narwhal_library(name sources...): one static library per folder, with the project's settings.
function(narwhal_library target)
  add_library(${target} STATIC ${ARGN})
  narwhal_warnings(${target})
  narwhal_sanitize(${target})
endfunction()
