# What a run leaves behind.
set(smoke $<TARGET_FILE:smmu-vp> run smoke)
system_test(NAME "smoke boots the driver and copies by DMA" STATUS 0 MATCH "OK" COMMAND ${smoke} --out ${work}/smoke)
system_test(NAME "lists are there for people and for scripts" STATUS 0 MATCH "\"name\": \"smoke\""
  COMMAND $<TARGET_FILE:smmu-vp> list scenarios --json)
system_test(NAME "a key can be explained" STATUS 0 MATCH "1..256" COMMAND $<TARGET_FILE:smmu-vp> explain cpu.count)

foreach(script deterministic interrupted readable)
  add_test(NAME "system: ${script}" COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:smmu-vp> -DOUT=${work}/${script}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/${script}.cmake)
  set_tests_properties("system: ${script}" PROPERTIES LABELS system TIMEOUT 300)
endforeach()
