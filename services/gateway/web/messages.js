// SPDX-License-Identifier: Apache-2.0
// messages.js - the fields of the messages of proto/client.proto, by name: what connection.js turns names into numbers by.
// Written by scripts/docs (make docs).

/** message: { field: [number, kind, is an array] }; kind: a message's name, or what the field is where it was left out. */
export const MESSAGES = {
  RegionLatency: {
    region: [1, "", false],
    latency_ms: [2, 0, false],
  },
  Assignment: {
    connection: [1, "", false],
    match_id: [2, "", false],
    token: [3, "", false],
    expiry_time: [4, 0, false],
  },
  Ticket: {
    id: [1, "", false],
    player_id: [2, "", false],
    queue: [3, "", false],
    state: [4, 0, false],
    status_reason: [5, "", false],
    status_message: [6, "", false],
    estimated_wait_time_ms: [7, 0, false],
    create_time: [8, 0, false],
    update_time: [9, 0, false],
    expiry_time: [10, 0, false],
    latencies: [11, "RegionLatency", true],
    rating: [12, 0, false],
    assignment: [13, "Assignment", false],
  },
  CreateTicket: {
    player_id: [1, "", false],
    queue: [2, "", false],
    latencies: [3, "RegionLatency", true],
    session_id: [4, 0, false],
  },
  CancelTicket: {
    ticket_id: [1, "", false],
    player_id: [2, "", false],
  },
  ClientMessage: {
    cid: [1, 0, false],
    authenticate: [2, "Authenticate", false],
    input: [3, null, false],
    create_ticket: [4, "CreateTicket", false],
    cancel_ticket: [5, "CancelTicket", false],
    join_match: [6, "JoinMatch", false],
    leave_match: [7, "LeaveMatch", false],
    watch_match: [8, "WatchMatch", false],
    stop_watching: [9, "StopWatching", false],
    ping: [10, "Ping", false],
    chat: [11, "Chat", false],
    set_rate: [12, "SetRate", false],
  },
  ServerMessage: {
    cid: [1, 0, false],
    snapshot: [2, null, false],
    welcome: [3, "Welcome", false],
    ticket: [4, "Ticket", false],
    match_found: [5, "MatchFound", false],
    match_joined: [6, "MatchJoined", false],
    match_ended: [7, "MatchEnded", false],
    error: [8, "Error", false],
    pong: [9, "Pong", false],
    watching: [10, "Watching", false],
    watch_ended: [11, "WatchEnded", false],
    chat_message: [12, "ChatMessage", false],
  },
  Authenticate: {
    token: [1, "", false],
  },
  Welcome: {
    player_id: [1, "", false],
    session_id: [2, 0, false],
    server_time: [3, 0, false],
    tick_rate_hz: [4, 0, false],
    input_bytes_max: [5, 0, false],
    message_bytes_max: [6, 0, false],
  },
  MatchFound: {
    match_id: [1, "", false],
    ticket_id: [2, "", false],
    join_token: [3, "", false],
    queue: [4, "", false],
    region: [5, "", false],
  },
  JoinMatch: {
    join_token: [1, "", false],
    rate_hz: [2, 0, false],
  },
  SetRate: {
    rate_hz: [1, 0, false],
  },
  MatchJoined: {
    match_id: [1, "", false],
    slot: [2, 0, false],
    tick: [3, 0, false],
    tick_rate_hz: [4, 0, false],
    map: [5, "", false],
    mode: [6, "", false],
    seats: [7, "MatchSeat", true],
    map_text: [8, "", false],
  },
  MatchSeat: {
    slot: [1, 0, false],
    player_id: [2, "", false],
    team: [3, 0, false],
  },
  LeaveMatch: {
  },
  Chat: {
    channel: [1, 0, false],
    text: [2, "", false],
  },
  ChatMessage: {
    slot: [1, 0, false],
    player_id: [2, "", false],
    channel: [3, 0, false],
    text: [4, "", false],
    server_time: [5, 0, false],
  },
  MatchEnded: {
    match_id: [1, "", false],
    ticks: [2, 0, false],
    state_hash: [3, 0, false],
    standings: [4, "Standing", true],
    end_reason: [5, "", false],
    outcome: [6, "", false],
    winner: [7, 0, false],
  },
  Standing: {
    player_id: [1, "", false],
    team: [2, 0, false],
    score: [3, 0, false],
    kills: [4, 0, false],
    deaths: [5, 0, false],
    assists: [6, 0, false],
    place: [7, 0, false],
    left_tick: [8, 0, false],
    slot: [9, 0, false],
  },
  WatchMatch: {
    match_id: [1, "", false],
    rate_hz: [2, 0, false],
  },
  Watching: {
    match_id: [1, "", false],
    rate_hz: [2, 0, false],
    delay_ms: [3, 0, false],
    map: [4, "", false],
    mode: [5, "", false],
    seats: [6, "MatchSeat", true],
    map_text: [7, "", false],
  },
  StopWatching: {
  },
  WatchEnded: {
    match_id: [1, "", false],
    reason: [2, "", false],
  },
  Ping: {
    client_time: [1, 0, false],
  },
  Pong: {
    client_time: [1, 0, false],
    server_time: [2, 0, false],
  },
  Error: {
    code: [1, "", false],
    message: [2, "", false],
    context: [3, "", false],
  },
};

export const TicketState = { TICKET_STATE_UNSPECIFIED: 0, QUEUED: 1, SEARCHING: 2, PLACING: 3, COMPLETED: 4, FAILED: 5, CANCELLED: 6, TIMED_OUT: 7 };

export const ChatChannel = { CHAT_ALL: 0, CHAT_TEAM: 1 };
