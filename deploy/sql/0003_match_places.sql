-- Who won is the engine's decision: a match keeps its outcome, and each player the place and, of one who left, since when.
--
-- Null: the result came from an engine, or by a matchmaker, that did not say it. apply_match_result is 0002's with these
-- three columns.
ALTER TABLE matches ADD COLUMN outcome text;            -- won, draw or none
ALTER TABLE match_players ADD COLUMN place integer;     -- 1: first; equals share a place
ALTER TABLE match_players ADD COLUMN left_tick integer; -- 0: stayed to the end

CREATE OR REPLACE FUNCTION apply_match_result(result jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    result_queue CONSTANT text := result ->> 'queue';
    is_rated CONSTANT boolean := result ->> 'end_reason' = 'finished';
    moved integer;
BEGIN
    -- Two deliveries at once: the second waits here for the first one's commit, and then finds its row.
    INSERT INTO matches (match_id, queue, region, mode, map, engine, seed, start_time, end_time, ticks, state_hash,
                         quality, end_reason, outcome)
    VALUES (result ->> 'match_id', result_queue, result ->> 'region', result ->> 'mode', result ->> 'map',
            result ->> 'engine', (result ->> 'seed')::bigint,
            to_timestamp((result ->> 'start_ms')::double precision / 1000),
            to_timestamp((result ->> 'end_ms')::double precision / 1000), (result ->> 'ticks')::integer,
            result ->> 'state_hash', (result ->> 'quality')::double precision, result ->> 'end_reason',
            result ->> 'outcome')
    ON CONFLICT (match_id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'known';
    END IF;

    INSERT INTO match_players (match_id, player_id, team, score, kills, deaths, assists, place, left_tick, rating_before,
                               rating_after)
    SELECT result ->> 'match_id', p.player_id, p.team, p.score, p.kills, p.deaths, p.assists, p.place, p.left_tick,
           CASE WHEN is_rated THEN p.rating_before END, CASE WHEN is_rated THEN p.rating_after END
    FROM jsonb_to_recordset(result -> 'players')
        AS p (player_id text, team integer, score integer, kills integer, deaths integer, assists integer,
              place integer, left_tick integer, rating_before double precision, rating_after double precision);

    IF NOT is_rated THEN
        RETURN 'unrated';
    END IF;

    INSERT INTO players (player_id, home_region)
    SELECT p.player_id, result ->> 'region'
    FROM jsonb_to_recordset(result -> 'players') AS p (player_id text)
    ORDER BY p.player_id
    ON CONFLICT (player_id) DO NOTHING;

    -- A newcomer's row is made first, so that every rating can be locked; in one order, so that matches that share
    -- players do not wait for each other in a circle.
    INSERT INTO ratings (player_id, queue, rating, games_played)
    SELECT p.player_id, result_queue, p.rating_before, 0
    FROM jsonb_to_recordset(result -> 'players') AS p (player_id text, rating_before double precision)
    ORDER BY p.player_id
    ON CONFLICT (player_id, queue) DO NOTHING;

    PERFORM 1
    FROM ratings r
    WHERE r.queue = result_queue
      AND r.player_id IN (SELECT p.player_id FROM jsonb_to_recordset(result -> 'players') AS p (player_id text))
    ORDER BY r.player_id
    FOR UPDATE;

    UPDATE ratings r
    SET rating = p.rating_after, games_played = p.games_played + 1, update_time = now()
    FROM jsonb_to_recordset(result -> 'players')
        AS p (player_id text, games_played integer, rating_after double precision)
    WHERE r.queue = result_queue AND r.player_id = p.player_id AND r.games_played = p.games_played;

    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> jsonb_array_length(result -> 'players') THEN
        RAISE EXCEPTION 'a rating has moved since it was read' USING ERRCODE = 'MMA01';
    END IF;
    RETURN 'moved';
END
$$;
