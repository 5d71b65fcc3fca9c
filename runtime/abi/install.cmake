# What is installed, and what CPack packs. One layout wherever it lies: programs and libraries find one another, and what
# they load, from where they are themselves, so that the folder can be moved.
#
#   bin/                      ganymede, ganymede-editor
#   lib/                      libganymede.so
#   lib/ganymede/             what it and the programs load: our modules, OpenVINO's run time, its oneTBB
#   lib/frei0r-1/             plugins for frei0r's hosts
#   lib/cmake, lib/pkgconfig  for who builds against it
#   include/ganymede/         gan.h, gan_node.h
#   share/ganymede/           patches, models, examples, a template of a plugin
#   share/doc/ganymede/       what it needs, and licences
#
# Not the trainer, nor LibTorch, which is ten times as large as all of this: both are used from the build folder.

# ---- Programs and libraries ----

install(TARGETS gan ganymede ganymede-editor RUNTIME DESTINATION bin LIBRARY DESTINATION lib)
set_target_properties(gan PROPERTIES INSTALL_RPATH "$ORIGIN/ganymede")
set_target_properties(ganymede ganymede-editor PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/ganymede")
install(TARGETS gan_glsl gan_media LIBRARY DESTINATION lib/ganymede)
install(TARGETS ganymede-scan RUNTIME DESTINATION lib/ganymede)
# All that must be built before `cmake --install` or cpack, and no more.
add_custom_target(installed DEPENDS gan ganymede ganymede-editor ganymede-scan gan_glsl gan_media)
foreach(plugin IN ITEMS gan_frei0r_source gan_frei0r_filter)
    if(TARGET ${plugin})
        install(TARGETS ${plugin} LIBRARY DESTINATION lib/frei0r-1)
        set_target_properties(${plugin} PROPERTIES INSTALL_RPATH "$ORIGIN/..")
        add_dependencies(installed ${plugin})
    endif()
endforeach()
install(FILES runtime/abi/gan.h DESTINATION include/ganymede)
install(FILES runtime/abi/gan_node.h DESTINATION include/ganymede OPTIONAL)

# Of OpenVINO, what runs networks on processors: it finds its plugins beside itself, as oneTBB finds its allocator, and
# hwloc for machines with processors of several kinds.
get_target_property(openvino_library openvino::runtime IMPORTED_LOCATION_RELEASE)
cmake_path(GET openvino_library PARENT_PATH openvino_folder)
set(openvino_files ${openvino_library})
foreach(name IN ITEMS libopenvino_intel_cpu_plugin.so libtbb.so.12 libtbbmalloc.so.2 libtbbbind_2_5.so.3 libhwloc.so.15)
    list(APPEND openvino_files ${openvino_folder}/${name})
endforeach()
install(FILES ${openvino_files} DESTINATION lib/ganymede)

# ---- Files ----

# The other two models are for the trainer and for tests.
install(DIRECTORY assets/ DESTINATION share/ganymede
    PATTERN random-64.safetensors EXCLUDE
    PATTERN texture-features.safetensors EXCLUDE)
if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/nodes/template)
    install(DIRECTORY nodes/template DESTINATION share/ganymede)
endif()

# What Debian's libraries are called of which it links, as the .deb itself knows; tests/package_test compares.
set(debian_packages
    libavcodec59 libavfilter8 libavformat59 libavutil57 libfmt9 libglfw3 libjpeg62-turbo libmuparser2v5 libpng16-16 libssl3
    libstb0 libwebp7 libzip4)
list(JOIN debian_packages " " debian_packages)
configure_file(${CMAKE_CURRENT_LIST_DIR}/package.md.in package.md @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/package.md DESTINATION share/doc/ganymede RENAME README.md)
install(FILES docs/gan.md docs/gan_node.md DESTINATION share/doc/ganymede OPTIONAL)

# Licences: ours, those of the wheel, and of what Debian has as headers or static libraries, which is inside of ours.
install(FILES LICENSE DESTINATION share/doc/ganymede RENAME copyright)
file(GLOB openvino_licences ${openvino_folder}/../../openvino-*.dist-info/licenses/LICENSE
    ${openvino_folder}/../../openvino-*.dist-info/licenses/licensing/*.txt)
foreach(licence IN LISTS openvino_licences)
    cmake_path(GET licence STEM name)
    string(REGEX REPLACE "^LICENSE$" "openvino" name ${name})
    install(FILES ${licence} DESTINATION share/doc/ganymede/licences RENAME ${name}.txt)
endforeach()
foreach(package IN ITEMS glslang-dev libboost-dev libcli11-dev libfmt-dev libimgui-dev librandom123-dev libstb-dev libtbb-dev
        libvulkan-dev libvulkan-volk-dev nlohmann-json3-dev rapidjson-dev spirv-tools)
    string(REGEX REPLACE "^lib|-dev$" "" name ${package})
    install(FILES /usr/share/doc/${package}/copyright DESTINATION share/doc/ganymede/licences RENAME ${name}.txt OPTIONAL)
endforeach()

# ---- For who builds against it ----

include(CMakePackageConfigHelpers)
configure_file(${CMAKE_CURRENT_LIST_DIR}/GanymedeConfig.cmake.in GanymedeConfig.cmake @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/ganymede.pc.in ganymede.pc @ONLY)
write_basic_package_version_file(GanymedeConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/GanymedeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/GanymedeConfigVersion.cmake
    DESTINATION lib/cmake/Ganymede)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ganymede.pc DESTINATION lib/pkgconfig)

# ---- Packages ----

set(CPACK_GENERATOR TGZ DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
string(TOLOWER ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR} system)
set(CPACK_PACKAGE_FILE_NAME ganymede-${PROJECT_VERSION}-${system})
set(CPACK_PACKAGE_NAME ganymede)
set(CPACK_PACKAGE_VENDOR "The Ganymede authors")
set(CPACK_PACKAGE_CONTACT "The Ganymede authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "pictures from BigGANs, fast enough to play live")
set(CPACK_PACKAGE_DESCRIPTION "Ganymede opens BigGAN and BigGAN-deep checkpoints and plays them on the processor, as a graph of nodes:
in an editor, as video files, and inside other programs, through a library with a C interface and plugins for frei0r's hosts.
OpenVINO's run time for processors is inside. The trainer is not.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${openvino_folder})
# What is opened when it is there: Vulkan for picture nodes, and fonts.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libvulkan1, mesa-vulkan-drivers | vulkan-icd, fonts-dejavu-core, fonts-inter, fonts-jetbrains-mono")
include(CPack)
