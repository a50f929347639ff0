/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_case.h - which case of a loop a test is at: what a failed assertion says besides its line.
 *
 * Linked into every test program, where it also makes a failed REQUIRE print its expression and place.
 */
#ifndef MMA_TESTS_SUPPORT_TEST_CASE_H
#define MMA_TESTS_SUPPORT_TEST_CASE_H

#include "libcommon/base/status.h"

/* Until the next call, or for good with "". */
void test_case(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
