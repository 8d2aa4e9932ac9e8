# Wrong input: one clear line, exit status 2.
function(refused name match)
  system_test(NAME "${name}" STATUS 2 STDERR_LINES 1 MATCH "${match}" COMMAND $<TARGET_FILE:smmu-vp> ${ARGN})
endfunction()

file(WRITE ${work}/unknown_key.toml "[cpu]\ncuont = 3\n")
file(WRITE ${work}/wrong_type.toml "[cpu]\ncount = \"many\"\n")
file(WRITE ${work}/broken.toml "[cpu\n")

refused("an unknown scenario is refused" "unknown scenario 'nothing'" run nothing)
refused("an unknown key on the command line is refused with the nearest one" "did you mean 'cpu.count'"
  run smoke --set cpu.cuont=3)
refused("an unknown key in a file is refused with its line" "unknown_key.toml:2: unknown key 'cpu.cuont'"
  run smoke --config ${work}/unknown_key.toml)
refused("a wrong type in a file is refused with its line" "wrong_type.toml:2: cpu.count = 'many': expected an integer"
  run smoke --config ${work}/wrong_type.toml)
refused("a value out of range is refused with the range" "cpu.count = 0: expected an integer in 1..256"
  run smoke --set cpu.count=0)
refused("a file that is not TOML is refused" "broken.toml:1" run smoke --config ${work}/broken.toml)
refused("a directory in place of a file is refused" "is a directory" run smoke --config ${work})
refused("an endpoint that is no number is refused" "'N' is no endpoint" run smoke --set endpoint.N.queue_depth=3)
refused("an endpoint with a leading zero is refused" "'00' is no endpoint" run smoke --set endpoint.00.queue_depth=3)
refused("a missing workload is refused before anything runs" "scenario.victim: nofile.workload: cannot be opened"
  run sva_lifecycle --set scenario.victim=nofile.workload)
refused("a wave window without length is refused" "START before END" run smoke --wave-window 10us:10us)
refused("a register format that there is not is refused" "--format: nothing not in {ipxact,svd,c}" list registers --format nothing)
refused("a format for another list is refused" "--format is for registers" list events --format svd)
refused("a missing file is refused" "absent.toml" run smoke --config ${work}/absent.toml)
refused("a directory that cannot be made is refused" "/proc/none" run smoke --out /proc/none/out)
refused("a seed that is no number is refused" "--seed 'x': expected a whole number" run smoke --seed x)
refused("a wave window with an invalid time is refused" "not a time" run smoke --wave-window 1:banana)
refused("an explanation without a time is refused" "expected SID:SSID:VA:ACCESS@TIME" run smoke --explain 1:2:3:r)
refused("an explanation of no access is refused" "needs one of r, w and x" run smoke --explain 1:2:3:p@1us)
refused("a dump without a valid time is refused" "--dump-at banana: 'banana' is not a time" run smoke --dump-at banana)
refused("an unknown driver bug is refused" "driver.bug = 'no_such'" run smoke --set driver.bug=no_such)
refused("an unknown hardware bug is refused" "hardware.bug = 'no_such'" run smoke --set hardware.bug=no_such)
refused("a gauntlet of an unknown bug is refused" "--bug no_such: no such bug" run gauntlet --bug no_such)
refused("a run without a scenario is refused" "expected a scenario" run)
refused("an RTL cache is refused where TG and TTL bind" "smmu.invalidate = \"minimal\": expected smmu.tbu.tlb.impl"
  run smoke --set smmu.tbu.tlb.impl=lockstep --set smmu.invalidate=minimal)
refused("an RTL cache is refused with a bug of the reference cache" "hardware.bug = \"fill_outlives_invalidation\": expected"
  run unmap_race --set hardware.bug=fill_outlives_invalidation)
refused("an RTL size that was not built is refused with the available sizes" "64"
  run smoke --set smmu.tbu.tlb.impl=rtl --set smmu.tbu.tlb.sets=32)
refused("an unknown option is refused" "--nothing" run smoke --nothing)
refused("no command at all is refused" "subcommand")
refused("an unknown command is refused with the known ones" "unknown command 'frobnicate'; there are run, list" frobnicate)
refused("an unknown list is refused with the known ones" "unknown list 'bananas'; there are .*counters, latencies" list bananas)
refused("a negative seed is refused" "--seed '-1': expected a whole number" run smoke --seed=-1)
refused("a seed of 2^64 is refused" "--seed '18446744073709551616': expected a whole number" run smoke --seed 18446744073709551616)
refused("a wave window without either end is refused" "expected START:END" run smoke --wave-window :)
refused("an unknown part of a record is refused" "record 'events,kernel': expected a list of" run smoke --record events,kernel)
refused("waves that are asked for and left out are refused" "no waves with --record events" run smoke --record events --waves vcd)
refused("a wave window without waves is refused" "there are no waves" run smoke --waves off --wave-window 1us:2us)
refused("a misspelt topic is refused with near names" "did you mean S1DSS" explain S1DS)
refused("list config of an unknown scenario is refused" "unknown scenario 'nothing'" list config --scenario nothing)
refused("an unknown topic is refused" "nothing is called 'banana'" explain banana)
