# cmake -DFOLDER=... -P clear_reports.cmake: an empty folder for the reports of a run of the tests.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
