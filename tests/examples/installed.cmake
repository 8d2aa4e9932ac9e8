# cmake --install into a scratch prefix, then builds the examples with it by find_package and pkg-config, and runs the
# installed program.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ${status}\n${out}${err}")
  endif()
endfunction()

set(prefix ${SCRATCH}/prefix)
file(REMOVE_RECURSE ${SCRATCH})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
foreach(file include/smmu_vp.h bin/smmu-vp share/smmu-vp/workloads/gzip.workload share/smmu-vp/waves/filters/command.txt
    share/smmu-vp/python/smmu_vp_client.py share/smmu-vp/examples/c/bring_up.c)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()

foreach(example c systemc_platform)
  run(${CMAKE_COMMAND} -S ${prefix}/share/smmu-vp/examples/${example} -B ${SCRATCH}/${example} -DCMAKE_PREFIX_PATH=${prefix}
    "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}" "-DCMAKE_C_FLAGS=${C_FLAGS}")
  run(${CMAKE_COMMAND} --build ${SCRATCH}/${example})
endforeach()
run(${SCRATCH}/c/bring_up)
run(${SCRATCH}/systemc_platform/own_platform)

find_program(PKG_CONFIG pkg-config REQUIRED)
file(GLOB_RECURSE pc ${prefix}/lib/smmu_vp.pc)
if(NOT pc)
  message(FATAL_ERROR "smmu_vp.pc is not installed")
endif()
get_filename_component(directory ${pc} DIRECTORY)
run(sh -c "export PKG_CONFIG_PATH=${directory} && cc ${C_FLAGS} -std=c11 -o ${SCRATCH}/by_pkg_config \
  ${prefix}/share/smmu-vp/examples/c/bring_up.c $(${PKG_CONFIG} --cflags --libs smmu_vp)")
run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${directory}/.. ${SCRATCH}/by_pkg_config)
run(${prefix}/bin/smmu-vp run smoke --quiet --out ${SCRATCH}/out --waves off)
