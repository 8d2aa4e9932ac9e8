# What a run leaves behind.
set(smoke $<TARGET_FILE:smmu-vp> run smoke)
system_test(NAME "smoke boots the driver and copies by DMA" STATUS 0 MATCH "OK" COMMAND ${smoke} --out ${work}/smoke)
system_test(NAME "lists are there for people and for scripts" STATUS 0 MATCH "\"name\": \"smoke\""
  COMMAND $<TARGET_FILE:smmu-vp> list scenarios --json)
system_test(NAME "a key can be explained" STATUS 0 MATCH "1..256" COMMAND $<TARGET_FILE:smmu-vp> explain cpu.count)
system_test(NAME "every fact of events.jsonl is listed with its fields" STATUS 0 MATCH "transaction \\(number\\)"
  COMMAND $<TARGET_FILE:smmu-vp> list facts)
# A scenario that is cut short, or gives up, leaves open files and faults under way behind.
foreach(scenario sva_lifecycle flr_under_load pri_storm)
  system_test(NAME "${scenario} ends in order when its time is up" STATUS 1 MATCH "was not over within time_limit_ns"
    COMMAND $<TARGET_FILE:smmu-vp> run ${scenario} --waves off --set time_limit_ns=100000 --out ${work}/${scenario}_cut)
endforeach()
system_test(NAME "sva_lifecycle ends in order without the page requests it needs" STATUS 1 MATCH "expectations failed"
  COMMAND $<TARGET_FILE:smmu-vp> run sva_lifecycle --waves off --set smmu.features.pri=false --out ${work}/no_pri)
system_test(NAME "unmap_race is a race in untimed mode too" STATUS 0 MATCH "OK"
  COMMAND $<TARGET_FILE:smmu-vp> run unmap_race --waves off --set timing.mode=untimed --set scenario.rounds=10
    --out ${work}/untimed)

foreach(script deterministic interrupted readable)
  add_test(NAME "system: ${script}" COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:smmu-vp> -DOUT=${work}/${script}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/${script}.cmake)
  set_tests_properties("system: ${script}" PROPERTIES LABELS system TIMEOUT 300)
endforeach()
