# Recorded programs: every page size, unmaps, and files that are no workloads.
foreach(size 16k 64k)
  foreach(scenario sva_lifecycle invalidation_cost unmap_race ats_basic pri_storm multi_endpoint flr_under_load
          hostile_device smoke)
    foreach(seed 1 2)
      system_test(NAME "${scenario} is clean with pages of ${size} and seed ${seed}" STATUS 0 MATCH "OK"
        COMMAND $<TARGET_FILE:smmu-vp> run ${scenario} --waves off --seed ${seed} --set driver.page_size=${size}
          --out ${work}/pages_${size}_${scenario}_${seed})
    endforeach()
  endforeach()
endforeach()
foreach(size 4k 16k 64k)
  add_test(NAME "system: a recorded unmap invalidates while the device continues to work, with pages of ${size}"
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/recorded_unmap.py $<TARGET_FILE:smmu-vp>
      ${work}/recorded_unmap_${size} ${size})
  set_tests_properties("system: a recorded unmap invalidates while the device continues to work, with pages of ${size}"
    PROPERTIES LABELS system TIMEOUT 300)
endforeach()
system_test(NAME "the report says how much of a workload was replayed and why not all" STATUS 0
  MATCH "4000 of 250000 accesses[ \n]+.scenario.max_accesses." COMMAND $<TARGET_FILE:smmu-vp> run sva_lifecycle --waves off
    --out ${work}/replayed)
file(WRITE ${work}/no.workload "SMMUVPWL")
refused("a file that is no workload is refused with its name and offset" "no.workload: offset 0: not a workload file"
  run sva_lifecycle --set scenario.victim=${work}/no.workload)
refused("a missing program cannot be recorded" "no_such_program: there is no such program in PATH"
  record -o ${work}/none.workload -- no_such_program)
