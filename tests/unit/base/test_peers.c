/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct peers peers;

/* As an entry of the registry: a URL amid other things. */
struct listed {
    uint64_t before;
    char mailbox[PEERS_URL_MAX];
    uint32_t after;
};

static struct peer_list list_of(const struct listed *entries, uint32_t count)
{
    return (struct peer_list){
        .first = count > 0 ? entries[0].mailbox : NULL, .stride = sizeof(struct listed), .count = count};
}

static int setup(void **state)
{
    (void)state;
    memset(&peers, 0, sizeof(peers));
    return 0;
}

static void test_peer_keeps_its_index_until_its_last_holder_lets_go(void **state)
{
    (void)state;
    uint32_t first = peers_hold(&peers, "tcp://a:1");
    assert_int_equal(peers_hold(&peers, "tcp://b:1"), first + 1);
    assert_int_equal(peers_hold(&peers, "tcp://a:1"), first);
    peers_release(&peers, first);
    assert_int_equal(peers_find(&peers, "tcp://a:1"), first);
    peers_release(&peers, first);
    assert_int_equal(peers_find(&peers, "tcp://a:1"), PEERS_NONE);
    assert_int_equal(peers_hold(&peers, "tcp://c:1"), first); /* the place is used again */
    assert_int_equal(peers_find(&peers, "tcp://b:1"), first + 1);
}

static void test_peer_past_the_last_place_is_refused(void **state)
{
    (void)state;
    char url[PEERS_URL_MAX];
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        (void)snprintf(url, sizeof url, "tcp://host:%u", i);
        assert_int_equal(peers_hold(&peers, url), i);
    }
    assert_int_equal(peers_hold(&peers, "tcp://one:1"), PEERS_NONE);
    assert_int_equal(peers_hold(&peers, "tcp://host:7"), 7);
    peers_release(&peers, 9);
    assert_int_equal(peers_hold(&peers, "tcp://one:1"), 9);
}

static void test_url_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char url[PEERS_URL_MAX + 1];
    memset(url, 'x', sizeof url);
    url[PEERS_URL_MAX] = '\0';
    assert_int_equal(peers_hold(&peers, url), PEERS_NONE);
    assert_int_equal(peers.used, 0);
    url[PEERS_URL_MAX - 1] = '\0';
    assert_int_equal(peers_hold(&peers, url), 0);
    assert_string_equal(peers.items[0].mailbox, url);
}

static void test_peer_that_was_listed_and_is_missing_for_longer_than_the_limit_is_gone(void **state)
{
    (void)state;
    const struct listed listed[] = {{.mailbox = "tcp://b:1"}, {.mailbox = "tcp://a:1"}};
    struct peer_list all = list_of(listed, 2), one = list_of(listed, 1);
    uint32_t peer = peers_hold(&peers, "tcp://a:1");
    assert_true(peers_follow(&peers, &all, 1, 0, 0)); /* 0 is a time like any other */
    assert_true(peers_follow(&peers, &one, 1, 0, 0));
    assert_false(peers_is_gone(&peers, peer, PEERS_GONE_MS));
    assert_true(peers_is_gone(&peers, peer, PEERS_GONE_MS + 1));
    assert_true(peers_follow(&peers, &one, 1, 0, 4000)); /* still missing since 0 */
    assert_true(peers_is_gone(&peers, peer, PEERS_GONE_MS + 1));
    assert_true(peers_follow(&peers, &all, 1, 0, PEERS_GONE_MS + 1));
    assert_false(peers_is_gone(&peers, peer, 30000));
    assert_true(peers_follow(&peers, &one, 1, 0, 20000));
    peers_release(&peers, peer);
    assert_false(peers_is_gone(&peers, peer, 40000)); /* nobody holds it */
}

static void test_peer_in_any_of_the_lists_is_there(void **state)
{
    (void)state;
    const struct listed a = {.mailbox = "tcp://a:1"}, b = {.mailbox = "tcp://b:1"};
    const struct peer_list lists[] = {list_of(&a, 1), list_of(&b, 1)};
    uint32_t peer = peers_hold(&peers, "tcp://b:1");
    assert_true(peers_follow(&peers, lists, 2, 0, 1000));
    assert_true(peers_follow(&peers, lists, 2, 0, 2000));
    assert_false(peers_is_gone(&peers, peer, 20000));
    assert_true(peers_follow(&peers, lists, 1, 0, 3000));
    assert_true(peers_is_gone(&peers, peer, 20000));
}

static void test_peer_that_was_never_listed_is_not_gone(void **state)
{
    (void)state;
    const struct peer_list none = list_of(NULL, 0);
    uint32_t peer = peers_hold(&peers, "tcp://a:1");
    assert_true(peers_follow(&peers, &none, 1, 0, 1000));
    assert_false(peers_is_gone(&peers, peer, 100000));
}

static void test_list_that_is_too_old_judges_nobody(void **state)
{
    (void)state;
    const struct listed a = {.mailbox = "tcp://a:1"};
    const struct peer_list all = list_of(&a, 1), none = list_of(NULL, 0);
    uint32_t peer = peers_hold(&peers, "tcp://a:1");
    assert_true(peers_follow(&peers, &all, 1, PEERS_LIST_AGE_MAX_MS, 1000));
    assert_false(peers_follow(&peers, &none, 1, PEERS_LIST_AGE_MAX_MS + 1, 2000));
    assert_false(peers_is_gone(&peers, peer, 100000));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_peer_keeps_its_index_until_its_last_holder_lets_go),
        TEST(test_peer_past_the_last_place_is_refused),
        TEST(test_url_that_is_too_long_is_refused),
        TEST(test_peer_that_was_listed_and_is_missing_for_longer_than_the_limit_is_gone),
        TEST(test_peer_in_any_of_the_lists_is_there),
        TEST(test_peer_that_was_never_listed_is_not_gone),
        TEST(test_list_that_is_too_old_judges_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
