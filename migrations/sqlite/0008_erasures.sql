-- All that somebody said goes, in pieces: what has been decided and is not wholly done. A row goes with
-- its last piece, so that whoever finds one after a stop goes on.
create table erasures (
  act_id integer primary key references acts on delete cascade,
  user_id integer not null references users on delete cascade,
  room_id integer references rooms on delete cascade,  -- null: everywhere
  decided_at integer not null,                         -- what was said later stays
  at_room_id integer not null default 0,               -- how far it has come: in this room,
  after_client_id text not null default ''             -- after this message of theirs
) strict;
