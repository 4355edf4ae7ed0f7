# SPDX-License-Identifier: MIT
# tl_embed(room file): src/room/file becomes a const struct embedded of its name in that library.
function(tl_embed room file)
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/src/${room}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  string(REPLACE "." "_" symbol ${file})
  file(READ ${path} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  file(SHA256 ${path} sha256)
  file(CONFIGURE OUTPUT embedded/${symbol}.c CONTENT "/* made from src/${room}/${file} */
#include \"export/html_page.h\"

static const unsigned char bytes[] = {
${bytes}
};
const struct embedded ${symbol} = {bytes, sizeof(bytes), \"${sha256}\"};
")
  target_sources(tl_${room} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.c)
endfunction()
