// SPDX-License-Identifier: MIT-0
//
// faulty.c - tests/faulty.h for any program: cc -shared -fPIC tests/faulty.c -o faulty.so, and
// LD_PRELOAD=./faulty.so FAULTY="write 120 28" program. FAULTY is the call, which of them (or which byte) and
// the errno (0: kill the process); FAULTY_PATH a part of the names of the files, FAULTY_PIECE how many bytes
// are moved at a time, FAULTY_STACK how many bytes the stack of a thread has, FAULTY_LOG a file for a line
// about every call.

#include "faulty.h"

static long number_of(const char *name)
{
    const char *value = getenv(name);
    return value ? strtol(value, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *spec = getenv("FAULTY"), *path = getenv("FAULTY_PATH"), *log = getenv("FAULTY_LOG");
    char call[16] = "nothing";
    faulty_plan plan;
    memset(&plan, 0, sizeof plan);
    if (spec && sscanf(spec, "%15s %ld %d", call, &plan.at, &plan.error) != 3) abort();
    while (plan.call < FAULTY_CALLS && strcmp(faulty_name[plan.call], call)) plan.call++;
    if (plan.call == FAULTY_CALLS) abort();
    plan.again = plan.error != EINTR;
    plan.piece = (size_t)number_of("FAULTY_PIECE");
    plan.stack = (size_t)number_of("FAULTY_STACK");
    if (path) snprintf(plan.path, sizeof plan.path, "%s", path);
    if (log) faulty_log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    faulty_begin(&plan);
}
