-- The log and everything around it. Times are UTC milliseconds since 1970.

create table meta (
  key text primary key,
  value text not null
) strict, without rowid;

create table users (
  id integer primary key autoincrement,
  name text not null,
  name_key text not null,           -- the name as it is compared: NFKC, case-folded
  skeleton text not null,           -- the name as it looks: two alike have one skeleton
  kind text not null check (kind in ('guest', 'member', 'bot', 'imported', 'system')),
  role text not null default 'member' check (role in ('owner', 'admin', 'moderator', 'member')),
  created_at integer not null,
  disabled_at integer
) strict;
-- Guests may repeat each other's names over time; everybody else keeps a name for good.
create unique index users_reserved on users (skeleton) where kind in ('member', 'bot', 'system');
create unique index users_imported on users (name) where kind = 'imported';
create index users_by_name on users (name_key);

-- The server's own words are posted by this one.
insert into users (id, name, name_key, skeleton, kind, created_at)
values (0, 'sanchat', 'sanchat', 'sanchat', 'system', 0);

create table sessions (
  id integer primary key autoincrement,
  token_hash blob not null unique,  -- SHA-256; the token itself is never stored
  user_id integer not null references users on delete cascade,
  created_at integer not null,
  seen_at integer not null,
  address text not null default '',
  agent text not null default ''
) strict;
create index sessions_by_user on sessions (user_id);
create index sessions_by_seen on sessions (seen_at);

create table rooms (
  id integer primary key autoincrement,
  name text not null,
  name_key text not null unique,
  title text not null default '',
  topic text not null default '',
  kind text not null default 'open' check (kind in ('open', 'closed', 'direct')),
  last_seq integer not null default 0,   -- the number of the latest change
  floor_seq integer not null default 0,  -- cursors below it are void
  slow_mode_s integer not null default 0 check (slow_mode_s >= 0),
  created_at integer not null,
  created_by integer references users on delete set null,
  archived_at integer
) strict;

-- What a name's numbers had reached when its room was renamed or deleted; a room that takes the name goes on above.
create table former_names (
  name_key text primary key,
  last_seq integer not null
) strict, without rowid;

create table memberships (
  room_id integer not null references rooms on delete cascade,
  user_id integer not null references users on delete cascade,
  role text not null default 'member' check (role in ('owner', 'admin', 'moderator', 'member')),
  read_seq integer not null default 0,
  joined_at integer not null,
  primary key (room_id, user_id)
) strict, without rowid;
create index memberships_by_user on memberships (user_id);

-- The id places the message: room_id * 2^40 + seq. So a room's messages lie together in order,
-- and (room_id, seq) is unique without an index of its own.
create table messages (
  id integer primary key check (id = (room_id << 40) + seq),
  room_id integer not null references rooms on delete cascade,
  seq integer not null check (seq > 0),
  changed_seq integer not null check (changed_seq >= seq),
  author_id integer not null references users,
  client_message_id text not null,
  text text,                        -- null once deleted
  sent_at integer not null,
  edited_at integer,
  deleted_at integer,
  reply_to integer,
  kind text not null default 'plain',
  data text                         -- JSON, for kinds that need more than text
) strict;
create unique index messages_by_client_id on messages (room_id, author_id, client_message_id);
-- Only changed messages are in here: a post costs one index, not two.
create unique index messages_changed on messages (room_id, changed_seq) where changed_seq <> seq;

create table reactions (
  message_id integer not null references messages on delete cascade,
  emoji text not null,
  user_id integer not null references users on delete cascade,
  reacted_at integer not null,
  primary key (message_id, emoji, user_id)
) strict, without rowid;

-- Who is kept out or silenced, where and until when. A kick keeps out for a minute.
create table bans (
  id integer primary key autoincrement,
  kind text not null check (kind in ('kick', 'ban', 'mute')),
  user_id integer not null references users on delete cascade,
  room_id integer references rooms on delete cascade,  -- null: the whole server
  skeleton text not null,           -- a ban from the server keeps out look-alikes too
  reason text not null default '',
  created_by integer references users on delete set null,
  created_at integer not null,
  until integer,                    -- null: for ever
  lifted_at integer
) strict;
create index bans_by_user on bans (user_id) where lifted_at is null;
create index bans_by_skeleton on bans (skeleton) where lifted_at is null and kind = 'ban';

-- What administrators and moderators did, for ever: the audit log, and the way to the running servers.
-- Names are kept as they were, since rooms and guests go.
create table acts (
  id integer primary key autoincrement,
  kind text not null,
  room_id integer,
  room text not null default '',
  user_id integer,
  user text not null default '',
  actor_id integer,
  actor text not null default '',
  data text not null default '{}',  -- JSON
  acted_at integer not null
) strict;

create table act_results (
  act_id integer not null references acts on delete cascade,
  server text not null,
  connections integer not null,     -- how many it touched
  done_at integer not null,
  primary key (act_id, server)
) strict, without rowid;
