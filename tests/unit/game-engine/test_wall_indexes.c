/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/game-engine/io/wall_indexes.h"

static void test_matches_of_a_map_share_its_index(void **state)
{
    (void)state;
    const struct map *arena = map_find("arena");
    const struct map *duel = map_find("duel");
    struct wall_indexes indexes = {0};
    const struct walls *walls = wall_indexes_find(&indexes, arena);
    assert_non_null(walls);
    assert_ptr_equal(walls->map, arena);
    const struct walls *others = wall_indexes_find(&indexes, duel);
    assert_ptr_equal(others->map, duel);
    assert_ptr_equal(wall_indexes_find(&indexes, arena), walls);
    assert_ptr_equal(wall_indexes_find(&indexes, duel), others);
    wall_indexes_free(&indexes);
    assert_null(indexes.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_of_a_map_share_its_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
