/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/game/rules/rules.h"
#include "libcommon/game/world/input.h"

static struct input random_input(struct random *random)
{
    uint32_t shift = random_below(random, 32);
    return (struct input){
        .sequence = random_u32(random) >> shift,
        .tick = random_u32(random) >> random_below(random, 32),
        .buttons = (uint16_t)random_below(random, INPUT_BUTTONS + 1),
        .aim = (uint16_t)random_u32(random),
        .weapon = (uint8_t)random_below(random, WEAPON_COUNT),
        .seen_tick = random_u32(random) >> random_below(random, 33) % 32,
    };
}

static void assert_same(const struct input *a, const struct input *b)
{
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->tick, b->tick);
    assert_int_equal(a->buttons, b->buttons);
    assert_int_equal(a->aim, b->aim);
    assert_int_equal(a->weapon, b->weapon);
    assert_int_equal(a->seen_tick, b->seen_tick);
}

static void test_random_inputs_come_back_in_few_bytes(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1, 1);
    for (int i = 0; i < 20000; i++) {
        struct input input = random_input(&random);
        uint8_t bytes[INPUT_BYTES_MAX];
        size_t size = 0;
        assert_int_equal(input_encode(&input, bytes, sizeof bytes, &size), STATUS_OK);
        struct input decoded;
        assert_int_equal(input_decode(bytes, size, &decoded), STATUS_OK);
        assert_same(&input, &decoded);
    }
    struct input usual = {.sequence = 3600, .tick = 3700, .buttons = INPUT_UP, .aim = 12345};
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size = 0;
    assert_int_equal(input_encode(&usual, bytes, sizeof bytes, &size), STATUS_OK);
    assert_in_range(size, 1, 7);
}

static void test_golden_bytes_are_those_of_the_document(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x02, 0x80, 0x40, 0x44, 0x23, 0x21};
    const struct input input = {
        .sequence = 1, .tick = 2, .buttons = INPUT_UP | INPUT_FIRE, .aim = 0x1234, .weapon = WEAPON_SHOTGUN};
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size = 0;
    assert_int_equal(input_encode(&input, bytes, sizeof bytes, &size), STATUS_OK);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void test_truncation_and_additions_are_refused(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 2, 1);
    for (int i = 0; i < 2000; i++) {
        struct input input = random_input(&random);
        uint8_t bytes[INPUT_BYTES_MAX + 1] = {0};
        size_t size = 0;
        assert_int_equal(input_encode(&input, bytes, INPUT_BYTES_MAX, &size), STATUS_OK);
        struct input decoded;
        for (size_t cut = 0; cut < size; cut++) {
            assert_int_not_equal(input_decode(bytes, cut, &decoded), STATUS_OK);
        }
        assert_int_not_equal(input_decode(bytes, size + 1, &decoded), STATUS_OK);
        assert_int_equal(input_encode(&input, bytes, size - 1, &size), STATUS_FULL);
    }
}

static void test_whatever_is_accepted_has_one_encoding(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 3, 1);
    uint32_t accepted = 0;
    for (int i = 0; i < 200000; i++) {
        uint8_t bytes[12] = {0};
        size_t size = 5 + random_below(&random, 8);
        for (size_t k = 0; k < size; k++) {
            bytes[k] = (uint8_t)random_u32(&random);
        }
        bytes[size - 1] &= (uint8_t)random_u32(&random) & 0x0f;
        struct input input;
        if (input_decode(bytes, size, &input) == STATUS_OK) {
            uint8_t again[INPUT_BYTES_MAX];
            size_t again_size = 0;
            assert_true(input_is_valid(&input));
            assert_int_equal(input_encode(&input, again, sizeof again, &again_size), STATUS_OK);
            assert_int_equal(again_size, size);
            assert_memory_equal(again, bytes, size);
            accepted++;
        }
    }
    assert_true(accepted > 100);
}

static void test_unknown_weapons_are_refused(void **state)
{
    (void)state;
    for (uint8_t weapon = 0; weapon < (uint8_t)WEAPON_COUNT; weapon++) {
        assert_true(input_is_valid(&(struct input){.weapon = weapon}));
    }
    assert_false(input_is_valid(&(struct input){.weapon = WEAPON_COUNT}));
    assert_false(input_is_valid(&(struct input){.weapon = 255}));
    assert_false(input_is_valid(&(struct input){.buttons = 64}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_inputs_come_back_in_few_bytes),
        cmocka_unit_test(test_golden_bytes_are_those_of_the_document),
        cmocka_unit_test(test_truncation_and_additions_are_refused),
        cmocka_unit_test(test_whatever_is_accepted_has_one_encoding),
        cmocka_unit_test(test_unknown_weapons_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
