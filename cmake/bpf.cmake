# SPDX-License-Identifier: MIT
# The kernel side: bpf/probe.bpf.c -> an object without debug information but with its BTF -> a
# header that carries it (a skeleton). Needs clang, bpftool and libbpf; without them everything else
# builds and the bpf source says that it was left out.
find_program(TL_BPF_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
find_program(TL_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin)
pkg_check_modules(LIBBPF IMPORTED_TARGET libbpf>=1.0)
pkg_check_modules(LIBDW IMPORTED_TARGET libdw libelf)

set(TL_BPF_ARCH_x86_64 x86)
set(TL_BPF_ARCH_AMD64 x86)
set(TL_BPF_ARCH_aarch64 arm64)
set(TL_BPF_ARCH ${TL_BPF_ARCH_${CMAKE_SYSTEM_PROCESSOR}})

set(tl_bpf_missing "")
if(NOT TL_BPF_CLANG)
  list(APPEND tl_bpf_missing clang)
endif()
if(NOT TL_BPFTOOL)
  list(APPEND tl_bpf_missing bpftool)
endif()
if(NOT LIBBPF_FOUND)
  list(APPEND tl_bpf_missing libbpf-dev)
endif()
if(NOT LIBDW_FOUND)
  list(APPEND tl_bpf_missing libdw-dev)
endif()
if(NOT TL_BPF_ARCH)
  list(APPEND tl_bpf_missing "a known machine (this is ${CMAKE_SYSTEM_PROCESSOR})")
endif()

get_target_property(tl_source_files tl_source SOURCES)
if(tl_bpf_missing)
  list(JOIN tl_bpf_missing ", " tl_bpf_missing)
  message(STATUS "The bpf source is left out; missing: ${tl_bpf_missing}")
  list(FILTER tl_source_files EXCLUDE REGEX "/source/(bpf|bpf_[a-z]+|libc_sites[a-z_]*|proc_code|proc_names|code_[a-z]+|unwind|stacks|lock_[a-z]+|uprobe[a-z_]*)\\.c$")
  list(APPEND tl_source_files ${CMAKE_SOURCE_DIR}/src/source/bpf_absent.c)
  set_target_properties(tl_source PROPERTIES SOURCES "${tl_source_files}")
else()
  list(FILTER tl_source_files EXCLUDE REGEX "/source/bpf_absent\\.c$")
  set_target_properties(tl_source PROPERTIES SOURCES "${tl_source_files}")

  set(tl_bpf_dir ${CMAKE_BINARY_DIR}/bpf)
  file(MAKE_DIRECTORY ${tl_bpf_dir})
  set(tl_bpf_includes "")
  foreach(dir ${LIBBPF_INCLUDE_DIRS})
    list(APPEND tl_bpf_includes -isystem ${dir})
  endforeach()
  foreach(object probe locks)
    add_custom_command(
      OUTPUT ${tl_bpf_dir}/${object}.full.o
      COMMAND ${TL_BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter
              -D__TARGET_ARCH_${TL_BPF_ARCH} ${tl_bpf_includes}
              -MD -MF ${tl_bpf_dir}/${object}.d -MT ${tl_bpf_dir}/${object}.full.o
              -c ${CMAKE_SOURCE_DIR}/bpf/${object}.bpf.c -o ${tl_bpf_dir}/${object}.full.o
      MAIN_DEPENDENCY ${CMAKE_SOURCE_DIR}/bpf/${object}.bpf.c
      DEPFILE ${tl_bpf_dir}/${object}.d
      COMMENT "Building bpf/${object}.bpf.c" VERBATIM)
    add_custom_command(
      OUTPUT ${tl_bpf_dir}/${object}.bpf.o # linking drops what only a debugger reads
      COMMAND ${TL_BPFTOOL} gen object ${tl_bpf_dir}/${object}.bpf.o ${tl_bpf_dir}/${object}.full.o
      DEPENDS ${tl_bpf_dir}/${object}.full.o VERBATIM)
    add_custom_command(
      OUTPUT ${tl_bpf_dir}/${object}.skel.h
      COMMAND ${TL_BPFTOOL} gen skeleton ${tl_bpf_dir}/${object}.bpf.o name ${object} > ${tl_bpf_dir}/${object}.skel.h
      DEPENDS ${tl_bpf_dir}/${object}.bpf.o VERBATIM)
  endforeach()
  add_custom_target(tl_bpf_skeleton DEPENDS ${tl_bpf_dir}/probe.skel.h ${tl_bpf_dir}/locks.skel.h)
  add_dependencies(tl_source tl_bpf_skeleton)
  target_include_directories(tl_source SYSTEM PRIVATE ${tl_bpf_dir})
  target_link_libraries(tl_source PUBLIC PkgConfig::LIBBPF PkgConfig::LIBDW)
endif()
