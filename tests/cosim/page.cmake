# Compares a page of docs/ with the program that prints it: cmake -DPROGRAM=… -DPAGE=… -P page.cmake
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE printed RESULT_VARIABLE status)
file(READ ${PAGE} page)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "exit status ${status}\n${printed}")
endif()
if(NOT printed STREQUAL page)
  message(FATAL_ERROR "${PAGE} is not what ${PROGRAM} prints:\n${printed}")
endif()
