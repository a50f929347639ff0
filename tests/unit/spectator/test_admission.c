/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_each_refusal_has_its_status_and_code(void **state)
{
    (void)state;
    static const struct {
        enum admission_refusal refusal;
        enum status status;
        const char *code;
    } cases[] = {
        {ADMISSION_INVALID, STATUS_INVALID, "INVALID_INPUT"},
        {ADMISSION_NOT_SERVED, STATUS_INVALID, "INVALID_INPUT"},
        {ADMISSION_DRAINING, STATUS_UNAVAILABLE, "SPECTATOR_DRAINING"},
        {ADMISSION_MATCHES_FULL, STATUS_FULL, "SPECTATOR_FULL"},
        {ADMISSION_WAITING_FULL, STATUS_FULL, "SPECTATOR_FULL"},
        {ADMISSION_MATCH_FULL, STATUS_FULL, "GAME_FULL"},
        {ADMISSION_NOT_FOUND, STATUS_NOT_FOUND, "GAME_NOT_FOUND"},
    };
    assert_int_equal(sizeof cases / sizeof cases[0], ADMISSION_REFUSAL_COUNT);
    for (size_t i = 0; i < ADMISSION_REFUSAL_COUNT; i++) {
        const struct admission_refusal_row *row = admission_refusal_row(cases[i].refusal);
        assert_int_equal(row->status, cases[i].status);
        assert_string_equal(row->code, cases[i].code);
        assert_true(strlen(row->text) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_refusal_has_its_status_and_code)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
