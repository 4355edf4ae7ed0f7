# SPDX-License-Identifier: MIT
# The scenarios' sources become a table of texts in the room story, for the pane that shows them.
file(GLOB tl_source_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/*.c)
set(tl_source_texts "")
set(tl_source_rows "")
foreach(path ${tl_source_files})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  get_filename_component(name ${path} NAME)
  string(REPLACE "." "_" symbol ${name})
  file(READ ${path} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND tl_source_texts "static const unsigned char ${symbol}[] = {\n${bytes}0};\n")
  string(APPEND tl_source_rows "\t{\"${name}\", ${symbol}},\n")
endforeach()
file(CONFIGURE OUTPUT embedded/sources.c CONTENT "/* made from the files in scenarios */
#include \"story/sources.h\"

${tl_source_texts}
const struct source_text source_texts[] = {
${tl_source_rows}	{0},
};
")
target_sources(tl_story PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded/sources.c)
file(GLOB tl_lessons CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/story/lessons/*.c)
target_sources(tl_story PRIVATE ${tl_lessons})
