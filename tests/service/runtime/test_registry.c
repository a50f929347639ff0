/* SPDX-License-Identifier: Apache-2.0 */
/* Against the real Redis of REDIS_URL. */
#include "libcommon/runtime/mailbox/registry.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 10000
#define ROLE    "test-engine"

/* One process: its connection, its registry. */
struct node {
    struct redis *redis;
    struct registry *registry;
    uint32_t ups;
};

static uv_loop_t loop;

static void on_state(void *owner, bool up, const char *detail)
{
    struct node *node = owner;
    node->ups += up;
    (void)detail;
}

static void open_node(struct node *node)
{
    const char *url = getenv("REDIS_URL");
    assert_non_null(url);
    struct redis_options options = {.url = url, .command_timeout_ms = 2000, .owner = node, .on_state = on_state};
    assert_int_equal(redis_open(&loop, &options, &node->redis), STATUS_OK);
    assert_int_equal(registry_open(&loop, node->redis, &node->registry), STATUS_OK);
    assert_true(turn_until(&loop, &node->ups, 1, WAIT_MS));
}

static void close_node(struct node *node)
{
    registry_close(node->registry);
    redis_close(node->redis);
}

static void run_out(void)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_alive(&loop), 0);
}

static struct registry_entry entry_of(const char *mailbox)
{
    struct registry_entry entry = {.role = ROLE, .region = "eu_west", .incarnation = 1, .matches_max = 10};
    snprintf(entry.mailbox, sizeof entry.mailbox, "%s", mailbox);
    return entry;
}

struct expected {
    struct node *node;
    size_t count;
    bool draining; /* of the first */
};

static bool is_listed(void *data)
{
    const struct expected *expected = data;
    size_t count;
    const struct registry_entry *entries = registry_list(expected->node->registry, ROLE, &count);
    return registry_age_ms(expected->node->registry) != UINT64_MAX && count == expected->count &&
           (count == 0 || entries[0].draining == expected->draining);
}

static void wait_listed(struct node *node, size_t count, bool draining, uint64_t wait_ms)
{
    struct expected expected = {node, count, draining};
    assert_true(turn_until_holds(&loop, is_listed, &expected, wait_ms));
}

static void test_announced_entries_are_listed_in_order_and_vanish_on_close(void **state)
{
    (void)state;
    struct node a = {0}, b = {0}, watcher = {0};
    open_node(&a);
    open_node(&b);
    open_node(&watcher);
    struct registry_entry first = entry_of("tcp://127.0.0.1:1001"), second = entry_of("tcp://127.0.0.1:1002");
    second.players = 7;
    registry_announce(b.registry, &second);
    registry_announce(a.registry, &first);
    registry_watch(watcher.registry, ROLE);
    wait_listed(&watcher, 2, false, WAIT_MS);
    size_t count;
    const struct registry_entry *entries = registry_list(watcher.registry, ROLE, &count);
    assert_string_equal(entries[0].mailbox, first.mailbox);
    assert_string_equal(entries[1].mailbox, second.mailbox);
    assert_int_equal(entries[1].players, 7);
    close_node(&a);
    wait_listed(&watcher, 1, false, REGISTRY_LIFETIME_MS - 500); /* sooner than its lifetime would end */
    close_node(&b);
    wait_listed(&watcher, 0, false, WAIT_MS);
    close_node(&watcher);
    run_out();
}

static void test_draining_shows_within_a_period(void **state)
{
    (void)state;
    struct node a = {0}, watcher = {0};
    open_node(&a);
    open_node(&watcher);
    struct registry_entry entry = entry_of("tcp://127.0.0.1:1001");
    registry_announce(a.registry, &entry);
    registry_watch(watcher.registry, ROLE);
    wait_listed(&watcher, 1, false, WAIT_MS);
    entry.draining = true;
    registry_announce(a.registry, &entry);
    wait_listed(&watcher, 1, true, 2ul * REGISTRY_PERIOD_MS);
    close_node(&a);
    close_node(&watcher);
    run_out();
}

static void test_dead_process_vanishes_after_its_lifetime(void **state)
{
    (void)state;
    struct node a = {0}, watcher = {0};
    open_node(&a);
    open_node(&watcher);
    struct registry_entry entry = entry_of("tcp://127.0.0.1:1001");
    registry_announce(a.registry, &entry);
    registry_watch(watcher.registry, ROLE);
    wait_listed(&watcher, 1, false, WAIT_MS);
    redis_close(a.redis); /* as a killed process: nothing is removed */
    registry_close(a.registry);
    wait_listed(&watcher, 0, false, WAIT_MS);
    close_node(&watcher);
    run_out();
}

static void test_bad_values_are_ignored(void **state)
{
    (void)state;
    struct node a = {0};
    open_node(&a);
    assert_int_equal(redis_commandf(a.redis, NULL, NULL,
                                    "SADD mma:registry:" ROLE " tcp://127.0.0.1:2001 tcp://127.0.0.1:2002 nonsense"),
                     STATUS_OK);
    assert_int_equal(
        redis_commandf(a.redis, NULL, NULL, "SET mma:registry:" ROLE ":tcp://127.0.0.1:2001 {\"role\":1} PX 5000"),
        STATUS_OK);
    struct registry_entry entry = entry_of("tcp://127.0.0.1:1001");
    registry_announce(a.registry, &entry);
    registry_watch(a.registry, ROLE);
    wait_listed(&a, 1, false, WAIT_MS);
    assert_int_equal(redis_commandf(a.redis, NULL, NULL, "DEL mma:registry:" ROLE), STATUS_OK);
    close_node(&a);
    run_out();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_announced_entries_are_listed_in_order_and_vanish_on_close),
        cmocka_unit_test(test_draining_shows_within_a_period),
        cmocka_unit_test(test_dead_process_vanishes_after_its_lifetime),
        cmocka_unit_test(test_bad_values_are_ignored),
    };
    uv_loop_init(&loop);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return uv_loop_close(&loop) == 0 ? failed : 1;
}
