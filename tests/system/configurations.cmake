# Unusual configurations: scenarios work with them, or are refused before the run with the key.
function(carried name)
  system_test(NAME "${name}" STATUS 0 MATCH "OK"
    COMMAND $<TARGET_FILE:smmu-vp> run ${ARGN} --waves off --out ${work}/configuration_${name})
endfunction()
foreach(seed 1 2 3)
  carried("one CPU handles every fault and interrupt with seed ${seed}" sva_lifecycle --set cpu.count=1 --seed ${seed})
endforeach()
foreach(mode untimed loose)
  foreach(scenario sva_lifecycle pri_storm hostile_device flr_under_load)
    carried("${scenario} in ${mode} mode" ${scenario} --set timing.mode=${mode} --set timing.quantum_ns=100)
  endforeach()
endforeach()
carried("flr_under_load works with one lane" flr_under_load --set link.lanes=1 --set link.gen=1)
carried("sva_lifecycle with one lane kills under traffic or reports that there was none" sva_lifecycle --set link.lanes=1 --set link.gen=1)
carried("slow register reads delay only the reset" flr_under_load --set cpu.costs.mmio_read_ns=1000)
carried("every probe is answered with a PRI queue of two entries" sva_lifecycle --set smmu.features.priq_log2_max=1)
carried("ats_basic expects no more of an ATC with one way than it can hold" ats_basic --set endpoint.0.atc.ways=1)
carried("every part may begin at address 0: the BARs" sva_lifecycle --set pcie.window_base=0)
carried("every part may begin at address 0: the SMMU" sva_lifecycle --set smmu.base=0)
carried("every part may begin at address 0: RAM, after a page without it" sva_lifecycle --set memory.base=0x1000 --set memory.size=0x10000000)
carried("every part may begin at address 0: ECAM" sva_lifecycle --set pcie.ecam_base=0)
carried("every part may begin at address 0: platform devices" sva_lifecycle --set platform.devices_base=0)
carried("every part may begin at address 0: the MSI doorbell" sva_lifecycle --set platform.doorbell_base=0 --set driver.msi_sync=true)
carried("a 40-bit SMMU works with 40-bit CPUs" smoke --set smmu.features.oas_bits=40 --set cpu.pa_bits=40)

# With forced stalling phase 2 is not silent (6.3.1): accesses of a dead process's devices stall, are recorded and end.
add_test(NAME "system: if stalling is forced the quiesced cells stall and record"
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/forced_stalls.py $<TARGET_FILE:smmu-vp> ${work}/forced)
set_tests_properties("system: if stalling is forced the quiesced cells stall and record" PROPERTIES LABELS system TIMEOUT 300)

# refused_before_the_run(sentence, what the line says, scenario, settings…)
function(refused_before_the_run sentence says scenario)
  set(settings "")
  foreach(setting ${ARGN})
    list(APPEND settings --set ${setting})
  endforeach()
  system_test(NAME "${sentence}" STATUS 2 STDERR_LINES 1 MATCH "${says}"
    COMMAND $<TARGET_FILE:smmu-vp> run ${scenario} ${settings} --waves off --out ${work}/refused)
endfunction()
refused_before_the_run("fewer output bits than the CPUs have are named" "smmu.features.oas_bits = 40: sva_lifecycle needs 48"
  sva_lifecycle smmu.features.oas_bits=40)
refused_before_the_run("granules without the kernel's page size are named" "smmu.features.granules = .*driver.page_size"
  sva_lifecycle "smmu.features.granules=[\"16k\"]")
refused_before_the_run("an SMMU without page requests is named" "smmu.features.pri = false" smoke smmu.features.pri=false)
refused_before_the_run("an SMMU without stalls is named" "smmu.features.stall_model = 1.*endpoint.1" smoke smmu.features.stall_model=1)
refused_before_the_run("too few PASIDs are named" "smmu.features.ssid_bits = 1.*processes" pri_storm smmu.features.ssid_bits=1)
refused_before_the_run("a command queue that holds no batch is named" "smmu.features.cmdq_log2_max = 4" smoke
  smmu.features.cmdq_log2_max=4)
refused_before_the_run("a device without function 0 is reported" "endpoint.0.stream_id = 65535.*0xfff8" multi_endpoint
  endpoint.0.stream_id=65535)
refused_before_the_run("an endpoint of the wrong kind is reported" "endpoint.0.kind = .platform." flr_under_load endpoint.0.kind=platform)
refused_before_the_run("memory too small for the processes is named" "memory.size = 1048576" smoke memory.size=1048576)
refused_before_the_run("a time-out shorter than an honest device needs is named" "smmu.cmdq.atc_inv_timeout_ns = 1000" smoke
  smmu.cmdq.atc_inv_timeout_ns=1000)
refused_before_the_run("too few repetitions for a PRI queue that overflows are named" "endpoint.0.pri.retries = 1" pri_storm
  endpoint.0.pri.retries=1)
refused_before_the_run("a window too small for the BARs is named" "pcie.window_size = 1048576: multi_endpoint needs 0x" multi_endpoint
  pcie.window_size=0x100000)
refused_before_the_run("RAM beyond the CPUs' addresses is named" "cpu.pa_bits = .32." smoke cpu.pa_bits=32)
