-- Who somebody is, and how they get in: passwords, bots' tokens, invitations, links for a new password.
-- Whatever lets somebody in is kept as SHA-256 alone; `hint` is its last four characters, to tell it by.

create table passwords (
  user_id integer primary key references users on delete cascade,
  hash text not null,               -- argon2id, its parameters and salt within
  changed_at integer not null
) strict;

-- One link for each person at a time, good for one new password.
create table resets (
  user_id integer primary key references users on delete cascade,
  token_hash blob not null unique,
  created_at integer not null,
  expires_at integer not null
) strict;

-- A bot's session is as any other, but lasts until it is revoked and may do only this.
create table tokens (
  session_id integer primary key references sessions on delete cascade,
  label text not null default '',   -- what it is for
  hint text not null,
  scopes text not null,             -- some of: read write rooms, with a blank between
  is_confined integer not null default 0 check (is_confined in (0, 1)),  -- to `token_rooms` alone
  created_by text not null default '',
  expires_at integer                -- null: never
) strict;

create table token_rooms (
  session_id integer not null references tokens on delete cascade,
  room_id integer not null references rooms on delete cascade,
  primary key (session_id, room_id)
) strict, without rowid;

create table invites (
  id integer primary key autoincrement,
  token_hash blob not null unique,
  hint text not null,
  room_id integer references rooms on delete cascade,  -- null: the server alone
  role text not null default 'member' check (role in ('owner', 'admin', 'moderator', 'member')),
  -- Whom it lets in: newcomers with or without an account, with one, or nobody who is not here already.
  admits text not null default 'anyone' check (admits in ('anyone', 'accounts', 'users')),
  uses integer not null default 1 check (uses > 0),
  used integer not null default 0,
  created_by integer references users on delete set null,  -- null: who administers the file
  actor text not null default '',
  created_at integer not null,
  expires_at integer not null,
  revoked_at integer
) strict;
create index invites_by_room on invites (room_id);

-- The networks a ban from the server covers besides its user: one IPv4 address or an IPv6 /64 each.
create table ban_networks (
  ban_id integer not null references bans on delete cascade,
  network text not null,
  primary key (network, ban_id)
) strict, without rowid;
create index ban_networks_by_ban on ban_networks (ban_id);
