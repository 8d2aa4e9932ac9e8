# How viewers read a run's timeline and waves: checked by programs that share no code with the writers.

# viewer_test(NAME sentence CHECK file.py [STATUS n] [ARGUMENTS …] RUN …): a run, then a check of its outputs.
function(viewer_test)
  cmake_parse_arguments(ARG "" "NAME;CHECK;STATUS" "ARGUMENTS;RUN" ${ARGN})
  if(NOT DEFINED ARG_STATUS)
    set(ARG_STATUS 0)
  endif()
  string(MAKE_C_IDENTIFIER "${ARG_NAME}" folder)
  add_test(NAME "system: ${ARG_NAME}" COMMAND ${CMAKE_COMMAND} "-DRUN=$<TARGET_FILE:smmu-vp>;run;${ARG_RUN}"
    -DSTATUS=${ARG_STATUS} -DOUT=${work}/${folder}
    "-DCHECK=${Python3_EXECUTABLE};${CMAKE_CURRENT_SOURCE_DIR}/${ARG_CHECK};${work}/${folder};${ARG_ARGUMENTS}"
    -P ${CMAKE_CURRENT_SOURCE_DIR}/viewer.cmake)
  set_tests_properties("system: ${ARG_NAME}" PROPERTIES LABELS system TIMEOUT 300)
endfunction()

set(timeline CHECK timeline_check.py ARGUMENTS)
viewer_test(NAME "a viewer drops no slice of sva_lifecycle, and its arrows lead from faults and unmaps to their ends"
  ${timeline} --flow "stalled access" --flow "page request" --flow unmap --flow release RUN sva_lifecycle --waves off)
viewer_test(NAME "a viewer drops no slice of pri_storm" ${timeline} --flow "page request" --flow unmap RUN pri_storm
  --waves off)
viewer_test(NAME "a viewer drops no slice of unmaps by broadcast" ${timeline} --flow unmap RUN unmap_race --waves off
  --set smmu.features.btm=true --set driver.btm=true --set scenario.rounds=20)
viewer_test(NAME "a viewer drops no slice of an untimed run" ${timeline} --flow unmap RUN unmap_race --waves off
  --set timing.mode=untimed --set scenario.rounds=10)

viewer_test(NAME "waves show the arguments of commands, and the layout marks kill, quiesce and unbind"
  CHECK waves_check.py ARGUMENTS --until 400000000 RUN sva_lifecycle --waves vcd --wave-window :400us)
viewer_test(NAME "waves show when the first violation was found" STATUS 1 CHECK waves_check.py ARGUMENTS --violation
  RUN unmap_race --waves vcd --set scenario.rounds=3 --set driver.bug=no_tlbi)

add_test(NAME "system: the drawings in docs/waves are what their sources say" COMMAND ${Python3_EXECUTABLE}
  ${PROJECT_SOURCE_DIR}/docs/waves/draw.py --check)
set_tests_properties("system: the drawings in docs/waves are what their sources say" PROPERTIES LABELS system)
