# One static library per room: kgrca_<room>, built from src/<room>/*.cc, seen through include/kgrca/<room>/.
# The rooms and libraries named here are the only ones its sources may include (tests/arch checks the same table).

add_library(kgrca_flags INTERFACE)
target_compile_options(kgrca_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough -Werror -fstack-protector-strong -pthread)
target_compile_definitions(kgrca_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_REGEX KGRCA_VERSION="${PROJECT_VERSION}")
target_include_directories(kgrca_flags INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_link_options(kgrca_flags INTERFACE -fuse-ld=mold)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these on correct optional and string code once it inlines; the sanitizers look for the real ones.
  target_compile_options(kgrca_flags INTERFACE -Wno-null-dereference -Wno-restrict -Wno-array-bounds
    -Wno-stringop-overflow -Wno-stringop-overread)
  # ccache can tell what a precompiled header holds only with it.
  target_compile_options(kgrca_flags INTERFACE -fpch-preprocess)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(kgrca_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
if(KGRCA_SANITIZE)
  target_compile_options(kgrca_flags INTERFACE -fsanitize=${KGRCA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(kgrca_flags INTERFACE -fsanitize=${KGRCA_SANITIZE})
endif()

function(kgrca_link target)
  cmake_parse_arguments(ARG "" "" "ROOMS;LIBS" ${ARGN})
  target_link_libraries(${target} PUBLIC kgrca_flags)
  foreach(room ${ARG_ROOMS})
    target_link_libraries(${target} PUBLIC kgrca_${room})
  endforeach()
  # Headers of other projects are not held to our warnings.
  foreach(lib ${ARG_LIBS})
    get_target_property(dirs ${lib} INTERFACE_INCLUDE_DIRECTORIES)
    if(dirs)
      target_include_directories(${target} SYSTEM PUBLIC ${dirs})
    endif()
  endforeach()
  target_link_libraries(${target} PUBLIC ${ARG_LIBS})
  if(KGRCA_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND "Boost::headers" IN_LIST ARG_LIBS)
    # Asio's fences, which the sanitizer does not know, stand beside locks that it does.
    target_compile_options(${target} PUBLIC -Wno-tsan)
  endif()
endfunction()

# kgrca_embed(<out-list> <file> <symbol>): the file's text as `kgrca::embedded::<symbol>`, a std::string_view.
function(kgrca_embed out file symbol)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  file(READ ${CMAKE_SOURCE_DIR}/${file} text)
  set(generated ${CMAKE_BINARY_DIR}/embedded/${symbol}.cc)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT "#include <string_view>
namespace kgrca::embedded {
extern const std::string_view ${symbol};
const std::string_view ${symbol} = R\"kgrca(@text@)kgrca\";
}
")
  set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  set(${out} ${${out}} ${generated} PARENT_SCOPE)
endfunction()

function(kgrca_room name)
  cmake_parse_arguments(ROOM "" "" "EMBED" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  foreach(item ${ROOM_EMBED})
    string(REPLACE "=" ";" parts ${item})
    list(GET parts 0 symbol)
    list(GET parts 1 file)
    kgrca_embed(sources ${file} ${symbol})
  endforeach()
  if(NOT sources)
    add_library(kgrca_${name} INTERFACE)
    return()
  endif()
  add_library(kgrca_${name} STATIC ${sources})
  set_target_properties(kgrca_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(kgrca_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  kgrca_link(kgrca_${name} ${ROOM_UNPARSED_ARGUMENTS})
  kgrca_precompiled(kgrca_${name} kgrca_std_pch)
endfunction()

# The program: src/<name>/main.cc and a library of the rest, so that tests reach its parts.
function(kgrca_program name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/src/${name}/main.cc)
  add_library(kgrca_${name} STATIC ${sources})
  target_include_directories(kgrca_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  kgrca_link(kgrca_${name} ${ARGN})
  kgrca_precompiled(kgrca_${name} kgrca_std_pch)
  add_executable(kgrca ${CMAKE_SOURCE_DIR}/src/${name}/main.cc)
  set_target_properties(kgrca PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_include_directories(kgrca PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(kgrca PRIVATE kgrca_${name})
  if(NOT KGRCA_SANITIZE)
    # It stands in for malloc in the whole program though no source names it, so the linker must not leave it out.
    target_link_libraries(kgrca PRIVATE -Wl,--no-as-needed mimalloc -Wl,--as-needed)
  endif()
endfunction()
