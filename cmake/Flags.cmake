# SPDX-License-Identifier: GPL-3.0-or-later
# One INTERFACE target carries the flags of the whole project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(MAINSTAY_FUZZ "Build the fuzz targets with libFuzzer (clang)" OFF)
set(MAINSTAY_SANITIZERS "" CACHE STRING "Value of -fsanitize=, empty for none")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Precompiled headers are cached only where it is told what they may differ in.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(mainstay_flags INTERFACE)
target_compile_features(mainstay_flags INTERFACE cxx_std_20)
target_compile_options(mainstay_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wconversion
    -Wno-sign-conversion
    # GCC 12 takes string concatenation for overlapping copies and optional values for unset ones.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overread -Wno-stringop-overflow>
    # Of files compiled together it takes what is nameless for something in a header.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
    -fno-omit-frame-pointer -fstack-protector-strong)
target_compile_definitions(mainstay_flags INTERFACE
    MAINSTAY_VERSION="${PROJECT_VERSION}" QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS)
if(NOT MAINSTAY_SANITIZERS STREQUAL "")
    target_compile_options(mainstay_flags INTERFACE -fsanitize=${MAINSTAY_SANITIZERS} -fno-sanitize-recover=all)
    target_link_options(mainstay_flags INTERFACE -fsanitize=${MAINSTAY_SANITIZERS})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(mainstay_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    target_link_options(mainstay_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
