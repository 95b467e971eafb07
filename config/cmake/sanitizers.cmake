# narwhal_sanitize(target): the sanitizers chosen by NARWHAL_SANITIZE.
function(narwhal_sanitize target)
  if(NARWHAL_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${NARWHAL_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${NARWHAL_SANITIZE})
  endif()
endfunction()
