/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test_case.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char current[256];

void test_case(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(current, sizeof current, format, arguments);
    va_end(arguments);
}

/* Stands before cmocka's own, which every one of its assertions calls when it fails. */
__attribute__((visibility("default"))) void _fail(const char *const file, const int line)
{
    if (current[0]) {
        print_error("in the case: %s\n", current);
        current[0] = '\0';
    }
    void *next = dlsym(RTLD_NEXT, "_fail");
    if (next) {
        void (*fail_in_cmocka)(const char *, int) = NULL;
        *(void **)&fail_in_cmocka = next;
        fail_in_cmocka(file, line);
    }
    abort();
}

static void on_required(const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: required, and not so: %s%s%s\n", file, line, expression,
                  current[0] ? "; in the case: " : "", current);
}

__attribute__((constructor)) static void set_handler(void)
{
    status_set_require_handler(on_required);
}
