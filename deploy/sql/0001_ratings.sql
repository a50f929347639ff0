-- Players, ratings, matches, replays and the audit trail.
--
-- Ids are the texts that tickets, matches and log lines carry. There are no foreign keys: a player's rows live in the
-- shard of their home region, a match's rows where it was played. Times named *_ms or "ticks" count simulation time,
-- all others are timestamptz.

CREATE TABLE players (
    player_id   text PRIMARY KEY,
    home_region text NOT NULL DEFAULT '',
    create_time timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ratings (
    player_id    text NOT NULL,
    queue        text NOT NULL,
    rating       double precision NOT NULL,
    games_played integer NOT NULL DEFAULT 0 CHECK (games_played >= 0),
    update_time  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (player_id, queue)
);

-- The leaderboard of a queue.
CREATE INDEX ratings_by_rank ON ratings (queue, rating DESC, player_id);

-- One row for each match that ended. It is inserted first, in the same transaction as the ratings it moves: a result
-- that is delivered twice finds its row and changes nothing.
CREATE TABLE matches (
    match_id   text PRIMARY KEY,
    queue      text NOT NULL,
    region     text NOT NULL DEFAULT '',
    mode       text NOT NULL DEFAULT '',
    map        text NOT NULL DEFAULT '',
    engine     text NOT NULL DEFAULT '',
    seed       bigint NOT NULL DEFAULT 0,
    start_time timestamptz,
    end_time   timestamptz,
    ticks      integer NOT NULL DEFAULT 0 CHECK (ticks >= 0),
    state_hash text NOT NULL DEFAULT '',
    quality    double precision NOT NULL DEFAULT 0,
    end_reason text NOT NULL DEFAULT 'finished' -- finished, abandoned or drained; the latter two move no ratings
);

CREATE INDEX matches_by_end ON matches (end_time DESC);

CREATE TABLE match_players (
    match_id      text NOT NULL,
    player_id     text NOT NULL,
    team          integer NOT NULL DEFAULT 0,
    score         integer NOT NULL DEFAULT 0,
    kills         integer NOT NULL DEFAULT 0,
    deaths        integer NOT NULL DEFAULT 0,
    assists       integer NOT NULL DEFAULT 0,
    rating_before double precision,
    rating_after  double precision,
    PRIMARY KEY (match_id, player_id)
);

-- A player's matches.
CREATE INDEX match_players_by_player ON match_players (player_id, match_id);

-- One row for each replay file that is complete on disk.
CREATE TABLE replays (
    match_id    text PRIMARY KEY,
    size_bytes  bigint NOT NULL CHECK (size_bytes >= 0),
    chunks      integer NOT NULL CHECK (chunks >= 0),
    ticks       integer NOT NULL CHECK (ticks >= 0),
    sha256      text NOT NULL,
    state_hash  text NOT NULL DEFAULT '',
    path        text NOT NULL,
    create_time timestamptz NOT NULL DEFAULT now()
);

-- What happened, in the words of the daemon that saw it; event_id makes a second delivery harmless.
CREATE TABLE audit_events (
    event_id  text PRIMARY KEY,
    kind      text NOT NULL,
    match_id  text,
    player_id text,
    at        timestamptz NOT NULL,
    body      jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_events_by_match ON audit_events (match_id, at) WHERE match_id IS NOT NULL;
CREATE INDEX audit_events_by_player ON audit_events (player_id, at) WHERE player_id IS NOT NULL;
