/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/hash.h"

static uint64_t hash_of(const void *bytes, size_t size)
{
    struct hash hash;
    hash_init(&hash, 1);
    hash_bytes(&hash, bytes, size);
    return hash_finish(&hash);
}

static void test_every_bit_of_a_word_changes_about_half_the_hash(void **state)
{
    (void)state;
    uint64_t total = 0;
    for (int bit = 0; bit < 64; bit++) {
        struct hash a;
        struct hash b;
        hash_init(&a, 7);
        hash_init(&b, 7);
        hash_u64(&a, 0x1234);
        hash_u64(&b, 0x1234 ^ (1ull << bit));
        int changed = __builtin_popcountll(hash_finish(&a) ^ hash_finish(&b));
        assert_in_range(changed, 12, 52);
        total += (uint64_t)changed;
    }
    assert_in_range(total / 64, 28, 36);
}

static void test_length_and_order_matter(void **state)
{
    (void)state;
    const uint8_t zeros[16] = {0};
    for (size_t size = 0; size < 16; size++) {
        assert_true(hash_of(zeros, size) != hash_of(zeros, size + 1));
    }
    struct hash a;
    struct hash b;
    hash_init(&a, 0);
    hash_init(&b, 0);
    hash_u64(&a, 1);
    hash_u64(&a, 2);
    hash_u64(&b, 2);
    hash_u64(&b, 1);
    assert_true(hash_finish(&a) != hash_finish(&b));
}

static void test_bytes_are_hashed_as_little_endian_words(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct hash words;
    hash_init(&words, 1);
    hash_u64(&words, 0x0807060504030201u);
    hash_u64(&words, 9);
    hash_u64(&words, 9);
    assert_true(hash_of(bytes, sizeof bytes) == hash_finish(&words));
}

static void test_text_is_hashed_without_its_nul_and_by_the_seed(void **state)
{
    (void)state;
    struct hash bytes;
    hash_init(&bytes, 3);
    hash_bytes(&bytes, "tcp://10.0.0.1:7001", 19);
    assert_true(hash_text(3, "tcp://10.0.0.1:7001") == hash_finish(&bytes));
    assert_true(hash_text(3, "tcp://10.0.0.1:7001") != hash_text(4, "tcp://10.0.0.1:7001"));
    static const char nothing[] = "\0behind the end";
    struct hash empty;
    hash_init(&empty, 3);
    hash_bytes(&empty, "", 0);
    assert_true(hash_text(3, nothing) == hash_finish(&empty));
    assert_true(hash_text(3, "") != hash_text(3, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bit_of_a_word_changes_about_half_the_hash),
        cmocka_unit_test(test_length_and_order_matter),
        cmocka_unit_test(test_bytes_are_hashed_as_little_endian_words),
        cmocka_unit_test(test_text_is_hashed_without_its_nul_and_by_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
