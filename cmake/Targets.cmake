# SPDX-License-Identifier: GPL-3.0-or-later
# One function for each kind of target. A folder is one library; what it links is what it may include.

# mainstay_library(NAME SOURCES file… [LINK target…] [QT] [APART])
# QT: the folder uses Qt, so headers go through moc. APART: its files call things of their own by the same names, and are
# not compiled together where that is done (CMAKE_UNITY_BUILD).
function(mainstay_library name)
    cmake_parse_arguments(arg "QT;APART" "" "SOURCES;LINK" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC mainstay_flags ${arg_LINK})
    set_target_properties(${name} PROPERTIES AUTOMOC ${arg_QT})
    if(arg_APART)
        set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
    endif()
endfunction()

# The same for a folder of headers alone.
function(mainstay_header_library name)
    cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE mainstay_flags ${arg_LINK})
endfunction()

# mainstay_program(NAME SOURCES file… [LINK target…] [QT])
function(mainstay_program name)
    cmake_parse_arguments(arg "QT" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE mainstay_flags ${arg_LINK})
    set_target_properties(${name} PROPERTIES AUTOMOC ${arg_QT})
endfunction()

# mainstay_test(NAME SOURCES file… [LINK target…] [LABEL unit|integration|conformance|layering] [TIMEOUT seconds]
#               [SERIAL] [WIDGETS])
# A Qt Test program, run as a ctest test of the same name. The environment names the programs under test and the
# source tree, so that a test can run from a staged copy of both. Each NAME_test.cpp includes NAME_test.moc.
# WIDGETS: it links Qt's widgets, with which QTest's headers read otherwise than in the other tests.
function(mainstay_test name)
    cmake_parse_arguments(arg "SERIAL;WIDGETS" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE mainstay_flags mainstay_test_flags ${arg_LINK})
    foreach(source IN LISTS arg_SOURCES)
        if(source MATCHES "_test\\.cpp$")
            cmake_path(GET source STEM stem)
            qt_generate_moc(${source} ${CMAKE_CURRENT_BINARY_DIR}/${stem}.moc TARGET ${name})
            target_sources(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${stem}.moc)
            target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
        endif()
    endforeach()
    if(NOT arg_WIDGETS)
        target_precompile_headers(${name} REUSE_FROM mainstay_test_headers)
    endif()
    if(NOT arg_LABEL)
        set(arg_LABEL unit)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
    if(arg_WIDGETS AND MAINSTAY_SANITIZERS MATCHES thread)
        set_tests_properties(${name} PROPERTIES ENVIRONMENT_MODIFICATION
            "TSAN_OPTIONS=set:die_after_fork=0 suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan_widgets.supp")
    endif()
    if(arg_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()

# mainstay_fuzzer(NAME SOURCES file… [LINK target…])
# A libFuzzer target fuzz_NAME with its corpus in tests/fuzz/corpus/NAME. Outside the fuzz preset it is linked with
# a driver that replays the corpus, as the ctest test of the same name.
function(mainstay_fuzzer name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    set(target fuzz_${name})
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    if(MAINSTAY_FUZZ)
        add_executable(${target} ${arg_SOURCES})
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    else()
        add_executable(${target} ${arg_SOURCES} ${CMAKE_SOURCE_DIR}/tests/support/replay_main.cpp)
        add_test(NAME ${target} COMMAND ${target} ${corpus})
        set_tests_properties(${target} PROPERTIES LABELS fuzz TIMEOUT 120)
    endif()
    target_link_libraries(${target} PRIVATE mainstay_flags ${arg_LINK})
endfunction()
